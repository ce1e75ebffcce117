use super::caller::Caller;
use crate::ports::{AccountReader, PortResult};
use backstop_domain::{Account, AccountId, Subject};

/// An account as somebody says it who need not guess.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    Subject(&'a Subject),
    Id(AccountId),
}

impl<'a> From<&'a Subject> for Named<'a> {
    fn from(subject: &'a Subject) -> Self {
        Self::Subject(subject)
    }
}

impl From<AccountId> for Named<'_> {
    fn from(id: AccountId) -> Self {
        Self::Id(id)
    }
}

impl Named<'_> {
    /// `None` also for an account that is not there for this caller.
    pub(crate) async fn find(self, accounts: &dyn AccountReader, caller: &Caller) -> PortResult<Option<Account>> {
        let found = match self {
            Self::Subject(subject) => accounts.by_subject(subject).await?,
            Self::Id(id) => accounts.by_id(id).await?,
        };
        Ok(found.filter(|account| caller.reaches(account.role)))
    }
}
