use super::Administrator;
use crate::{
    Ports, Settings,
    lists::{TaskFilter, TaskSort, Tasks},
    ports::{
        Clock, Direction, Listed as _, Place, PortResult, Portion, Register, Sight, Storage, TaskView, UnitOfWork,
        Which, WhichTasks,
    },
    use_cases::{Flush, FlushTasks, trail::Trail},
};
use backstop_domain::{AuditKind, TaskId, TaskState};
use std::sync::Arc;

/// So many tasks are looked at in one go.
const AT_ONCE: u32 = 200;

/// Queues tasks again that were given up, or removes them: such as there are for whoever asks.
pub struct ManageTasks {
    storage: Arc<dyn Storage>,
    tasks: Arc<dyn Register<Tasks>>,
    flush: FlushTasks,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskChange {
    Done,
    /// It was not given up, or an unfinished one does the same.
    NotFailed,
    Missing,
}

impl ManageTasks {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            tasks: Arc::clone(&ports.registers.tasks),
            flush: FlushTasks::new(ports, settings),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    async fn view(&self, task: TaskId, by: &Administrator) -> PortResult<Option<TaskView>> {
        Ok(self.tasks.entry(task.uuid(), by.sight()).await?.map(|entry| entry.of))
    }

    /// Clears away what was asked for, and tells how much that was: of failed tasks those that are there for whoever asks.
    pub async fn flush(&self, flush: Flush, by: &Administrator) -> PortResult<u64> {
        let (actor, origin) = (by.caller().actor(), by.caller().origin());
        if by.sight() == Sight::Everything {
            return self.flush.run_from(flush, &actor, &origin).await;
        }
        let mut cleared = 0;
        if matches!(flush, Flush::Failed | Flush::All) {
            cleared += self.remove_failed(by).await?;
        }
        let rest = match flush {
            Flush::Failed => return Ok(cleared),
            Flush::Schedules => self.flush.schedules(&actor, &origin).await?,
            Flush::All => self.flush.schedules(&actor, &origin).await? + self.flush.waiting(&actor, &origin).await?,
        };
        Ok(cleared + rest)
    }

    async fn remove_failed(&self, by: &Administrator) -> PortResult<u64> {
        let filter = TaskFilter { state: Some(TaskState::Failed), ..TaskFilter::default() };
        let which = Which { filter, sight: by.sight(), now: self.clock.now() };
        let mut portion =
            Portion { which, sort: TaskSort::Created, direction: Direction::Ascending, after: None, most: AT_ONCE };
        let mut removed = 0;
        loop {
            let failed = self.tasks.portion(&portion).await?;
            let Some(last) = failed.last() else { return Ok(removed) };
            portion.after = Some(Place { rank: Tasks::rank(last, TaskSort::Created), id: Tasks::id(last) });
            for task in &failed {
                removed += u64::from(self.remove(task.of.id, by).await? == TaskChange::Done);
            }
        }
    }

    /// With all its attempts.
    pub async fn retry(&self, task: TaskId, by: &Administrator) -> PortResult<TaskChange> {
        let Some(view) = self.view(task, by).await? else { return Ok(TaskChange::Missing) };
        retry_contention!(self.try_to_retry(&view, by).await)
    }

    async fn try_to_retry(&self, task: &TaskView, by: &Administrator) -> PortResult<TaskChange> {
        let mut unit = self.storage.begin().await?;
        if !unit.tasks().retry(task.id, self.clock.now()).await? {
            unit.rollback().await?;
            return Ok(TaskChange::NotFailed);
        }
        self.end(unit, AuditKind::TaskRetried, task, by).await
    }

    pub async fn remove(&self, task: TaskId, by: &Administrator) -> PortResult<TaskChange> {
        let Some(view) = self.view(task, by).await? else { return Ok(TaskChange::Missing) };
        if view.state != TaskState::Failed {
            return Ok(TaskChange::NotFailed);
        }
        retry_contention!(self.try_to_remove(&view, by).await)
    }

    /// What was given up is taken by nobody but whoever retries it; then it is queued, and stays if it is begun.
    async fn try_to_remove(&self, task: &TaskView, by: &Administrator) -> PortResult<TaskChange> {
        let mut unit = self.storage.begin().await?;
        if unit.tasks().remove(WhichTasks::One(task.id)).await? == 0 {
            unit.rollback().await?;
            return Ok(TaskChange::Missing);
        }
        self.end(unit, AuditKind::TaskRemoved, task, by).await
    }

    async fn end(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        kind: AuditKind,
        task: &TaskView,
        by: &Administrator,
    ) -> PortResult<TaskChange> {
        let mut entry = self.trail.entry(kind, by.caller().actor(), by.caller().origin());
        entry.account = task.concerns.account;
        entry.batch = task.concerns.batch;
        entry.reason = Some(format!("{} {}", task.kind, task.id).into());
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(TaskChange::Done)
    }
}
