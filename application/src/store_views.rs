use crate::ports::{AccountHistory, AccountReader, AccountState, HistoryReader, PortResult, Views};
use async_trait::async_trait;
use backstop_domain::{Subject, history::Window};
use std::sync::Arc;

/// Views as the store has them, each read anew.
pub struct StoreViews {
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
}

impl StoreViews {
    pub fn new(accounts: Arc<dyn AccountReader>, history: Arc<dyn HistoryReader>) -> Self {
        Self { accounts, history }
    }
}

#[async_trait]
impl Views for StoreViews {
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        self.accounts.state(subject).await
    }

    async fn history(&self, subject: &Subject, window: Option<Window>) -> PortResult<Option<AccountHistory>> {
        let Some(account) = self.accounts.by_subject(subject).await? else { return Ok(None) };
        let page = self.history.page(account.id, window).await?;
        Ok(Some(AccountHistory { account: account.id, role: account.role, page }))
    }
}
