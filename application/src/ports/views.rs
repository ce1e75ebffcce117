use super::{AccountState, HistoryPage, PortResult};
use async_trait::async_trait;
use backstop_domain::{AccountId, Role, Subject, history::Window};

/// A page of an account's history, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountHistory {
    pub account: AccountId,
    pub role: Role,
    pub page: HistoryPage,
}

/// What is shown of an account. It may come from a cache, so that nothing is ever decided by it: whoever decides asks
/// the readers and the unit of work.
///
/// What is asked for after a write was answered shows the write.
#[async_trait]
pub trait Views: Send + Sync {
    /// As [`AccountReader::state`](super::AccountReader::state).
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>>;

    /// As [`HistoryReader::page`](super::HistoryReader::page), for the account of this subject.
    async fn history(&self, subject: &Subject, window: Option<Window>) -> PortResult<Option<AccountHistory>>;
}
