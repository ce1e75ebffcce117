use super::ActError;
use crate::{
    Ports, Settings,
    ports::{AccountReader, HistoryReader},
};
use backstop_domain::{Batch, Role, Subject, history::HistoryRules};
use std::sync::Arc;

/// An account's sets of codes, newest first, page by page.
pub struct ShowHistory {
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    rules: HistoryRules,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryView {
    pub items: Vec<Batch>,
    pub page: u32,
    pub pages: u32,
    /// How many sets can be seen on all pages.
    pub total: u32,
}

impl ShowHistory {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { accounts: Arc::clone(&ports.accounts), history: Arc::clone(&ports.history), rules: settings.history }
    }

    /// A page outside is an empty one.
    pub async fn run(&self, subject: &Subject, page: u32) -> Result<HistoryView, ActError> {
        let account = self.accounts.by_subject(subject).await?.filter(|a| a.role == Role::User);
        let account = account.ok_or(ActError::NotFound)?.id;
        let found = self.history.page(account, self.rules.window(page)).await?;
        let (total, pages) = (self.rules.visible(found.total), self.rules.pages(found.total));
        Ok(HistoryView { items: found.batches, page, pages, total })
    }
}
