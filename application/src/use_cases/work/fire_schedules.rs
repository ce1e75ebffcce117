use super::queue::Queue;
use crate::{
    Ports, Settings,
    ports::{Clock, PortResult, Storage},
};
use backstop_domain::schedule::{Due, Occurrence};
use std::sync::Arc;

/// Queues the runs that schedules are due for. However many replicas do it at once, each occurrence is queued once.
pub struct FireSchedules {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    queue: Queue,
}

const AT_ONCE: u32 = 20;

impl FireSchedules {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            queue: Queue::new(ports, settings),
        }
    }

    /// What was queued.
    pub async fn run(&self) -> PortResult<Vec<Occurrence>> {
        let mut fired = Vec::new();
        loop {
            let some = retry_contention!(self.fire().await)?;
            let last = some.len() < AT_ONCE as usize;
            fired.extend(some);
            if last {
                return Ok(fired);
            }
        }
    }

    /// The run is queued in the unit that moves its schedule on.
    async fn fire(&self) -> PortResult<Vec<Occurrence>> {
        let mut unit = self.storage.begin().await?;
        let now = self.clock.now();
        let mut fired = Vec::new();
        let due = unit.schedules().due(now, AT_ONCE).await?;
        for schedule in due {
            let Some(Due { occurrence, after }) = schedule.due(now) else { continue };
            unit.tasks().push(self.queue.scheduled_run(&schedule, occurrence)?).await?;
            unit.schedules().advance(&after).await?;
            fired.push(occurrence);
        }
        unit.commit().await?;
        Ok(fired)
    }
}
