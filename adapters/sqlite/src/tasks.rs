use crate::{
    rows::{self, Statement, cell},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    Claiming, Concerns, Held, Leased, NewTask, Payload, PortResult, TaskStore, WhichTasks,
};
use backstop_domain::{
    AccountId, BatchId, ScheduleId, Sealed, TaskId, TaskKind, Timestamp, WorkerId,
    task::{Ending, Lease},
};
use sqlx::{query, sqlite::SqliteRow};
use uuid::Uuid;

pub(crate) struct SqliteTaskStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

/// From when on an unfinished task can be claimed.
macro_rules! claimable_at {
    () => {
        "coalesce(lease_until, due_at)"
    };
}
pub(crate) use claimable_at;

/// Those that this program can do, as JSON; a newer one may have queued others.
pub(crate) fn known_kinds() -> String {
    let names: Vec<String> = TaskKind::ALL.iter().map(|kind| format!("\"{kind}\"")).collect();
    format!("[{}]", names.join(","))
}

/// A good lease, given by the first four values.
macro_rules! held {
    () => {
        " WHERE id = ?1 AND worker = ?2 AND attempt = ?3 AND state = 'running' AND lease_until > ?4"
    };
}

pub(crate) fn concerns(row: &SqliteRow) -> PortResult<Concerns> {
    Ok(Concerns {
        account: cell::<Option<Uuid>>(row, "account_id")?.map(AccountId::new),
        batch: cell::<Option<Uuid>>(row, "batch_id")?.map(BatchId::new),
        schedule: cell::<Option<Uuid>>(row, "schedule_id")?.map(ScheduleId::new),
    })
}

fn leased(row: &SqliteRow) -> PortResult<Leased> {
    let version = u16::try_from(cell::<i64>(row, "payload_version")?).map_err(|_| rows::strange("payload_version"))?;
    Ok(Leased {
        lease: Lease {
            task: TaskId::new(cell(row, "id")?),
            worker: WorkerId::new(cell(row, "worker")?),
            attempt: rows::counter(row, "attempt")?,
        },
        kind: rows::parsed(row, "kind")?,
        payload: Payload { version, text: cell(row, "payload")? },
        sealed: cell::<Option<Vec<u8>>>(row, "sealed")?.map(Sealed::new),
        concerns: concerns(row)?,
        created_at: rows::instant(row, "created_at")?,
        attempts: rows::counter(row, "attempts")?,
    })
}

/// Binds what tells whether a lease is good.
fn with_lease(statement: Statement, lease: &Lease, now: Timestamp) -> Statement {
    statement.bind(lease.task.uuid()).bind(lease.worker.uuid()).bind(i64::from(lease.attempt)).bind(SqliteTime(now))
}

impl SqliteTaskStore<'_> {
    async fn if_held(&mut self, statement: Statement) -> PortResult<Held> {
        Ok(if self.unit.affected(statement).await? == 1 { Held::Yes } else { Held::Lost })
    }
}

