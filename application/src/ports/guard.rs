use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{
    ClientId, Network, Timestamp,
    guard::{Admission, Slot},
};

/// Who is counted: one identifier as tried from one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// A keyed hash of the identifier, whether an account has it or not.
    pub identifier: [u8; 32],
    pub side: Side,
}

/// From where an identifier is tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Network(Network),
    /// The caller did not say where its user is.
    Client(ClientId),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// Never judged, by a fault of ours.
    Fault,
}

/// Limits guessing. Called before, and outside, the unit of work, so that no rollback refunds a failure.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Reserves a slot, atomically: slots in flight count, so that a burst is never evaluated beyond the budget.
    async fn admit(&self, pair: &Pair, now: Timestamp) -> PortResult<Admission>;

    /// Ends an attempt. An accepted one clears the pair, a fault gives the slot back, a refused one changes nothing:
    /// the slot was a failure from the beginning, and stays one if this is never called.
    async fn settle(&self, pair: &Pair, slot: Slot, verdict: Verdict) -> PortResult<()>;
}
