use super::Topic;
use crate::{
    auth::{Key, Read, Write},
    body::{Answer, Done, Json, Optional},
    dto::{Account, AccountUpdate},
    exchange::Service,
    params::Path,
    problems::Problem,
};
use backstop_domain::Subject;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct Accounts;

#[OpenApi(prefix_path = "/api/v1", tag = "Topic::Accounts")]
impl Accounts {
    /// Create or update an account
    ///
    /// Makes a user known, or changes what is known about them. Fields that are left out stay as they are.
    /// Scope: `codes:write`.
    #[oai(path = "/accounts/:subject", method = "put", operation_id = "putAccount")]
    async fn put(
        &self,
        key: Key<Write>,
        subject: Path<Subject>,
        body: Json<AccountUpdate, Optional>,
    ) -> Result<Answer<Account>, Problem> {
        let Key { service, caller, .. } = key;
        let registration = body.0.judge(subject.0)?;
        let acting = Arc::clone(&service.use_cases);
        let registered = service.acts.run(async move { acting.register_account.run(&registration, &caller).await });
        let registered = registered.await??;
        let subject = registered.account.subject;
        let account = show(&service, &subject).await?;
        Ok(if registered.created { Answer::created(account, &path(&subject)) } else { Answer::ok(account) })
    }

    /// Show an account
    ///
    /// How it stands with a user's codes. Scope: `codes:read`.
    #[oai(path = "/accounts/:subject", method = "get", operation_id = "getAccount")]
    async fn get(&self, key: Key<Read>, subject: Path<Subject>) -> Result<Answer<Account>, Problem> {
        Ok(Answer::ok(show(&key.service, &subject.0).await?))
    }

    /// Erase an account
    ///
    /// Removes the user with all codes. The audit trail stays, without personal data. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject", method = "delete", operation_id = "eraseAccount")]
    async fn erase(&self, key: Key<Write>, subject: Path<Subject>) -> Result<Done, Problem> {
        let Key { service, caller, .. } = key;
        let acting = Arc::clone(&service.use_cases);
        service.acts.run(async move { acting.erase_account.run(&subject.0, &caller).await }).await??;
        Ok(Done)
    }

    /// Lift a suspension
    ///
    /// Lets a user redeem again, after the application has made sure in another way who they are. An account that is
    /// not suspended stays as it is. Scope: `codes:write`.
    #[oai(path = "/accounts/:subject/lift", method = "post", operation_id = "liftSuspension")]
    async fn lift(&self, key: Key<Write>, subject: Path<Subject>) -> Result<Answer<Account>, Problem> {
        let Key { service, caller, .. } = key;
        let acting = Arc::clone(&service.use_cases);
        let lifted = service.acts.run(async move { acting.lift_suspension.run(&subject.0, &caller).await });
        Ok(Answer::ok(show(&service, &lifted.await??.subject).await?))
    }
}

pub(super) async fn show(service: &Service, subject: &Subject) -> Result<Account, Problem> {
    let view = service.use_cases.show_account.run(subject).await?;
    Ok(Account::new(view, service.clock.now()))
}

/// What needs no escape in a part of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where an account is found.
pub(super) fn path(subject: &Subject) -> String {
    format!("/api/v1/accounts/{}", utf8_percent_encode(subject.as_str(), SEGMENT))
}
