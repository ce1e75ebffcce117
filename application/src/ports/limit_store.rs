use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Network, Timestamp, guard::GenerationWait};

/// What became of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// There is no such account.
    Missing,
    Counted {
        /// This failure suspended the account.
        suspended: bool,
    },
}

/// The limits that are kept with the account itself, whatever counts the rest.
#[async_trait]
pub trait LimitStore: Send {
    /// Counts a failure in a row. When it is number `most`, or a later one, an account that is not suspended becomes
    /// suspended for `failures`.
    async fn fail(&mut self, account: AccountId, most: u32, at: Timestamp) -> PortResult<Failed>;

    /// Ends the failures in a row: the next one is the first.
    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()>;

    /// Writes the wait that [`Account::generation`](backstop_domain::Account) then has.
    async fn set_generation_wait(&mut self, account: AccountId, wait: GenerationWait) -> PortResult<()>;

    /// Notes that the account signed in from this network, so that it
    /// [is known from there](super::AccountReader::is_known_from). Of several times of a network the newest stays.
    /// Other networks of the account that were last noted before `forget` are forgotten; nothing else is.
    async fn note_network(
        &mut self,
        account: AccountId,
        network: Network,
        at: Timestamp,
        forget: Timestamp,
    ) -> PortResult<()>;
}
