use super::{PortResult, Sight};
use async_trait::async_trait;
use backstop_domain::{
    AccountId, BatchId, CleanUp, RunId, RunStatus, ScheduleId, Timestamp, clean_up::StartedBy, letter::BatchLine,
};

/// Some of the codes that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeChunk {
    /// What ended, or expired while live, at that time or before.
    pub until: Timestamp,
    /// Now: what a batch's change carries.
    pub at: Timestamp,
    /// How many rows of codes.
    pub most: u32,
    /// Whether to wait for accounts that somebody has locked. Otherwise they are left for later.
    pub wait: bool,
}

/// What was taken from one batch, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOf {
    pub account: AccountId,
    pub line: BatchLine,
}

/// Rows of a log that went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogTaken {
    pub rows: u64,
    /// The times of the oldest and the newest of them.
    pub range: Option<(Timestamp, Timestamp)>,
}

/// Takes away what is over, some rows at a time.
#[async_trait]
pub trait CleanUpStore: Send {
    /// Removes codes that are over, as `backstop_domain::retention` says, at most so many to the row, and tells from which
    /// batches, each once.
    /// A live code that has not expired is never taken, and no code is counted that stays.
    /// Their batches' counter `purged` rises with it; a live code that expired becomes removed as well. Accounts are
    /// locked before their codes, also against other clean-ups.
    /// Without `chunk.wait` nobody is waited for, and fewer than there are may be taken. With it nothing is left when
    /// nothing is taken.
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>>;

    /// Removes batches that have no row of a code left, were made at `chunk.until` or before and are not active at
    /// `chunk.at`, at most so many; in their owner's history they stay as they were. About accounts that somebody has
    /// locked it does as `take_codes`.
    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>>;

    /// Removes a batch that was marked for the purge, with every code that it has left and without asking how long ago that
    /// was, and tells how many codes these were. In its owner's history it stays, with all its codes counted as gone.
    /// `None` when the account has no such batch, or it was not marked.
    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>>;

    /// Removes the oldest entries of the audit trail, of that time or before, at most so many. Those that another unit is
    /// about to change are left for later.
    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken>;

    /// Removes the oldest lines of the e-mail log likewise, by when they were made.
    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken>;

    /// Removes from their owners' histories the records of batches that went at that time or before, the oldest first, at
    /// most so many, and tells of whom, each once. A batch that stayed when its last code went is such a record since its
    /// last change; those of accounts that somebody has locked are left for later.
    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>>;
}

/// One execution of a clean-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub of: CleanUp,
    pub started_by: StartedBy,
    pub started_at: Timestamp,
    pub retention_days: u32,
    /// What ended at that time or before is taken.
    pub until: Timestamp,
}

/// A run and what came of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    pub run: Run,
    pub status: RunStatus,
    pub ended_at: Option<Timestamp>,
    pub error: Option<String>,
    /// Rows that went.
    pub removed: u64,
    /// Rows of batches that went.
    pub removed_batches: u64,
    /// Of the entries of a log that went, the times of the oldest and the newest.
    pub range: Option<(Timestamp, Timestamp)>,
}

/// What a chunk adds to its run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunChunk {
    pub removed: u64,
    pub range: Option<(Timestamp, Timestamp)>,
    pub batches: Vec<BatchLine>,
}

/// The records of runs, each written in the units of what it tells.
#[async_trait]
pub trait RunStore: Send {
    /// Notes that a run begins. Where it began before, what is known of it: then it goes on, and nothing changes.
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>>;

    /// Adds what a chunk did. What was taken from one batch is added up; the last `left` holds, and what is gone stays
    /// gone. A run that never began is no fault.
    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()>;

    /// Ends a run. The first end stays.
    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()>;

    /// Removes records of runs that ended at that time or before, and tells how many.
    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64>;
}

/// How much a run would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eligible {
    pub rows: u64,
    /// From how many batches; zero for logs.
    pub batches: u64,
}

#[async_trait]
pub trait RunReader: Send + Sync {
    async fn run(&self, id: RunId) -> PortResult<Option<RunRecord>>;

    /// What a run took from each batch in sight, those with most taken first, at most so many. Applications are not shown
    /// batches of administrators and auditors.
    async fn batches(&self, id: RunId, limit: u32, sight: Sight) -> PortResult<Vec<BatchLine>>;

    /// From how many batches in sight a run took anything.
    async fn number_of_batches(&self, id: RunId, sight: Sight) -> PortResult<u64>;

    /// The newest runs, by when they started.
    async fn newest(&self, limit: u32) -> PortResult<Vec<RunRecord>>;

    /// What is there to be taken.
    async fn eligible(&self, of: CleanUp, until: Timestamp) -> PortResult<Eligible>;

    /// The newest run of a schedule that has begun and not ended.
    async fn unfinished(&self, schedule: ScheduleId) -> PortResult<Option<RunRecord>>;
}
