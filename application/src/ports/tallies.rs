use super::{PortResult, Sight};
use async_trait::async_trait;
use backstop_domain::{Quarter, Tally, Timestamp};

/// What is to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// Nothing is counted of the quarters before this one.
    pub from: Quarter,
    /// Quarters that had ended then; whatever happened in them is known by now.
    pub until: Timestamp,
    /// How many quarters at most.
    pub most: u32,
}

/// How much happened when: counted from the audit trail and the records of clean-ups, and kept when those go.
///
/// Nothing is counted where it happens. That would be rows which all redemptions want to change at once.
#[async_trait]
pub trait Tallies: Send + Sync {
    /// Counts what happened in quarters of which nothing was counted yet, the oldest first, and tells up to when all is
    /// counted now. Each quarter is counted once, however many count at the same time, and its counts stay whatever
    /// becomes of what they were counted from.
    /// An entry of the trail counts as `Counted::told_by` says, in the quarter of its time; rows that a run of the clean-up
    /// of codes removed count as purged, in the quarter in which it ended.
    async fn count(&self, counting: &Counting) -> PortResult<Timestamp>;

    /// How much happened since that quarter, as far as it is in sight: by quarters and what was counted, without zeros.
    /// What is not counted yet is counted for the answer.
    /// Applications are shown nothing of those who ran the service when it was counted: neither what was about them, nor
    /// what they did in the console, nor what a clean-up took from their sets.
    async fn since(&self, from: Quarter, sight: Sight) -> PortResult<Vec<Tally>>;

    /// Forgets what was counted of the quarters before, and tells how many counts these were.
    async fn forget(&self, before: Quarter) -> PortResult<u64>;
}
