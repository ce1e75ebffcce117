use super::{Concerns, PortResult};
use async_trait::async_trait;
use backstop_domain::{TaskId, TaskKind, TaskState, Timestamp, WorkerId};

/// A task as people see it: never what was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskView {
    pub id: TaskId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub concerns: Concerns,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    /// When its last attempt began.
    pub begun_at: Option<Timestamp>,
    /// When it was done or given up.
    pub ended_at: Option<Timestamp>,
    /// Attempts that were begun, and how many it has.
    pub attempt: u32,
    pub attempts: u32,
    /// Who has it in hand, or ended it.
    pub worker: Option<WorkerId>,
    /// What came of it.
    pub summary: Option<String>,
    /// Why the last attempt that failed did.
    pub error: Option<String>,
}

/// How many tasks of a kind are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    pub kind: TaskKind,
    pub state: TaskState,
    pub tasks: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Only what there is any of, in the order of kinds and states.
    pub depths: Vec<Depth>,
    /// Since when the task has been due that waits longest.
    pub oldest_due: Option<Timestamp>,
}

#[async_trait]
pub trait TaskReader: Send + Sync {
    /// All of one moment.
    async fn overview(&self, now: Timestamp) -> PortResult<Overview>;

    /// When the next task can be claimed: a queued one that is due, or one whose lease ends. Also a time in the past.
    async fn next_due(&self) -> PortResult<Option<Timestamp>>;

    async fn task(&self, id: TaskId) -> PortResult<Option<TaskView>>;

    /// Those in a state, the newest first: by when they ended, or else by when they were made.
    async fn tasks(&self, state: TaskState, limit: u32) -> PortResult<Vec<TaskView>>;
}

/// A process that does background work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    pub id: WorkerId,
    /// Where it runs, as people call it.
    pub host: String,
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// How many tasks it does at once, and how many it has in hand.
    pub slots: u32,
    pub busy: u32,
    /// How many it has done, and how many attempts failed.
    pub done: u64,
    pub failed: u64,
}

/// Which workers there are, for people to see. Nothing is decided by it.
#[async_trait]
pub trait Workforce: Send + Sync {
    /// Notes what is now true of a worker.
    async fn beat(&self, worker: &Worker) -> PortResult<()>;

    /// Strikes a worker off.
    async fn leave(&self, worker: WorkerId) -> PortResult<()>;

    /// Those that were heard of at that time or later, the longest running first.
    async fn workers(&self, since: Timestamp) -> PortResult<Vec<Worker>>;

    /// Strikes off whoever was not heard of since, and tells how many.
    async fn forget(&self, before: Timestamp) -> PortResult<u64>;
}

/// Tells workers that there may be something to do.
#[async_trait]
pub trait WorkSignal: Send + Sync {
    /// Returns when a task was queued by any process since the last call, as soon as this is known, or else after the
    /// time. It may return for no reason, and a signal may get lost: the time bounds how late that is noticed.
    async fn wait(&self, at_most: core::time::Duration);
}
