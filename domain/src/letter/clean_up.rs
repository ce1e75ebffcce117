use crate::{BatchId, CleanUp, Subject};
use jiff::Timestamp;

/// What one run of a clean-up did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUpReport {
    pub of: CleanUp,
    /// In words, such as `schedule nightly` or `command line`.
    pub started_by: String,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    /// What ended at or before this instant was due.
    pub older_than: Timestamp,
    /// Rows of codes, audit entries or lines of the e-mail log.
    pub removed: u64,
    /// The run stopped at its limit: more is due, and left for the next run.
    pub capped: bool,
    /// For codes, the batches that lost some: the first of them, as many as `MOST_BATCHES`.
    pub batches: Vec<BatchLine>,
    /// How many batches there are beyond those.
    pub more_batches: u64,
    /// For the audit trail and the e-mail log, the times of the oldest and of the newest line that was removed.
    pub range: Option<(Timestamp, Timestamp)>,
}

impl CleanUpReport {
    /// A report is read by a person, and has to fit into a task.
    pub const MOST_BATCHES: usize = 100;

    pub const fn is_empty(&self) -> bool {
        self.removed == 0
    }
}

/// What a clean-up took of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLine {
    pub batch: BatchId,
    pub subject: Subject,
    pub made_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub removed_codes: u32,
    /// Rows of codes that are still there.
    pub left: u32,
    /// The batch itself went, too; its record stays in the history.
    pub batch_removed: bool,
}
