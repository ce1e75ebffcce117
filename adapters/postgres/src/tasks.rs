use crate::{
    audit::each,
    rows::{self, Statement, cell},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    Claiming, Concerns, Held, Leased, NewTask, Payload, PortResult, TaskStore, WhichTasks,
};
use backstop_domain::{
    AccountId, BatchId, ScheduleId, Sealed, TaskId, TaskKind, Timestamp, WorkerId,
    task::{Ending, Lease},
};
use sqlx::{postgres::PgRow, query};
use uuid::Uuid;

pub(crate) struct PgTaskStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

/// From when on an unfinished task can be claimed.
macro_rules! claimable_at {
    () => {
        "coalesce(lease_until, due_at)"
    };
}
pub(crate) use claimable_at;

/// Those that this program can do; a newer one may have queued others.
pub(crate) fn known_kinds() -> Vec<&'static str> {
    TaskKind::ALL.iter().map(|kind| kind.as_str()).collect()
}

/// A good lease, given by the first four values.
macro_rules! held {
    () => {
        " WHERE id = $1 AND worker = $2 AND attempt = $3 AND state = 'running' AND lease_until > $4"
    };
}

/// The part that queues tasks of the statement that writes all that a unit held back. Names are taken in one order in
/// all units, so that no two wait for each other.
macro_rules! queueing {
    () => {
        "queued AS (INSERT INTO tasks (id, kind, state, priority, payload_version, payload, sealed, unique_key, \
         account_id, batch_id, schedule_id, created_at, due_at, attempt, attempts) \
         SELECT t.id, t.kind, 'queued', t.priority, t.payload_version, t.payload, t.sealed, t.unique_key, \
         t.account_id, t.batch_id, t.schedule_id, t.created_at, t.due_at, 0, t.attempts \
         FROM unnest($26::uuid[], $27::text[], $28::smallint[], $29::integer[], $30::text[], $31::bytea[], \
         $32::text[], $33::uuid[], $34::uuid[], $35::uuid[], $36::timestamptz[], $37::timestamptz[], $38::bigint[]) \
         WITH ORDINALITY AS t (id, kind, priority, payload_version, payload, sealed, unique_key, account_id, batch_id, \
         schedule_id, created_at, due_at, attempts, place) ORDER BY t.unique_key COLLATE \"C\", t.place \
         ON CONFLICT (unique_key) WHERE state IN ('queued', 'running') AND unique_key IS NOT NULL DO NOTHING), "
    };
}
pub(crate) use queueing;

pub(crate) fn with_tasks(statement: Statement, tasks: &[NewTask]) -> Statement {
    statement
        .bind(each(tasks, |t| t.id.uuid()))
        .bind(each(tasks, |t| t.kind.as_str()))
        .bind(each(tasks, |t| t.priority.0))
        .bind(each(tasks, |t| i32::from(t.payload.version)))
        .bind(each(tasks, |t| t.payload.text.clone()))
        .bind(each(tasks, |t| t.sealed.as_ref().map(|sealed| sealed.bytes().to_vec())))
        .bind(each(tasks, |t| t.unique.clone()))
        .bind(each::<_, Option<Uuid>>(tasks, |t| t.concerns.account.map(AccountId::uuid)))
        .bind(each::<_, Option<Uuid>>(tasks, |t| t.concerns.batch.map(BatchId::uuid)))
        .bind(each::<_, Option<Uuid>>(tasks, |t| t.concerns.schedule.map(ScheduleId::uuid)))
        .bind(each(tasks, |t| PgTime(t.created_at)))
        .bind(each(tasks, |t| PgTime(t.due_at)))
        .bind(each(tasks, |t| i64::from(t.attempts)))
}

pub(crate) fn concerns(row: &PgRow) -> PortResult<Concerns> {
    Ok(Concerns {
        account: cell::<Option<Uuid>>(row, "account_id")?.map(AccountId::new),
        batch: cell::<Option<Uuid>>(row, "batch_id")?.map(BatchId::new),
        schedule: cell::<Option<Uuid>>(row, "schedule_id")?.map(ScheduleId::new),
    })
}

fn leased(row: &PgRow) -> PortResult<Leased> {
    let version = u16::try_from(cell::<i32>(row, "payload_version")?).map_err(|_| rows::strange("payload_version"))?;
    Ok(Leased {
        lease: Lease {
            task: TaskId::new(cell(row, "id")?),
            worker: WorkerId::new(cell(row, "worker")?),
            attempt: rows::number(row, "attempt")?,
        },
        kind: rows::parsed(row, "kind")?,
        payload: Payload { version, text: cell(row, "payload")? },
        sealed: cell::<Option<Vec<u8>>>(row, "sealed")?.map(Sealed::new),
        concerns: concerns(row)?,
        created_at: rows::instant(row, "created_at")?,
        attempts: rows::number(row, "attempts")?,
    })
}

/// Binds what tells whether a lease is good.
fn with_lease(statement: Statement, lease: &Lease, now: Timestamp) -> Statement {
    statement.bind(lease.task.uuid()).bind(lease.worker.uuid()).bind(i64::from(lease.attempt)).bind(PgTime(now))
}

