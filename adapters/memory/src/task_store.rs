use crate::{
    storage::rejected,
    tables::{Tables, TaskRow},
};
use async_trait::async_trait;
use backstop_application::ports::{Claiming, Held, Leased, NewTask, PortResult, TaskStore, WhichTasks};
use backstop_domain::{
    TaskId, TaskState, Timestamp,
    task::{Ending, Lease},
};
use core::cmp::Reverse;

pub(crate) struct MemoryTaskStore<'a> {
    pub(crate) tables: &'a mut Tables,
    pub(crate) queued: &'a mut bool,
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn leased(row: &TaskRow, lease: Lease) -> Leased {
    Leased {
        lease,
        kind: row.task.kind,
        payload: row.task.payload.clone(),
        sealed: row.task.sealed.clone(),
        concerns: row.task.concerns,
        created_at: row.task.created_at,
        attempts: row.task.attempts,
    }
}

impl MemoryTaskStore<'_> {
    fn has_unfinished(&self, name: Option<&str>) -> bool {
        name.is_some()
            && self.tables.tasks().values().any(|row| row.is_unfinished() && row.task.unique.as_deref() == name)
    }

    fn held(&mut self, lease: &Lease, now: Timestamp) -> Option<&mut TaskRow> {
        let row = self.tables.tasks_mut().get_mut(&lease.task)?;
        let good = row.lease_until.is_some_and(|until| until > now);
        (good && row.worker == Some(lease.worker) && row.attempt == lease.attempt).then_some(row)
    }

    fn beyond(&self, keep: u32, most: u32) -> Vec<TaskId> {
        let mut done: Vec<&TaskRow> = self.tables.tasks().values().filter(|row| row.state == TaskState::Done).collect();
        done.sort_by_key(|row| Reverse((row.ended_at, row.task.id)));
        done.into_iter().skip(size(keep)).take(size(most)).map(|row| row.task.id).collect()
    }
}

#[async_trait]
impl TaskStore for MemoryTaskStore<'_> {
    async fn push(&mut self, task: NewTask) -> PortResult<()> {
        if self.has_unfinished(task.unique.as_deref()) {
            return Ok(());
        }
        if self.tables.tasks().contains_key(&task.id) {
            return Err(rejected("a task with this id exists"));
        }
        let row = TaskRow {
            state: TaskState::Queued,
            begun_at: None,
            ended_at: None,
            attempt: 0,
            worker: None,
            lease_until: None,
            summary: None,
            error: None,
            task,
        };
        self.tables.tasks_mut().insert(row.task.id, row);
        *self.queued = true;
        Ok(())
    }

    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>> {
        let due = |row: &&TaskRow| {
            row.can_be_claimed_from().is_some_and(|from| from <= claiming.now)
                && claiming.only.is_none_or(|only| only == row.task.id)
        };
        let mut due: Vec<&TaskRow> = self.tables.tasks().values().filter(due).collect();
        due.sort_by_key(|row| (row.task.priority, row.task.due_at, row.task.id));
        let taken: Vec<TaskId> = due.into_iter().take(size(claiming.most)).map(|row| row.task.id).collect();
        let mut found = Vec::new();
        for id in taken {
            let Some(row) = self.tables.tasks_mut().get_mut(&id) else { continue };
            row.state = TaskState::Running;
            row.attempt += 1;
            row.worker = Some(claiming.worker);
            row.lease_until = Some(claiming.until);
            row.begun_at = Some(claiming.now);
            found.push(leased(row, Lease { task: id, worker: claiming.worker, attempt: row.attempt }));
        }
        Ok(found)
    }

    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held> {
        let Some(row) = self.held(lease, now) else { return Ok(Held::Lost) };
        row.lease_until = Some(until);
        Ok(Held::Yes)
    }

    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held> {
        let Some(row) = self.held(lease, now) else { return Ok(Held::Lost) };
        row.lease_until = None;
        match ending {
            Ending::Done(summary) => {
                row.state = TaskState::Done;
                row.summary.clone_from(summary);
                row.ended_at = Some(now);
                row.task.payload.text = String::new();
                row.task.sealed = None;
            }
            Ending::Failed { error } => {
                row.state = TaskState::Failed;
                row.error = Some(error.clone());
                row.ended_at = Some(now);
                row.task.sealed = None;
            }
            Ending::Again { at, error } => {
                row.state = TaskState::Queued;
                row.error = Some(error.clone());
                row.task.due_at = *at;
                row.worker = None;
            }
            Ending::Released => {
                row.state = TaskState::Queued;
                row.attempt -= 1;
                row.task.due_at = now;
                row.worker = None;
            }
        }
        *self.queued |= queues(ending);
        Ok(Held::Yes)
    }

    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool> {
        let Some(row) = self.tables.tasks().get(&task).filter(|row| row.state == TaskState::Failed) else {
            return Ok(false);
        };
        if self.has_unfinished(row.task.unique.clone().as_deref()) {
            return Ok(false);
        }
        if let Some(row) = self.tables.tasks_mut().get_mut(&task) {
            row.state = TaskState::Queued;
            row.attempt = 0;
            row.worker = None;
            row.ended_at = None;
            row.task.due_at = now;
        }
        *self.queued = true;
        Ok(true)
    }

    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64> {
        use TaskState::{Done, Failed, Queued, Running};
        let beyond = match which {
            WhichTasks::DoneBeyond { keep, most } => self.beyond(keep, most),
            _ => Vec::new(),
        };
        let goes = |row: &TaskRow| match which {
            WhichTasks::One(id) => row.task.id == id && row.state != Running,
            WhichTasks::OfAccount(account) => row.task.concerns.account == Some(account),
            WhichTasks::OfBatch(batch) => row.task.concerns.batch == Some(batch) && row.state != Done,
            WhichTasks::OfSchedule(schedule) => {
                row.task.concerns.schedule == Some(schedule) && matches!(row.state, Queued | Running)
            }
            WhichTasks::WaitingOfSchedule(schedule) => {
                row.task.concerns.schedule == Some(schedule) && row.state == Queued
            }
            WhichTasks::WaitingOfKind(kind) => row.task.kind == kind && row.state == Queued,
            WhichTasks::Failed => row.state == Failed,
            WhichTasks::DoneBeyond { .. } => beyond.contains(&row.task.id),
        };
        let tasks = self.tables.tasks_mut();
        let before = tasks.len();
        tasks.retain(|_, row| !goes(row));
        Ok(u64::try_from(before - tasks.len()).unwrap_or(u64::MAX))
    }
}

