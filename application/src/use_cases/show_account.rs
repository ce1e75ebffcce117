use super::{ActError, holders::Holders};
use crate::{
    Ports,
    ports::{AccountReader, AccountState, Clock, Views},
};
use backstop_domain::{Account, Batch, BatchStatus, Duties, Duty, Subject, Timestamp};
use std::sync::Arc;

/// What an application may know about an account.
pub struct ShowAccount {
    holders: Holders,
    views: Arc<dyn Views>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    pub account: Account,
    /// `None` when there is none, or it is expired or exhausted.
    pub active: Option<Batch>,
    pub remaining: u32,
    pub duties: Duties,
    /// Until when no codes can be made, if so.
    pub cooldown_until: Option<Timestamp>,
}

impl ShowAccount {
    pub(crate) fn new(ports: &Ports, holders: Holders) -> Self {
        let (views, accounts) = (Arc::clone(&ports.views), Arc::clone(&ports.accounts));
        Self { holders, views, accounts, clock: Arc::clone(&ports.clock) }
    }

    pub async fn run(&self, subject: &Subject) -> Result<AccountView, ActError> {
        self.view(self.views.state(subject).await?)
    }

    /// As `run`, and never from a cache: for those who decide something by it.
    pub async fn run_for_decision(&self, subject: &Subject) -> Result<AccountView, ActError> {
        self.view(self.accounts.state(subject).await?)
    }

    fn view(&self, state: Option<AccountState>) -> Result<AccountView, ActError> {
        let state = state.filter(|state| self.holders.include(state.account.role)).ok_or(ActError::NotFound)?;
        let now = self.clock.now();
        let active = state.standing.filter(|batch| batch.status(now) == BatchStatus::Active);
        let remaining = active.as_ref().map_or(0, |batch| batch.remaining(now));
        let waits = state.account.generation.is_on(now);
        let cooldown_until = waits.filter(|_| !state.open.contains(Duty::NewCodes));
        Ok(AccountView { account: state.account, active, remaining, duties: state.open, cooldown_until })
    }
}
