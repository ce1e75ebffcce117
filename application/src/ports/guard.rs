use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{
    ClientId, Network, Timestamp,
    guard::{Admission, Budget, Slot, Verdict},
};

/// Somebody tries something for an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub budget: Budget,
    /// A keyed hash of the identifier, whether an account has it or not.
    pub identifier: [u8; 32],
    pub side: Side,
    /// Goes past the account's ceiling: it comes from where the owner is known, or after another factor.
    pub exempt: bool,
}

/// From where an identifier is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Network(Network),
    /// The caller did not say where its user is.
    Client(ClientId),
}

/// What an attempt is counted under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptKeys {
    /// The identifier as tried from one side.
    pub pair: String,
    /// The identifier over all networks.
    pub account: String,
    /// The network over all identifiers, IPv6 by /48. `None` when the side is no network.
    pub network: Option<String>,
}

impl Attempt {
    pub fn keys(&self) -> AttemptKeys {
        let budget = self.budget;
        let identifier = hex(&self.identifier);
        let side = match self.side {
            Side::Network(network) => network.to_string(),
            Side::Client(client) => client.uuid().to_string(),
        };
        let network = match self.side {
            Side::Network(network) => Some(format!("{budget}:network:{}", network.widened())),
            Side::Client(_) => None,
        };
        AttemptKeys {
            pair: format!("{budget}:pair:{identifier}:{side}"),
            account: format!("{budget}:account:{identifier}"),
            network,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Limits guessing by the rules of [`Counts`](backstop_domain::guard::Counts). Called before, and outside, the unit of
/// work, so that no rollback refunds a failure.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Reserves a slot, atomically: slots in flight count, so that a burst is never evaluated beyond the budget.
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission>;

    /// Ends an attempt. An accepted one clears the pair and gives back what it took of the ceilings, a fault gives all
    /// of the slot back, a refused one changes nothing: the slot was a failure from the beginning, and stays one if
    /// this is never called.
    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()>;
}
