use crate::{
    error::OrFault as _,
    rows::{self, Statement, cell},
    storage::SqliteStorage,
    tasks::{claimable_at, concerns, known_kinds},
    time::SqliteTime,
};
use async_trait::async_trait;
use backstop_application::ports::{Depth, Overview, PortResult, TaskReader, TaskView, Worker, Workforce};
use backstop_domain::{TaskId, TaskState, Timestamp, WorkerId};
use sqlx::{query, sqlite::SqliteRow};
use uuid::Uuid;

pub(crate) fn view(row: &SqliteRow) -> PortResult<TaskView> {
    Ok(TaskView {
        id: TaskId::new(cell(row, "id")?),
        kind: rows::parsed(row, "kind")?,
        state: rows::parsed(row, "state")?,
        concerns: concerns(row)?,
        created_at: rows::instant(row, "created_at")?,
        due_at: rows::instant(row, "due_at")?,
        begun_at: rows::some_instant(row, "begun_at")?,
        ended_at: rows::some_instant(row, "ended_at")?,
        attempt: rows::counter(row, "attempt")?,
        attempts: rows::counter(row, "attempts")?,
        worker: cell::<Option<Uuid>>(row, "worker")?.map(WorkerId::new),
        summary: cell(row, "summary")?,
        error: cell(row, "error")?,
    })
}

macro_rules! view_columns {
    () => {
        "id, kind, state, account_id, batch_id, schedule_id, created_at, due_at, begun_at, ended_at, attempt, \
         attempts, worker, summary, error"
    };
}

#[async_trait]
impl TaskReader for SqliteStorage {
    async fn overview(&self, now: Timestamp) -> PortResult<Overview> {
        let statement = query(
            "SELECT kind, state, count(*) AS tasks, min(due_at) FILTER (WHERE state = 'queued' AND due_at <= ?1) \
             AS oldest_due FROM tasks GROUP BY kind, state",
        );
        let mut overview = Overview::default();
        for row in self.all(statement.bind(SqliteTime(now))).await? {
            overview.depths.push(Depth {
                kind: rows::parsed(&row, "kind")?,
                state: rows::parsed(&row, "state")?,
                tasks: cell::<i64>(&row, "tasks")?.unsigned_abs(),
            });
            let oldest = rows::some_instant(&row, "oldest_due")?;
            overview.oldest_due = overview.oldest_due.into_iter().chain(oldest).min();
        }
        overview.depths.sort_by_key(|depth| (depth.kind, depth.state));
        Ok(overview)
    }

    async fn next_due(&self) -> PortResult<Option<Timestamp>> {
        let statement = query(concat!(
            "SELECT min(",
            claimable_at!(),
            ") AS next FROM tasks WHERE ",
            unfinished!(),
            " AND kind IN (SELECT value FROM json_each(?1))"
        ));
        let statement = statement.bind(known_kinds());
        self.optional(statement).await?.map_or(Ok(None), |row| rows::some_instant(&row, "next"))
    }

    async fn task(&self, id: TaskId) -> PortResult<Option<TaskView>> {
        let statement = query(concat!("SELECT ", view_columns!(), " FROM tasks WHERE id = ?1"));
        self.optional(statement.bind(id.uuid())).await?.as_ref().map(view).transpose()
    }

    async fn tasks(&self, state: TaskState, limit: u32) -> PortResult<Vec<TaskView>> {
        let sql = match state {
            TaskState::Queued | TaskState::Running => concat!(
                "SELECT ",
                view_columns!(),
                " FROM tasks WHERE state = ?1 AND ",
                unfinished!(),
                " ORDER BY created_at DESC, id DESC LIMIT ?2"
            ),
            TaskState::Done | TaskState::Failed => concat!(
                "SELECT ",
                view_columns!(),
                " FROM tasks WHERE state = ?1 AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?2"
            ),
        };
        let statement = query(sql).bind(state.as_str()).bind(i64::from(limit));
        self.all(statement).await?.iter().map(view).collect()
    }
}

fn worker(row: &SqliteRow) -> PortResult<Worker> {
    Ok(Worker {
        id: WorkerId::new(cell(row, "id")?),
        host: cell(row, "host")?,
        started_at: rows::instant(row, "started_at")?,
        seen_at: rows::instant(row, "seen_at")?,
        slots: rows::counter(row, "slots")?,
        busy: rows::counter(row, "busy")?,
        done: cell::<i64>(row, "done")?.unsigned_abs(),
        failed: cell::<i64>(row, "failed")?.unsigned_abs(),
    })
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl SqliteStorage {
    async fn on_workers(&self, statement: Statement) -> PortResult<u64> {
        Ok(statement.execute(&self.writer).await.or_fault()?.rows_affected())
    }
}

#[async_trait]
impl Workforce for SqliteStorage {
    async fn beat(&self, worker: &Worker) -> PortResult<()> {
        let statement = query(
            "INSERT INTO workers (id, host, started_at, seen_at, slots, busy, done, failed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (id) DO UPDATE SET host = excluded.host, started_at = excluded.started_at, \
             seen_at = excluded.seen_at, slots = excluded.slots, busy = excluded.busy, done = excluded.done, \
             failed = excluded.failed",
        )
        .bind(worker.id.uuid())
        .bind(worker.host.clone())
        .bind(SqliteTime(worker.started_at))
        .bind(SqliteTime(worker.seen_at))
        .bind(i64::from(worker.slots))
        .bind(i64::from(worker.busy))
        .bind(count(worker.done))
        .bind(count(worker.failed));
        self.on_workers(statement).await.map(drop)
    }

    async fn leave(&self, worker: WorkerId) -> PortResult<()> {
        self.on_workers(query("DELETE FROM workers WHERE id = ?1").bind(worker.uuid())).await.map(drop)
    }

    async fn workers(&self, since: Timestamp) -> PortResult<Vec<Worker>> {
        let statement = query("SELECT * FROM workers WHERE seen_at >= ?1 ORDER BY started_at, id");
        self.all(statement.bind(SqliteTime(since))).await?.iter().map(worker).collect()
    }

    async fn forget(&self, before: Timestamp) -> PortResult<u64> {
        self.on_workers(query("DELETE FROM workers WHERE seen_at < ?1").bind(SqliteTime(before))).await
    }
}
