use crate::{
    api::{
        Topic,
        accounts::{path, show},
    },
    auth::{Admin, Key},
    body::{Answer, Done, Json, Optional},
    dto::{Account, AccountUpdate, Batch, EndedSessions, PickedCodes, RemovedSet, RevisedCodes},
    params::Path,
    problems::Problem,
};
use backstop_application::ports::{Revocation, WhichSessions};
use backstop_domain::{BatchId, Subject};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct AdminAccounts;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Administration")]
impl AdminAccounts {
    /// Create or edit an account
    ///
    /// As `putAccount`, by somebody who administers. Scope: `admin`.
    #[oai(path = "/accounts/:subject", method = "put", operation_id = "adminPutAccount")]
    async fn put(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        body: Json<AccountUpdate, Optional>,
    ) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let registration = body.0.judge(subject.0)?;
        let acting = Arc::clone(&service.use_cases);
        let registered = service.acts.run(async move { acting.register_account.run(&registration, by.caller()).await });
        let registered = registered.await??;
        let subject = registered.account.subject;
        let account = show(&service, &subject).await?;
        Ok(if registered.created { Answer::created(account, &path(&subject)) } else { Answer::ok(account) })
    }

    /// Erase an account as an administrator
    ///
    /// As `eraseAccount`, by somebody who administers. Scope: `admin`.
    #[oai(path = "/accounts/:subject", method = "delete", operation_id = "adminEraseAccount")]
    async fn erase(&self, key: Key<Admin>, subject: Path<Subject>) -> Result<Done, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        service.acts.run(async move { acting.erase_account.run(&subject.0, by.caller()).await }).await??;
        Ok(Done)
    }

    /// Suspend an account
    ///
    /// Lets nobody redeem for the user, and makes them no codes, until somebody lifts it. The user gets a notice. Scope:
    /// `admin`.
    #[oai(path = "/accounts/:subject/suspend", method = "post", operation_id = "suspendAccount")]
    async fn suspend(&self, key: Key<Admin>, subject: Path<Subject>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let done = service
            .acts
            .run(async move { acting.console.suspend_account.run(&subject.0, &by).await.map(|()| subject.0) });
        Ok(Answer::ok(show(&service, &done.await??).await?))
    }

    /// Lift a suspension as an administrator
    ///
    /// As `liftSuspension`, by somebody who administers. Scope: `admin`.
    #[oai(path = "/accounts/:subject/lift", method = "post", operation_id = "adminLiftSuspension")]
    async fn lift(&self, key: Key<Admin>, subject: Path<Subject>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let done = service
            .acts
            .run(async move { acting.lift_suspension.run(&subject.0, by.caller()).await.map(|()| subject.0) });
        Ok(Answer::ok(show(&service, &done.await??).await?))
    }

    /// End an account's sessions
    ///
    /// Signs the user out of our own pages, everywhere. Scope: `admin`.
    #[oai(path = "/accounts/:subject/sessions", method = "delete", operation_id = "endSessions")]
    async fn end_sessions(&self, key: Key<Admin>, subject: Path<Subject>) -> Result<Answer<EndedSessions>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let ended =
            service.acts.run(async move { acting.console.end_sessions.run(&subject.0, WhichSessions::All, &by).await });
        Ok(Answer::ok(EndedSessions { ended: u32::try_from(ended.await??).unwrap_or(u32::MAX) }))
    }

    /// Invalidate codes
    ///
    /// Takes codes back that are picked from a list, without knowing what they are. Used ones stay used. Scope: `admin`.
    #[oai(path = "/accounts/:subject/codes/invalidate", method = "post", operation_id = "invalidateCodes")]
    async fn invalidate_codes(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        body: Json<PickedCodes>,
    ) -> Result<Answer<RevisedCodes>, Problem> {
        revise(key, subject.0, body.0, Revocation::Invalidate).await
    }

    /// Mark codes for the purge
    ///
    /// Takes codes back that are picked from a list, and leaves them to the next purge that is due for them. Used ones stay
    /// used. Scope: `admin`.
    #[oai(path = "/accounts/:subject/codes/delete", method = "post", operation_id = "deleteCodes")]
    async fn delete_codes(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        body: Json<PickedCodes>,
    ) -> Result<Answer<RevisedCodes>, Problem> {
        revise(key, subject.0, body.0, Revocation::Delete).await
    }

    /// Invalidate a set as an administrator
    ///
    /// As `invalidateBatch`, by somebody who administers. Scope: `admin`.
    #[oai(
        path = "/accounts/:subject/batches/:batch/invalidate",
        method = "post",
        operation_id = "adminInvalidateBatch"
    )]
    async fn invalidate_batch(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        batch: Path<BatchId>,
    ) -> Result<Answer<Batch>, Problem> {
        revoke(key, subject.0, batch.0, Revocation::Invalidate).await
    }

    /// Mark a set for the purge
    ///
    /// Its codes open nothing any more, and go with the next purge that is due for them. Scope: `admin`.
    #[oai(path = "/accounts/:subject/batches/:batch/delete", method = "post", operation_id = "adminDeleteBatch")]
    async fn delete_batch(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        batch: Path<BatchId>,
    ) -> Result<Answer<Batch>, Problem> {
        revoke(key, subject.0, batch.0, Revocation::Delete).await
    }

    /// Remove a set at once
    ///
    /// With all its codes, instead of leaving it to the purge. The user's history keeps what it was. Scope: `admin`.
    #[oai(path = "/accounts/:subject/batches/:batch/remove", method = "post", operation_id = "removeBatch")]
    async fn remove_batch(
        &self,
        key: Key<Admin>,
        subject: Path<Subject>,
        batch: Path<BatchId>,
    ) -> Result<Answer<RemovedSet>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let removed = service.acts.run(async move { acting.console.remove_batch.run(&subject.0, batch.0, &by).await });
        Ok(Answer::ok(RemovedSet { removed: removed.await?? }))
    }
}

async fn revise(
    key: Key<Admin>,
    subject: Subject,
    picked: PickedCodes,
    how: Revocation,
) -> Result<Answer<RevisedCodes>, Problem> {
    let (service, by) = key.administrator()?;
    let codes = picked.judge()?;
    let acting = Arc::clone(&service.use_cases);
    let revised = service.acts.run(async move { acting.console.revise_codes.run(&subject, &codes, how, &by).await });
    Ok(Answer::ok(RevisedCodes::new(revised.await??)))
}

async fn revoke(key: Key<Admin>, subject: Subject, batch: BatchId, how: Revocation) -> Result<Answer<Batch>, Problem> {
    let (service, by) = key.administrator()?;
    let acting = Arc::clone(&service.use_cases);
    let revoked = service.acts.run(async move {
        acting.revoke_batch.run(&subject, batch, how, by.caller()).await.map(|batch| (batch, subject))
    });
    let (batch, subject) = revoked.await??;
    Ok(Answer::ok(Batch::new(&batch, &subject, service.clock.now())))
}
