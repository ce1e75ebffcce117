use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Sealed, SessionId, TimeStep, Timestamp};

/// What an account has for the second step, as a store knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondFactor {
    pub authenticator: Option<StoredAuthenticator>,
    /// A secret that was shown to be set up, and of which nobody has typed a code yet.
    pub proposal: Option<Proposal>,
}

/// What typed codes are judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthenticator {
    pub secret: Sealed,
    pub confirmed_at: Timestamp,
    /// The latest step whose code was used: none up to it is good again.
    pub last_step: TimeStep,
    /// How often in a row a wrong code was given.
    pub failures: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub secret: Sealed,
    /// The session that it is shown to, and that may confirm it.
    pub session: SessionId,
}

/// Whether a step was used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUsed {
    Done,
    /// This one or a later one was used before.
    Before,
    /// The account has another authenticator by now, or none.
    OtherSecret,
}

/// Kept apart from the account, so that nothing that is shown or cached has it. It goes with its account.
#[async_trait]
pub trait SecondFactorStore: Send {
    /// What the account has, as this unit sees it; of an account that is unknown nothing.
    async fn get(&mut self, account: AccountId) -> PortResult<SecondFactor>;

    /// Takes the place of an earlier proposal, and never of an authenticator, which goes on as it is. `false` when there
    /// is no such account; then nothing is kept.
    async fn propose(&mut self, account: AccountId, proposal: &Proposal) -> PortResult<bool>;

    /// Makes the proposal the account's authenticator, with this step used and without failures, in place of the one
    /// before. `false` when it is not the account's proposal any more; then nothing changes.
    async fn confirm(
        &mut self,
        account: AccountId,
        proposal: &Proposal,
        step: TimeStep,
        at: Timestamp,
    ) -> PortResult<bool>;

    /// Uses a step of the authenticator with this secret, in one compare-and-set, and ends its failures: of any number
    /// at once exactly one is done. Neither that step nor an earlier one is ever used again.
    async fn use_step(&mut self, account: AccountId, secret: &Sealed, step: TimeStep) -> PortResult<StepUsed>;

    /// Counts a failure in a row. An account without an authenticator is no fault, and nothing is counted.
    async fn fail(&mut self, account: AccountId) -> PortResult<()>;

    /// Takes authenticator and proposal away, and tells whether there was any.
    async fn remove(&mut self, account: AccountId) -> PortResult<bool>;
}
