use super::{Topic, accounts};
use crate::{
    auth::{Key, Read, Write},
    body::{Answer, Done, Json, Optional},
    dto::{Batch, History, IssuedBatch, NewBatch},
    exchange::Service,
    idempotency::Idempotency,
    limits::Limit,
    params::{PageNumber, Path},
    problems::Problem,
};
use backstop_application::{
    ports::Revocation,
    use_cases::{Answered, Caller},
};
use backstop_domain::{BatchId, Subject};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct Batches;

#[OpenApi(prefix_path = "/api/v1", tag = "Topic::Batches")]
impl Batches {
    /// Make a set of codes
    ///
    /// The codes are in this answer and nowhere after. A set that was active is replaced: its live codes are
    /// invalidated in the same moment. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/batches", method = "post", operation_id = "generateBatch")]
    async fn generate(
        &self,
        key: Key<Write>,
        subject: Path<Subject>,
        #[oai(name = "Idempotency-Key")] once: Idempotency,
        body: Json<NewBatch, Optional>,
    ) -> Result<Answer<IssuedBatch>, Problem> {
        let Key { service, exchange, caller, .. } = key;
        let request = body.0.judge(subject.0, caller)?;
        let acting = Arc::clone(&service.use_cases);
        let generated = service.acts.run(async move {
            let generated = match once.0 {
                Some(key) => acting.generate_batch.run_once(&request, &key).await,
                None => Ok(Answered::first(acting.generate_batch.run(&request).await)),
            };
            (generated, request.subject)
        });
        let (generated, subject) = generated.await?;
        let limit = Limit::of_generation(&service.settings.guard);
        let generated = exchange.first_answer(generated, limit)?;
        exchange.stands(match &generated {
            // What was left then says nothing about now.
            _ if exchange.is_replayed() => limit,
            Ok(_) => limit.after_generation(),
            Err(error) => limit.after_refusal(error),
        });
        let generated = generated?;
        let made_at = generated.batch.created_at;
        let location = format!("{}/batches/{}", accounts::path(&subject), generated.batch.id);
        Ok(Answer::created(IssuedBatch::new(generated, &subject, made_at), &location))
    }

    /// List sets of codes
    ///
    /// The newest sets of a user, newest first. Scope: `codes:read`.
    #[oai(path = "/accounts/:subject/batches", method = "get", operation_id = "listBatches")]
    async fn list(&self, key: Key<Read>, subject: Path<Subject>, page: PageNumber) -> Result<Answer<History>, Problem> {
        let view = key.service.use_cases.show_history.run(&subject.0, page.0).await?;
        Ok(Answer::ok(History::new(&view, &subject.0, key.service.clock.now())))
    }

    /// Invalidate a set of codes
    ///
    /// From this answer on none of its codes can be used. Doing it again answers the same. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/batches/:id/invalidate", method = "post", operation_id = "invalidateBatch")]
    async fn invalidate(
        &self,
        key: Key<Write>,
        subject: Path<Subject>,
        id: Path<BatchId>,
    ) -> Result<Answer<Batch>, Problem> {
        let Key { service, caller, .. } = key;
        Ok(Answer::ok(revoke(&service, caller, subject.0, id.0, Revocation::Invalidate).await?))
    }

    /// Delete a set of codes
    ///
    /// From this answer on none of its codes can be used; the purge takes them later. Doing it again answers the same.
    /// Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/batches/:id", method = "delete", operation_id = "deleteBatch")]
    async fn delete(&self, key: Key<Write>, subject: Path<Subject>, id: Path<BatchId>) -> Result<Done, Problem> {
        let Key { service, caller, .. } = key;
        revoke(&service, caller, subject.0, id.0, Revocation::Delete).await?;
        Ok(Done)
    }

    /// Say that the user saw the codes
    ///
    /// The first time stays. Scope: `codes:write`.
    #[oai(path = "/batches/:id/viewed", method = "post", operation_id = "markBatchViewed")]
    async fn viewed(&self, key: Key<Write>, id: Path<BatchId>) -> Result<Done, Problem> {
        let Key { service, caller, .. } = key;
        let acting = Arc::clone(&service.use_cases);
        service.acts.run(async move { acting.mark_viewed.run(id.0, &caller).await }).await??;
        Ok(Done)
    }
}

async fn revoke(
    service: &Service,
    caller: Caller,
    subject: Subject,
    id: BatchId,
    how: Revocation,
) -> Result<Batch, Problem> {
    let acting = Arc::clone(&service.use_cases);
    let revoked = service
        .acts
        .run(async move { acting.revoke_batch.run(&subject, id, how, &caller).await.map(|batch| (batch, subject)) });
    let (batch, subject) = revoked.await??;
    Ok(Batch::new(&batch, &subject, service.clock.now()))
}