fn queues(ending: &Ending) -> bool {
    matches!(ending, Ending::Again { .. } | Ending::Released)
}

#[cfg(test)]
mod tests {
    use crate::MemoryStorage;
    use backstop_application::ports::{Claiming, Concerns, Held, NewTask, Payload, Storage as _, WhichTasks};
    use backstop_domain::{
        Sealed, TaskId, TaskKind, Timestamp, WorkerId,
        task::{Ending, Priority},
    };
    use uuid::Uuid;

    #[tokio::test]
    async fn a_task_that_ended_keeps_no_secret() {
        let storage = MemoryStorage::new();
        let (id, at) = (TaskId::new(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
        for (ending, text) in [(Ending::Failed { error: "no use".to_owned() }, "{}"), (Ending::Done(None), "")] {
            let task = NewTask {
                id,
                kind: TaskKind::SendCodes,
                payload: Payload { version: 1, text: "{}".to_owned() },
                sealed: Some(Sealed::new(vec![1, 2, 3])),
                unique: None,
                priority: Priority::USUAL,
                concerns: Concerns::default(),
                created_at: at,
                due_at: at,
                attempts: 3,
            };
            let claiming = Claiming {
                worker: WorkerId::new(Uuid::from_u128(2)),
                now: at,
                until: Timestamp::MAX,
                only: None,
                most: 1,
            };
            let mut unit = storage.begin().await.unwrap();
            unit.tasks().push(task).await.unwrap();
            let leased = unit.tasks().claim(&claiming).await.unwrap().remove(0);
            assert_eq!(unit.tasks().finish(&leased.lease, at, &ending).await.unwrap(), Held::Yes);
            unit.commit().await.unwrap();
            let kept = storage.committed().tasks()[&id].task.clone();
            assert_eq!((kept.payload.text.as_str(), kept.sealed), (text, None));
            let mut unit = storage.begin().await.unwrap();
            assert_eq!(unit.tasks().remove(WhichTasks::One(id)).await.unwrap(), 1);
            unit.commit().await.unwrap();
        }
    }
}
