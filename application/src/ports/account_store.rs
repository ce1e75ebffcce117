use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{Account, AccountId, SuspensionReason, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountInserted {
    Done,
    SubjectTaken,
    EmailTaken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountUpdated {
    Done,
    EmailTaken,
    Missing,
}

/// What an erasure took along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    pub batches: u32,
    pub codes: u32,
}

#[async_trait]
pub trait AccountStore: Send {
    /// The account as this unit sees it.
    async fn get(&mut self, id: AccountId) -> PortResult<Option<Account>>;

    /// A second account with the same subject is `SubjectTaken`; subjects differ by case.
    /// One with the same e-mail key is `EmailTaken`.
    /// Either way nothing is inserted and the unit stays usable.
    async fn insert(&mut self, account: &Account) -> PortResult<AccountInserted>;

    /// Writes e-mail, confirmation, notification addresses, name, locale and `modified_at`; nothing else of the account.
    /// An e-mail key of another account is `EmailTaken`; then nothing is written and the unit stays usable.
    async fn update(&mut self, account: &Account) -> PortResult<AccountUpdated>;

    /// Marks the set-up as verified. `true` for exactly one call in an account's life.
    async fn verify_setup(&mut self, id: AccountId, at: Timestamp) -> PortResult<bool>;

    /// Sets or lifts the suspension. `false` when it was so before, or the account is missing.
    async fn set_suspended(
        &mut self,
        id: AccountId,
        reason: Option<SuspensionReason>,
        at: Timestamp,
    ) -> PortResult<bool>;

    /// Whether the account is there and an administrator's. Of units that ask, for whichever accounts, a second one waits
    /// until the first has ended, and then sees what that did.
    async fn hold_administrator(&mut self, id: AccountId) -> PortResult<bool>;

    /// Removes the account with its batches, codes and recoveries, with its history, its lines of the e-mail log and its
    /// notices, and with what runs of clean-ups tell of its batches. `None` when it is missing.
    async fn erase(&mut self, id: AccountId) -> PortResult<Option<Erased>>;
}
