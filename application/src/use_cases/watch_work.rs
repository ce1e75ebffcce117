use crate::{
    Ports,
    ports::{
        Clock, Overview, PortResult, RunReader, RunRecord, ScheduleReader, TaskReader, TaskView, Worker, Workforce,
    },
};
use backstop_domain::{Schedule, TaskState, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;

/// What there is to do, who does it, and how it went lately.
pub struct WatchWork {
    tasks: Arc<dyn TaskReader>,
    workforce: Arc<dyn Workforce>,
    schedules: Arc<dyn ScheduleReader>,
    runs: Arc<dyn RunReader>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Debug)]
pub struct Work {
    pub at: Timestamp,
    pub overview: Overview,
    /// Those heard of lately.
    pub workers: Vec<Worker>,
    pub schedules: Vec<Schedule>,
    /// The newest runs of clean-ups.
    pub runs: Vec<RunRecord>,
    /// The newest tasks that were given up, and that are done.
    pub failed: Vec<TaskView>,
    pub done: Vec<TaskView>,
}

impl WatchWork {
    /// Who was not heard of for longer does nothing any more.
    pub const LATELY: SignedDuration = SignedDuration::from_secs(90);

    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            tasks: Arc::clone(&ports.tasks),
            workforce: Arc::clone(&ports.workforce),
            schedules: Arc::clone(&ports.schedules),
            runs: Arc::clone(&ports.runs),
            clock: Arc::clone(&ports.clock),
        }
    }

    /// With at most so many runs, and so many tasks of each state.
    pub async fn run(&self, most: u32) -> PortResult<Work> {
        let at = self.clock.now();
        Ok(Work {
            at,
            overview: self.tasks.overview(at).await?,
            workers: self.workforce.workers(at.saturating_sub(Self::LATELY).unwrap_or(Timestamp::MIN)).await?,
            schedules: self.schedules.all().await?,
            runs: self.runs.newest(most).await?,
            failed: self.tasks.tasks(TaskState::Failed, most).await?,
            done: self.tasks.tasks(TaskState::Done, most).await?,
        })
    }
}
