use crate::{
    clean_ups::{ended, expired},
    rows::{self, Statement, cell, instant, parsed, some_instant},
    storage::SqliteStorage,
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    Eligible, PortError, PortResult, Run, RunChunk, RunReader, RunRecord, RunStore, Sight,
};
use backstop_domain::{
    BatchId, CleanUp, RunId, RunStatus, ScheduleId, Subject, Timestamp, clean_up::StartedBy, letter::BatchLine,
};
use sqlx::{query, sqlite::SqliteRow};
use uuid::Uuid;

pub(crate) struct SqliteRunStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

const BY_SCHEDULE: &str = "schedule";
const BY_COMMAND_LINE: &str = "command_line";

pub(crate) fn record(row: &SqliteRow) -> PortResult<RunRecord> {
    let started_by = match (cell(row, "started_by")?, cell::<Option<Uuid>>(row, "schedule_id")?) {
        (BY_SCHEDULE, Some(id)) => StartedBy::Schedule {
            id: ScheduleId::new(id),
            name: cell(row, "schedule_name")?,
            saved_by: cell(row, "saved_by")?,
        },
        (BY_COMMAND_LINE, None) => StartedBy::CommandLine,
        _ => return Err(rows::strange("started_by")),
    };
    let run = Run {
        id: RunId::new(cell(row, "id")?),
        of: parsed(row, "clean_up")?,
        started_by,
        started_at: instant(row, "started_at")?,
        retention_days: rows::number(row, "retention_days")?,
        until: instant(row, "until")?,
    };
    Ok(RunRecord {
        run,
        status: parsed(row, "status")?,
        ended_at: some_instant(row, "ended_at")?,
        error: cell(row, "error")?,
        removed: rows::total(row, "removed")?,
        removed_batches: rows::total(row, "removed_batches")?,
        range: rows::range(row)?,
    })
}

fn addition(run: RunId, line: &BatchLine) -> Statement {
    query(
        "INSERT INTO clean_up_batches (run_id, batch_id, subject, made_at, expires_at, taken, rows_left, gone) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT (run_id, batch_id) DO UPDATE SET taken = taken + excluded.taken, \
         rows_left = excluded.rows_left, gone = max(gone, excluded.gone)",
    )
    .bind(run.uuid())
    .bind(line.batch.uuid())
    .bind(line.subject.as_str().to_owned())
    .bind(SqliteTime(line.made_at))
    .bind(line.expires_at.map(SqliteTime))
    .bind(i64::from(line.removed_codes))
    .bind(i64::from(line.left))
    .bind(line.batch_removed)
}

#[async_trait]
impl RunStore for SqliteRunStore<'_> {
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>> {
        let (started_by, schedule, name, saved_by) = match &run.started_by {
            StartedBy::Schedule { id, name, saved_by } => (BY_SCHEDULE, Some(id.uuid()), Some(name), Some(saved_by)),
            StartedBy::CommandLine => (BY_COMMAND_LINE, None, None, None),
        };
        let statement = query(
            "INSERT INTO clean_up_runs (id, clean_up, started_by, schedule_id, schedule_name, saved_by, started_at, \
             retention_days, until, status, removed, removed_batches) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0) ON CONFLICT (id) DO NOTHING",
        )
        .bind(run.id.uuid())
        .bind(run.of.as_str())
        .bind(started_by)
        .bind(schedule)
        .bind(name.cloned())
        .bind(saved_by.cloned())
        .bind(SqliteTime(run.started_at))
        .bind(i64::from(run.retention_days))
        .bind(SqliteTime(run.until))
        .bind(RunStatus::Running.as_str());
        if self.unit.affected(statement).await? == 1 {
            return Ok(None);
        }
        let known = query("SELECT * FROM clean_up_runs WHERE id = ?1").bind(run.id.uuid());
        record(&self.unit.one(known).await?).map(Some)
    }

    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()> {
        let gone = chunk.batches.iter().filter(|line| line.batch_removed).count();
        let statement = query(
            "UPDATE clean_up_runs SET removed = removed + ?2, removed_batches = removed_batches + ?3, \
             oldest = min(coalesce(oldest, ?4), coalesce(?4, oldest)), newest = max(coalesce(newest, ?5), coalesce(?5, newest)) WHERE id = ?1",
        )
        .bind(run.uuid())
        .bind(rows::stored(chunk.removed))
        .bind(i64::try_from(gone).unwrap_or(i64::MAX))
        .bind(chunk.range.map(|(oldest, _)| SqliteTime(oldest)))
        .bind(chunk.range.map(|(_, newest)| SqliteTime(newest)));
        if self.unit.affected(statement).await? == 0 {
            return Ok(());
        }
        for line in &chunk.batches {
            self.unit.affected(addition(run, line)).await?;
        }
        Ok(())
    }

    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()> {
        let statement =
            query("UPDATE clean_up_runs SET ended_at = ?2, status = ?3, error = ?4 WHERE id = ?1 AND ended_at IS NULL")
                .bind(run.uuid())
                .bind(SqliteTime(at))
                .bind(status.as_str())
                .bind(error.map(str::to_owned));
        self.unit.affected(statement).await.map(drop)
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "DELETE FROM clean_up_runs WHERE id IN \
             (SELECT id FROM clean_up_runs WHERE ended_at <= ?1 ORDER BY ended_at LIMIT ?2)",
        );
        self.unit.affected(statement.bind(SqliteTime(until)).bind(i64::from(most))).await
    }
}

