use super::{ActError, holders::Holders};
use crate::{Ports, Settings, ports::Views};
use backstop_domain::{Batch, Subject, history::HistoryRules};
use std::sync::Arc;

/// An account's sets of codes, newest first, page by page.
pub struct ShowHistory {
    holders: Holders,
    views: Arc<dyn Views>,
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
    pub(crate) fn new(ports: &Ports, settings: &Settings, holders: Holders) -> Self {
        Self { holders, views: Arc::clone(&ports.views), rules: settings.history }
    }

    /// A page outside is an empty one.
    pub async fn run(&self, subject: &Subject, page: u32) -> Result<HistoryView, ActError> {
        let found =
            self.views.history(subject, self.rules.window(page)).await?.filter(|h| self.holders.include(h.role));
        let found = found.ok_or(ActError::NotFound)?.page;
        let (total, pages) = (self.rules.visible(found.total), self.rules.pages(found.total));
        Ok(HistoryView { items: found.batches, page, pages, total })
    }
}
