use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Timestamp, Verifier};

/// An account's password, as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPassword {
    pub verifier: Verifier,
    /// How often in a row it was given wrongly.
    pub failures: u32,
    /// Sessions of the account whose person proved who they are then or before, and not since, are over, wherever they
    /// are kept.
    pub signed_out_at: Option<Timestamp>,
}

/// Kept apart from the account, so that nothing that is shown or cached has it. It goes with its account.
#[async_trait]
pub trait PasswordStore: Send {
    /// The password as this unit sees it.
    async fn get(&mut self, account: AccountId) -> PortResult<Option<StoredPassword>>;

    /// Takes the place of what was there, without failures; which sessions are over stays. `false` when there is no such
    /// account; then nothing is kept.
    async fn set(&mut self, account: AccountId, verifier: &Verifier, at: Timestamp) -> PortResult<bool>;

    /// Notes that sessions which were proved at that time or before, and not since, are over. An older time never replaces a newer one.
    /// An account without a password is no fault, and nothing is noted.
    async fn sign_out(&mut self, account: AccountId, at: Timestamp) -> PortResult<()>;

    /// Counts a failure in a row. An account without a password is no fault, and nothing is counted.
    async fn fail(&mut self, account: AccountId) -> PortResult<()>;

    /// Ends the failures in a row: the next one is the first.
    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()>;
}