fn line(row: &SqliteRow) -> PortResult<BatchLine> {
    Ok(BatchLine {
        batch: BatchId::new(cell(row, "batch_id")?),
        subject: Subject::parse(cell(row, "subject")?).map_err(|_| rows::strange("subject"))?,
        made_at: instant(row, "made_at")?,
        expires_at: some_instant(row, "expires_at")?,
        removed_codes: rows::number(row, "taken")?,
        left: rows::number(row, "rows_left")?,
        batch_removed: cell(row, "gone")?,
    })
}

/// Whose batch it was does not run the service, as far as is known of them.
macro_rules! of_users {
    () => {
        "NOT EXISTS (SELECT 1 FROM accounts s WHERE s.subject = l.subject AND s.role <> 'user')"
    };
}

#[async_trait]
impl RunReader for SqliteStorage {
    async fn run(&self, id: RunId) -> PortResult<Option<RunRecord>> {
        let statement = query("SELECT * FROM clean_up_runs WHERE id = ?1").bind(id.uuid());
        self.optional(statement).await?.as_ref().map(record).transpose()
    }

    async fn batches(&self, id: RunId, limit: u32, sight: Sight) -> PortResult<Vec<BatchLine>> {
        let statement = query(match sight {
            Sight::Everything => {
                "SELECT * FROM clean_up_batches WHERE run_id = ?1 ORDER BY taken DESC, batch_id LIMIT ?2"
            }
            Sight::ForClients => concat!(
                "SELECT * FROM clean_up_batches l WHERE l.run_id = ?1 AND ",
                of_users!(),
                " ORDER BY l.taken DESC, l.batch_id LIMIT ?2"
            ),
        });
        self.all(statement.bind(id.uuid()).bind(i64::from(limit))).await?.iter().map(line).collect()
    }

    async fn number_of_batches(&self, id: RunId, sight: Sight) -> PortResult<u64> {
        let statement = query(match sight {
            Sight::Everything => "SELECT count(*) AS batches FROM clean_up_batches WHERE run_id = ?1",
            Sight::ForClients => {
                concat!("SELECT count(*) AS batches FROM clean_up_batches l WHERE l.run_id = ?1 AND ", of_users!())
            }
        });
        self.optional(statement.bind(id.uuid())).await?.map_or(Ok(0), |row| rows::total(&row, "batches"))
    }

    async fn newest(&self, limit: u32) -> PortResult<Vec<RunRecord>> {
        let statement = query("SELECT * FROM clean_up_runs ORDER BY started_at DESC, id DESC LIMIT ?1");
        self.all(statement.bind(i64::from(limit))).await?.iter().map(record).collect()
    }

    async fn eligible(&self, of: CleanUp, until: Timestamp) -> PortResult<Eligible> {
        let statement = query(match of {
            CleanUp::Codes => concat!(
                "SELECT count(*) AS eligible, count(DISTINCT batch_id) AS batches FROM (\
                 SELECT c.batch_id FROM codes c WHERE ",
                ended!(),
                " UNION ALL SELECT c.batch_id FROM batches CROSS JOIN codes c ON c.batch_id = batches.id WHERE ",
                expired!(),
                ")",
            ),
            CleanUp::Audit => "SELECT count(*) AS eligible, 0 AS batches FROM audit_entries WHERE at <= ?1",
            CleanUp::EmailLog => "SELECT count(*) AS eligible, 0 AS batches FROM email_log WHERE created_at <= ?1",
        });
        let row = self.optional(statement.bind(SqliteTime(until))).await?;
        let row = row.ok_or_else(|| PortError::corrupt("an answer without a row"))?;
        Ok(Eligible { rows: rows::total(&row, "eligible")?, batches: rows::total(&row, "batches")? })
    }

    async fn unfinished(&self, schedule: ScheduleId) -> PortResult<Option<RunRecord>> {
        let statement = query(
            "SELECT * FROM clean_up_runs WHERE schedule_id = ?1 AND ended_at IS NULL \
             ORDER BY started_at DESC, id DESC LIMIT 1",
        );
        self.optional(statement.bind(schedule.uuid())).await?.as_ref().map(record).transpose()
    }
}