impl PgTaskStore<'_> {
    async fn if_held(&mut self, statement: Statement) -> PortResult<Held> {
        self.unit.flush().await?;
        Ok(if self.unit.affected(statement).await? == 1 { Held::Yes } else { Held::Lost })
    }
}

#[async_trait]
impl TaskStore for PgTaskStore<'_> {
    async fn push(&mut self, task: NewTask) -> PortResult<()> {
        self.unit.add_task(task);
        Ok(())
    }

    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>> {
        self.unit.flush().await?;
        // Materialised, so that it is looked for once, however the update is planned.
        let statement = query(concat!(
            "WITH found AS MATERIALIZED (SELECT id FROM tasks WHERE ",
            unfinished!(),
            " AND ",
            claimable_at!(),
            " <= $1 AND ($5::uuid IS NULL OR id = $5) AND kind = ANY ($6) ORDER BY priority, due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED), \
             taken AS (UPDATE tasks t SET state = 'running', attempt = t.attempt + 1, worker = $3, lease_until = $4, \
             begun_at = $1 FROM found WHERE t.id = found.id RETURNING t.*) \
             SELECT * FROM taken ORDER BY priority, due_at, id"
        ))
        .bind(PgTime(claiming.now))
        .bind(i64::from(claiming.most))
        .bind(claiming.worker.uuid())
        .bind(PgTime(claiming.until))
        .bind(claiming.only.map(TaskId::uuid))
        .bind(known_kinds());
        self.unit.all(statement).await?.iter().map(leased).collect()
    }

    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held> {
        let statement = query(concat!("UPDATE tasks SET lease_until = $5", held!()));
        self.if_held(with_lease(statement, lease, now).bind(PgTime(until))).await
    }

    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held> {
        let sql = match ending {
            Ending::Done(_) => concat!(
                "UPDATE tasks SET state = 'done', ended_at = $4, lease_until = NULL, payload = NULL, sealed = NULL, \
                 summary = $5",
                held!()
            ),
            Ending::Failed { .. } => concat!(
                "UPDATE tasks SET state = 'failed', ended_at = $4, lease_until = NULL, sealed = NULL, error = $5",
                held!()
            ),
            Ending::Again { .. } => concat!(
                "UPDATE tasks SET state = 'queued', worker = NULL, lease_until = NULL, error = $5, due_at = $6",
                held!()
            ),
            Ending::Released => concat!(
                "UPDATE tasks SET state = 'queued', worker = NULL, lease_until = NULL, attempt = attempt - 1, \
                 due_at = $4",
                held!()
            ),
        };
        let statement = with_lease(query(sql), lease, now);
        let statement = match ending {
            Ending::Done(summary) => statement.bind(summary.clone()),
            Ending::Failed { error } => statement.bind(error.clone()),
            Ending::Again { at, error } => statement.bind(error.clone()).bind(PgTime(*at)),
            Ending::Released => statement,
        };
        let held = self.if_held(statement).await?;
        if matches!(ending, Ending::Again { .. } | Ending::Released) {
            self.unit.has_queued();
        }
        Ok(held)
    }

    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool> {
        self.unit.flush().await?;
        let statement = query(
            "UPDATE tasks SET state = 'queued', attempt = 0, worker = NULL, ended_at = NULL, due_at = $2 \
             WHERE id = $1 AND state = 'failed'",
        );
        let statement = statement.bind(task.uuid()).bind(PgTime(now));
        let done = self.unit.affected_unless("tasks_unique_name", statement).await? == Some(1);
        if done {
            self.unit.has_queued();
        }
        Ok(done)
    }

    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64> {
        self.unit.flush().await?;
        let statement = match which {
            WhichTasks::One(id) => query("DELETE FROM tasks WHERE id = $1 AND state <> 'running'").bind(id.uuid()),
            WhichTasks::OfAccount(account) => query("DELETE FROM tasks WHERE account_id = $1").bind(account.uuid()),
            WhichTasks::OfBatch(batch) => {
                query("DELETE FROM tasks WHERE batch_id = $1 AND state <> 'done'").bind(batch.uuid())
            }
            WhichTasks::OfSchedule(schedule) => {
                query(concat!("DELETE FROM tasks WHERE schedule_id = $1 AND ", unfinished!())).bind(schedule.uuid())
            }
            WhichTasks::WaitingOfSchedule(schedule) => {
                query("DELETE FROM tasks WHERE schedule_id = $1 AND state = 'queued'").bind(schedule.uuid())
            }
            WhichTasks::WaitingOfKind(kind) => {
                query(concat!("DELETE FROM tasks WHERE kind = $1 AND state = 'queued' AND ", unfinished!()))
                    .bind(kind.as_str())
            }
            WhichTasks::Failed => query("DELETE FROM tasks WHERE state = 'failed' AND ended_at IS NOT NULL"),
            WhichTasks::DoneBeyond { keep, most } => query(
                "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE state = 'done' AND ended_at IS NOT NULL \
                 ORDER BY ended_at DESC, id DESC LIMIT $2 OFFSET $1)",
            )
            .bind(i64::from(keep))
            .bind(i64::from(most)),
        };
        self.unit.affected(statement).await
    }
}
