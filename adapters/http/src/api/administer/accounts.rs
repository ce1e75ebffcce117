use crate::{
    api::{Topic, accounts::show},
    auth::{Admin, Key},
    body::{Answer, Done, Json},
    dto::{Account, AccountUpdate, EndedSessions, NewAccount, PickedCodes, RemovedSet, RevisedCodes, SetStatus},
    params::Path,
    problems::Problem,
};
use backstop_application::ports::{Revocation, WhichSessions};
use backstop_domain::{AccountId, BatchId};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct AdminAccounts;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl AdminAccounts {
    /// Create an account
    ///
    /// Makes a user known whom nobody knew. Scope: `admin`.
    #[oai(path = "/accounts", method = "post", operation_id = "adminCreateAccount")]
    async fn create(&self, key: Key<Admin>, body: Json<NewAccount>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let registration = body.0.judge()?;
        let acting = Arc::clone(&service.use_cases);
        let created = service.acts.run(async move { acting.register_account.create(&registration, by.caller()).await });
        let account = created.await??;
        Ok(Answer::created(show(&service, &account.subject).await?, &format!("/api/v1/admin/accounts/{}", account.id)))
    }

    /// Edit an account
    ///
    /// Fields that are left out stay as they are. Scope: `admin`.
    #[oai(path = "/accounts/:id", method = "patch", operation_id = "adminEditAccount")]
    async fn edit(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        body: Json<AccountUpdate>,
    ) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let changes = body.0.changes()?;
        let acting = Arc::clone(&service.use_cases);
        let edited = service.acts.run(async move { acting.register_account.edit(id.0, &changes, by.caller()).await });
        Ok(Answer::ok(show(&service, &edited.await??.subject).await?))
    }

    /// Erase an account as an administrator
    ///
    /// As `eraseAccount`, by somebody who administers. Scope: `admin`.
    #[oai(path = "/accounts/:id", method = "delete", operation_id = "adminEraseAccount")]
    async fn erase(&self, key: Key<Admin>, id: Path<AccountId>) -> Result<Done, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        service.acts.run(async move { acting.erase_account.run(id.0, by.caller()).await }).await??;
        Ok(Done)
    }

    /// Suspend an account
    ///
    /// Lets nobody redeem for the user, and makes them no codes, until somebody lifts it. The user gets a notice.
    /// Scope: `admin`.
    #[oai(path = "/accounts/:id/suspend", method = "post", operation_id = "suspendAccount")]
    async fn suspend(&self, key: Key<Admin>, id: Path<AccountId>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let suspended = service.acts.run(async move { acting.console.suspend_account.run(id.0, &by).await });
        Ok(Answer::ok(show(&service, &suspended.await??.subject).await?))
    }

    /// Lift a suspension as an administrator
    ///
    /// As `liftSuspension`, by somebody who administers, also where an administrator suspended the account. Scope: `admin`.
    #[oai(path = "/accounts/:id/lift", method = "post", operation_id = "adminLiftSuspension")]
    async fn lift(&self, key: Key<Admin>, id: Path<AccountId>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let lifted = service.acts.run(async move { acting.lift_suspension.run_as(id.0, &by).await });
        Ok(Answer::ok(show(&service, &lifted.await??.subject).await?))
    }

    /// End an account's sessions
    ///
    /// Signs the user out of our own pages, everywhere. Scope: `admin`.
    #[oai(path = "/accounts/:id/sessions", method = "delete", operation_id = "endSessions")]
    async fn end_sessions(&self, key: Key<Admin>, id: Path<AccountId>) -> Result<Answer<EndedSessions>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let ended =
            service.acts.run(async move { acting.console.end_sessions.run(id.0, WhichSessions::All, &by).await });
        Ok(Answer::ok(EndedSessions { ended: u32::try_from(ended.await??).unwrap_or(u32::MAX) }))
    }

    /// Send a password-reset mail
    ///
    /// Sends the user a link, good once and for an hour, by which they set another password for our own pages. Links that
    /// were sent before are over. It goes to the account's confirmed address, and only where `accounts.local_passwords` is
    /// on. Scope: `admin`.
    #[oai(path = "/accounts/:id/password-reset", method = "post", operation_id = "sendPasswordReset")]
    async fn send_password_reset(&self, key: Key<Admin>, id: Path<AccountId>) -> Result<Answer<Account>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let sent = service.acts.run(async move { acting.console.send_password_reset.run(id.0, &by).await });
        Ok(Answer::accepted(show(&service, &sent.await??.subject).await?))
    }

    /// Invalidate codes
    ///
    /// Takes codes back that are picked from a list, without knowing what they are. Used ones stay used. Scope: `admin`.
    #[oai(path = "/accounts/:id/codes/invalidate", method = "post", operation_id = "invalidateCodes")]
    async fn invalidate_codes(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        body: Json<PickedCodes>,
    ) -> Result<Answer<RevisedCodes>, Problem> {
        revise(key, id.0, body.0, Revocation::Invalidate).await
    }

    /// Mark codes for the purge
    ///
    /// Takes codes back that are picked from a list, and leaves them to the next purge that is due for them. Used ones stay
    /// used. Scope: `admin`.
    #[oai(path = "/accounts/:id/codes/delete", method = "post", operation_id = "deleteCodes")]
    async fn delete_codes(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        body: Json<PickedCodes>,
    ) -> Result<Answer<RevisedCodes>, Problem> {
        revise(key, id.0, body.0, Revocation::Delete).await
    }

    /// Invalidate a set as an administrator
    ///
    /// As `invalidateBatch`, by somebody who administers. Scope: `admin`.
    #[oai(path = "/accounts/:id/batches/:batch/invalidate", method = "post", operation_id = "adminInvalidateBatch")]
    async fn invalidate_batch(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        batch: Path<BatchId>,
    ) -> Result<Answer<SetStatus>, Problem> {
        revoke(key, id.0, batch.0, Revocation::Invalidate).await
    }

    /// Mark a set for the purge
    ///
    /// Its codes open nothing any more, and go with the next purge that is due for them. Scope: `admin`.
    #[oai(path = "/accounts/:id/batches/:batch/delete", method = "post", operation_id = "adminDeleteBatch")]
    async fn delete_batch(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        batch: Path<BatchId>,
    ) -> Result<Answer<SetStatus>, Problem> {
        revoke(key, id.0, batch.0, Revocation::Delete).await
    }

    /// Remove a set at once
    ///
    /// With all its codes, instead of leaving it to the purge. The user's history keeps what it was. Scope: `admin`.
    #[oai(path = "/accounts/:id/batches/:batch/remove", method = "post", operation_id = "removeBatch")]
    async fn remove_batch(
        &self,
        key: Key<Admin>,
        id: Path<AccountId>,
        batch: Path<BatchId>,
    ) -> Result<Answer<RemovedSet>, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let removed = service.acts.run(async move { acting.console.remove_batch.run(id.0, batch.0, &by).await });
        Ok(Answer::ok(RemovedSet { removed: removed.await?? }))
    }
}

async fn revise(
    key: Key<Admin>,
    account: AccountId,
    picked: PickedCodes,
    how: Revocation,
) -> Result<Answer<RevisedCodes>, Problem> {
    let (service, by) = key.administrator()?;
    let codes = picked.judge()?;
    let acting = Arc::clone(&service.use_cases);
    let revised = service.acts.run(async move { acting.console.revise_codes.run(account, &codes, how, &by).await });
    Ok(Answer::ok(RevisedCodes::new(revised.await??)))
}

async fn revoke(
    key: Key<Admin>,
    account: AccountId,
    batch: BatchId,
    how: Revocation,
) -> Result<Answer<SetStatus>, Problem> {
    let (service, by) = key.administrator()?;
    let acting = Arc::clone(&service.use_cases);
    let revoked = service.acts.run(async move { acting.revoke_batch.run(account, batch, how, by.caller()).await });
    Ok(Answer::ok(SetStatus::new(&revoked.await??, service.clock.now())))
}
