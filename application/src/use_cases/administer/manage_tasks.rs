use super::Administrator;
use crate::{
    Ports,
    ports::{Clock, PortResult, Storage, TaskReader, TaskView, UnitOfWork, WhichTasks},
    use_cases::trail::Trail,
};
use backstop_domain::{AuditKind, TaskId, TaskState};
use std::sync::Arc;

/// Queues tasks again that were given up, or removes them.
pub struct ManageTasks {
    storage: Arc<dyn Storage>,
    tasks: Arc<dyn TaskReader>,
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
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            tasks: Arc::clone(&ports.tasks),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    /// With all its attempts.
    pub async fn retry(&self, task: TaskId, by: &Administrator) -> PortResult<TaskChange> {
        let Some(view) = self.tasks.task(task).await? else { return Ok(TaskChange::Missing) };
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
        let Some(view) = self.tasks.task(task).await? else { return Ok(TaskChange::Missing) };
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
