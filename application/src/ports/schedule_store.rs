use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{RunStatus, Schedule, ScheduleId, ScheduleName, Timestamp, schedule::LastRun};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleSaved {
    Done,
    /// Another schedule has the name, compared byte for byte.
    NameTaken,
    /// There is none of this revision: somebody changed or removed it.
    Changed,
}

/// The result of a run, for its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunResult {
    pub at: Timestamp,
    pub status: RunStatus,
    pub error: Option<String>,
    pub removed: u64,
}

impl From<&RunResult> for LastRun {
    fn from(result: &RunResult) -> Self {
        Self { at: result.at, status: result.status, error: result.error.clone() }
    }
}

#[async_trait]
pub trait ScheduleStore: Send {
    /// Stores a new schedule with everything it was given. One whose id is known, or was once, is `Changed`.
    /// Anything but `Done` stores nothing and leaves the unit usable.
    async fn insert(&mut self, schedule: &Schedule) -> PortResult<ScheduleSaved>;

    /// Replaces the schedule of this id if it has the revision `was`; its last run and its total stay as they are.
    /// Anything but `Done` changes nothing and leaves the unit usable.
    async fn update(&mut self, schedule: &Schedule, was: u32) -> PortResult<ScheduleSaved>;

    /// Removes a schedule for good. `false` when there is none.
    async fn remove(&mut self, id: ScheduleId) -> PortResult<bool>;

    /// Those that have a run due, the longest due first, at most so many. Until the unit ends nobody else gets them, and
    /// nobody changes them; those that another unit holds are left out, and nobody waits.
    async fn due(&mut self, now: Timestamp, most: u32) -> PortResult<Vec<Schedule>>;

    /// Moves a schedule that `due` gave to its next times, and changes nothing else.
    async fn advance(&mut self, schedule: &Schedule) -> PortResult<()>;

    /// Notes how a run ended, and adds up what it removed. A schedule that is gone is no fault.
    async fn record(&mut self, id: ScheduleId, result: &RunResult) -> PortResult<()>;
}

#[async_trait]
pub trait ScheduleReader: Send + Sync {
    /// All, by name.
    async fn all(&self) -> PortResult<Vec<Schedule>>;

    async fn schedule(&self, id: ScheduleId) -> PortResult<Option<Schedule>>;

    /// The one of this name, compared byte for byte.
    async fn named(&self, name: &ScheduleName) -> PortResult<Option<Schedule>>;

    /// When the next run is due.
    async fn next_run(&self) -> PortResult<Option<Timestamp>>;
}
