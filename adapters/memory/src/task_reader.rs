use crate::{MemoryStorage, tables::TaskRow};
use async_trait::async_trait;
use backstop_application::ports::{Depth, Overview, PortResult, TaskReader, TaskView};
use backstop_domain::{TaskId, TaskState, Timestamp};
use core::cmp::Reverse;
use std::collections::BTreeMap;

pub(crate) fn view(row: &TaskRow) -> TaskView {
    TaskView {
        id: row.task.id,
        kind: row.task.kind,
        state: row.state,
        concerns: row.task.concerns,
        created_at: row.task.created_at,
        due_at: row.task.due_at,
        begun_at: row.begun_at,
        ended_at: row.ended_at,
        attempt: row.attempt,
        attempts: row.task.attempts,
        worker: row.worker,
        summary: row.summary.clone(),
        error: row.error.clone(),
    }
}

#[async_trait]
impl TaskReader for MemoryStorage {
    async fn overview(&self, now: Timestamp) -> PortResult<Overview> {
        let tables = self.committed();
        let mut depths = BTreeMap::new();
        for row in tables.tasks().values() {
            *depths.entry((row.task.kind, row.state)).or_default() += 1;
        }
        let waiting = tables.tasks().values().filter(|row| row.state == TaskState::Queued && row.task.due_at <= now);
        Ok(Overview {
            oldest_due: waiting.map(|row| row.task.due_at).min(),
            depths: depths.into_iter().map(|((kind, state), tasks)| Depth { kind, state, tasks }).collect(),
        })
    }

    async fn next_due(&self) -> PortResult<Option<Timestamp>> {
        Ok(self.committed().tasks().values().filter_map(TaskRow::can_be_claimed_from).min())
    }

    async fn task(&self, id: TaskId) -> PortResult<Option<TaskView>> {
        Ok(self.committed().tasks().get(&id).map(view))
    }

    async fn tasks(&self, state: TaskState, limit: u32) -> PortResult<Vec<TaskView>> {
        let mut found: Vec<TaskView> =
            self.committed().tasks().values().filter(|row| row.state == state).map(view).collect();
        found.sort_by_key(|task| Reverse((task.ended_at.unwrap_or(task.created_at), task.id)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }
}
