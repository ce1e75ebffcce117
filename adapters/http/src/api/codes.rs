use super::Topic;
use crate::{
    auth::{Key, Redeem, Write},
    body::{Answer, Json},
    dto::{CodeAttempt, Redeemed, RevokedCode, Verified},
    exchange::Exchange,
    idempotency::Idempotency,
    limits::Limit,
    params::Path,
    problems::Problem,
};
use backstop_application::{
    ports::Revocation,
    use_cases::{Answered, AttemptError, VerifySetupError},
};
use backstop_domain::Subject;
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct Codes;

#[OpenApi(prefix_path = "/api/v1", tag = "Topic::Codes")]
impl Codes {
    /// Redeem a code
    ///
    /// Uses a code up and so signs its owner in, exactly once. An unknown user and an unknown, used, expired or
    /// invalidated code are answered alike. Scope: `codes:redeem`.
    #[oai(path = "/accounts/:subject/codes/redeem", method = "post", operation_id = "redeemCode")]
    async fn redeem(
        &self,
        key: Key<Redeem>,
        subject: Path<Subject>,
        #[oai(name = "Idempotency-Key")] once: Idempotency,
        body: Json<CodeAttempt>,
    ) -> Result<Answer<Redeemed>, Problem> {
        let Key { service, exchange, caller, .. } = key;
        let request = body.0.judge(subject.0, caller)?;
        let acting = Arc::clone(&service.use_cases);
        let redeemed = service.acts.run(async move {
            match once.0 {
                Some(key) => acting.redeem_code.run_once(&request, &key).await,
                None => Ok(Answered::first(acting.redeem_code.run(&request).await)),
            }
        });
        let redeemed = exchange.first_answer(redeemed.await?, Limit::of_codes(&service.settings.guard))?;
        tell(&exchange, redeemed.as_ref().map(|_| true));
        Ok(Answer::ok(Redeemed::new(&redeemed?)))
    }

    /// Verify the set-up
    ///
    /// Tells, once in an account's life, whether a code is valid, without using it. Scope: `codes:redeem`.
    #[oai(path = "/accounts/:subject/codes/verify-setup", method = "post", operation_id = "verifySetup")]
    async fn verify_setup(
        &self,
        key: Key<Redeem>,
        subject: Path<Subject>,
        body: Json<CodeAttempt>,
    ) -> Result<Answer<Verified>, Problem> {
        let Key { service, exchange, caller, .. } = key;
        let request = body.0.judge(subject.0, caller)?;
        let acting = Arc::clone(&service.use_cases);
        let verified = service.acts.run(async move { acting.verify_setup.run(&request).await }).await?;
        tell(
            &exchange,
            match &verified {
                Ok(()) => Ok(true),
                Err(VerifySetupError::AlreadyVerified) => Ok(false),
                Err(VerifySetupError::Attempt(error)) => Err(error),
            },
        );
        verified?;
        Ok(Answer::ok(Verified { verified: true }))
    }

    /// Invalidate a code
    ///
    /// From this answer on the code can't be used. A code that could not be used any more anyway is answered with
    /// `changed: false`, and not counted as a wrong one. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/codes/invalidate", method = "post", operation_id = "invalidateCode")]
    async fn invalidate(
        &self,
        key: Key<Write>,
        subject: Path<Subject>,
        body: Json<CodeAttempt>,
    ) -> Result<Answer<RevokedCode>, Problem> {
        revoke(key, subject.0, body.0, Revocation::Invalidate).await
    }

    /// Delete a code
    ///
    /// From this answer on the code can't be used; the purge takes it later. A used or deleted one is answered with
    /// `changed: false`, and not counted as a wrong one. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/codes/delete", method = "post", operation_id = "deleteCode")]
    async fn delete(
        &self,
        key: Key<Write>,
        subject: Path<Subject>,
        body: Json<CodeAttempt>,
    ) -> Result<Answer<RevokedCode>, Problem> {
        revoke(key, subject.0, body.0, Revocation::Delete).await
    }
}

/// Says how the caller stands after an attempt that was accepted, answered without being counted, or refused.
fn tell(exchange: &Exchange, attempt: Result<bool, &AttemptError>) {
    let limit = Limit::of_codes(&exchange.service.settings.guard);
    exchange.stands(match attempt {
        // What was left then says nothing about now.
        _ if exchange.is_replayed() => limit,
        Ok(true) => limit.untouched(),
        Ok(false) => limit,
        Err(error) => limit.after_attempt(error),
    });
}

async fn revoke(
    key: Key<Write>,
    subject: Subject,
    attempt: CodeAttempt,
    how: Revocation,
) -> Result<Answer<RevokedCode>, Problem> {
    let Key { service, exchange, caller, .. } = key;
    let request = attempt.judge(subject.clone(), caller)?;
    let acting = Arc::clone(&service.use_cases);
    let revoked = service.acts.run(async move { acting.revoke_code.run(&request, how).await }).await?;
    tell(&exchange, revoked.as_ref().map(|revoked| revoked.changed));
    Ok(Answer::ok(RevokedCode::new(&revoked?, &subject, service.clock.now())))
}