#[async_trait]
impl TaskStore for SqliteTaskStore<'_> {
    async fn push(&mut self, task: NewTask) -> PortResult<()> {
        let statement = query(concat!(
            "INSERT INTO tasks (id, kind, state, priority, payload_version, payload, sealed, unique_key, account_id, \
             batch_id, schedule_id, created_at, due_at, attempt, attempts) \
             VALUES (?1, ?2, 'queued', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13) \
             ON CONFLICT (unique_key) WHERE ",
            unfinished!(),
            " AND unique_key IS NOT NULL DO NOTHING"
        ))
        .bind(task.id.uuid())
        .bind(task.kind.as_str())
        .bind(i64::from(task.priority.0))
        .bind(i64::from(task.payload.version))
        .bind(task.payload.text)
        .bind(task.sealed.map(|sealed| sealed.bytes().to_vec()))
        .bind(task.unique)
        .bind(task.concerns.account.map(AccountId::uuid))
        .bind(task.concerns.batch.map(BatchId::uuid))
        .bind(task.concerns.schedule.map(ScheduleId::uuid))
        .bind(SqliteTime(task.created_at))
        .bind(SqliteTime(task.due_at))
        .bind(i64::from(task.attempts));
        self.unit.affected(statement).await?;
        self.unit.has_queued();
        Ok(())
    }

    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>> {
        let statement = query(concat!(
            "UPDATE tasks SET state = 'running', attempt = attempt + 1, worker = ?3, lease_until = ?4, begun_at = ?1 \
             WHERE id IN (SELECT id FROM tasks WHERE ",
            unfinished!(),
            " AND ",
            claimable_at!(),
            " <= ?1 AND (?5 IS NULL OR id = ?5) AND kind IN (SELECT value FROM json_each(?6)) ORDER BY priority, due_at, id LIMIT ?2) RETURNING *"
        ))
        .bind(SqliteTime(claiming.now))
        .bind(i64::from(claiming.most))
        .bind(claiming.worker.uuid())
        .bind(SqliteTime(claiming.until))
        .bind(claiming.only.map(TaskId::uuid))
        .bind(known_kinds());
        let mut found = Vec::new();
        for row in self.unit.all(statement).await? {
            let task = leased(&row)?;
            found.push((cell::<i64>(&row, "priority")?, rows::instant(&row, "due_at")?, task.lease.task, task));
        }
        // `RETURNING` has no order.
        found.sort_by_key(|(priority, due_at, id, _)| (*priority, *due_at, *id));
        Ok(found.into_iter().map(|(.., task)| task).collect())
    }

    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held> {
        let statement = query(concat!("UPDATE tasks SET lease_until = ?5", held!()));
        self.if_held(with_lease(statement, lease, now).bind(SqliteTime(until))).await
    }

    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held> {
        let sql = match ending {
            Ending::Done(_) => concat!(
                "UPDATE tasks SET state = 'done', ended_at = ?4, lease_until = NULL, payload = NULL, sealed = NULL, \
                 summary = ?5",
                held!()
            ),
            Ending::Failed { .. } => concat!(
                "UPDATE tasks SET state = 'failed', ended_at = ?4, lease_until = NULL, sealed = NULL, error = ?5",
                held!()
            ),
            Ending::Again { .. } => concat!(
                "UPDATE tasks SET state = 'queued', worker = NULL, lease_until = NULL, error = ?5, due_at = ?6",
                held!()
            ),
            Ending::Released => concat!(
                "UPDATE tasks SET state = 'queued', worker = NULL, lease_until = NULL, attempt = attempt - 1, \
                 due_at = ?4",
                held!()
            ),
        };
        let statement = with_lease(query(sql), lease, now);
        let statement = match ending {
            Ending::Done(summary) => statement.bind(summary.clone()),
            Ending::Failed { error } => statement.bind(error.clone()),
            Ending::Again { at, error } => statement.bind(error.clone()).bind(SqliteTime(*at)),
            Ending::Released => statement,
        };
        let held = self.if_held(statement).await?;
        if matches!(ending, Ending::Again { .. } | Ending::Released) {
            self.unit.has_queued();
        }
        Ok(held)
    }

    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool> {
        let statement = query(
            "UPDATE tasks SET state = 'queued', attempt = 0, worker = NULL, ended_at = NULL, due_at = ?2 \
             WHERE id = ?1 AND state = 'failed'",
        );
        let statement = statement.bind(task.uuid()).bind(SqliteTime(now));
        let done = self.unit.affected_unless_taken(statement).await? == Some(1);
        if done {
            self.unit.has_queued();
        }
        Ok(done)
    }

    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64> {
        let statement = match which {
            WhichTasks::One(id) => query("DELETE FROM tasks WHERE id = ?1 AND state <> 'running'").bind(id.uuid()),
            WhichTasks::OfAccount(account) => query("DELETE FROM tasks WHERE account_id = ?1").bind(account.uuid()),
            WhichTasks::OfBatch(batch) => {
                query("DELETE FROM tasks WHERE batch_id = ?1 AND state <> 'done'").bind(batch.uuid())
            }
            WhichTasks::OfSchedule(schedule) => {
                query(concat!("DELETE FROM tasks WHERE schedule_id = ?1 AND ", unfinished!())).bind(schedule.uuid())
            }
            WhichTasks::WaitingOfSchedule(schedule) => {
                query("DELETE FROM tasks WHERE schedule_id = ?1 AND state = 'queued'").bind(schedule.uuid())
            }
            WhichTasks::WaitingOfKind(kind) => {
                query(concat!("DELETE FROM tasks WHERE kind = ?1 AND state = 'queued' AND ", unfinished!()))
                    .bind(kind.as_str())
            }
            WhichTasks::Failed => query("DELETE FROM tasks WHERE state = 'failed' AND ended_at IS NOT NULL"),
            WhichTasks::DoneBeyond { keep, most } => query(
                "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE state = 'done' AND ended_at IS NOT NULL \
                 ORDER BY ended_at DESC, id DESC LIMIT ?2 OFFSET ?1)",
            )
            .bind(i64::from(keep))
            .bind(i64::from(most)),
        };
        self.unit.affected(statement).await
    }
}
