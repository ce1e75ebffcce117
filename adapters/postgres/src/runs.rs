use crate::{
    clean_ups::{ended, expired},
    rows::{self, cell, instant, parsed, some_instant},
    storage::PgStorage,
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    Eligible, PortResult, Run, RunChunk, RunReader, RunRecord, RunStore, Sight, UnitOfWork,
};
use backstop_domain::{
    BatchId, CleanUp, RunId, RunStatus, ScheduleId, Subject, Timestamp, clean_up::StartedBy, letter::BatchLine,
};
use sqlx::{postgres::PgRow, query};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) struct PgRunStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

const BY_SCHEDULE: &str = "schedule";
const BY_COMMAND_LINE: &str = "command_line";

pub(crate) fn record(row: &PgRow) -> PortResult<RunRecord> {
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

/// One line a batch: one statement can't add to a row twice.
fn sums(lines: &[BatchLine]) -> Vec<BatchLine> {
    let mut sums = BTreeMap::<BatchId, BatchLine>::new();
    for line in lines {
        let sum = sums.entry(line.batch).or_insert_with(|| BatchLine { removed_codes: 0, ..line.clone() });
        sum.removed_codes += line.removed_codes;
        sum.left = line.left;
        sum.batch_removed |= line.batch_removed;
    }
    sums.into_values().collect()
}

#[async_trait]
impl RunStore for PgRunStore<'_> {
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>> {
        let (started_by, schedule, name, saved_by) = match &run.started_by {
            StartedBy::Schedule { id, name, saved_by } => (BY_SCHEDULE, Some(id.uuid()), Some(name), Some(saved_by)),
            StartedBy::CommandLine => (BY_COMMAND_LINE, None, None, None),
        };
        let statement = query(
            "INSERT INTO clean_up_runs (id, clean_up, started_by, schedule_id, schedule_name, saved_by, started_at, \
             retention_days, until, status, removed, removed_batches) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0) ON CONFLICT (id) DO NOTHING",
        )
        .bind(run.id.uuid())
        .bind(run.of.as_str())
        .bind(started_by)
        .bind(schedule)
        .bind(name.cloned())
        .bind(saved_by.cloned())
        .bind(PgTime(run.started_at))
        .bind(i64::from(run.retention_days))
        .bind(PgTime(run.until))
        .bind(RunStatus::Running.as_str());
        if self.unit.affected(statement).await? == 1 {
            return Ok(None);
        }
        let known = query("SELECT * FROM clean_up_runs WHERE id = $1").bind(run.id.uuid());
        record(&self.unit.one(known).await?).map(Some)
    }

    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()> {
        let gone = chunk.batches.iter().filter(|line| line.batch_removed).count();
        let statement = query(
            "UPDATE clean_up_runs SET removed = removed + $2, removed_batches = removed_batches + $3, \
             oldest = least(oldest, $4), newest = greatest(newest, $5) WHERE id = $1",
        )
        .bind(run.uuid())
        .bind(rows::stored(chunk.removed))
        .bind(i64::try_from(gone).unwrap_or(i64::MAX))
        .bind(chunk.range.map(|(oldest, _)| PgTime(oldest)))
        .bind(chunk.range.map(|(_, newest)| PgTime(newest)));
        if self.unit.affected(statement).await? == 0 || chunk.batches.is_empty() {
            return Ok(());
        }
        let lines = sums(&chunk.batches);
        let statement = query(
            "INSERT INTO clean_up_batches AS l (run_id, batch_id, subject, made_at, expires_at, taken, rows_left, gone) \
             SELECT $1, line.* FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], \
             $7::bigint[], $8::boolean[]) AS line \
             ON CONFLICT (run_id, batch_id) DO UPDATE SET taken = l.taken + excluded.taken, \
             rows_left = excluded.rows_left, gone = l.gone OR excluded.gone",
        )
        .bind(run.uuid())
        .bind(lines.iter().map(|line| line.batch.uuid()).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.subject.as_str().to_owned()).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| PgTime(line.made_at)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.expires_at.map(PgTime)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| i64::from(line.removed_codes)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| i64::from(line.left)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.batch_removed).collect::<Vec<_>>());
        self.unit.affected(statement).await.map(drop)
    }

    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()> {
        let statement =
            query("UPDATE clean_up_runs SET ended_at = $2, status = $3, error = $4 WHERE id = $1 AND ended_at IS NULL")
                .bind(run.uuid())
                .bind(PgTime(at))
                .bind(status.as_str())
                .bind(error.map(str::to_owned));
        self.unit.affected(statement).await.map(drop)
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "WITH old AS MATERIALIZED (SELECT id FROM clean_up_runs WHERE ended_at <= $1 ORDER BY ended_at LIMIT $2 \
             FOR UPDATE SKIP LOCKED) DELETE FROM clean_up_runs r USING old WHERE r.id = old.id",
        );
        self.unit.affected(statement.bind(PgTime(until)).bind(i64::from(most))).await
    }
}

fn line(row: &PgRow) -> PortResult<BatchLine> {
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
impl RunReader for PgStorage {
    async fn run(&self, id: RunId) -> PortResult<Option<RunRecord>> {
        let statement = query("SELECT * FROM clean_up_runs WHERE id = $1").bind(id.uuid());
        self.optional(statement).await?.as_ref().map(record).transpose()
    }

    async fn batches(&self, id: RunId, limit: u32, sight: Sight) -> PortResult<Vec<BatchLine>> {
        let statement = query(match sight {
            Sight::Everything => {
                "SELECT * FROM clean_up_batches WHERE run_id = $1 ORDER BY taken DESC, batch_id LIMIT $2"
            }
            Sight::ForClients => concat!(
                "SELECT * FROM clean_up_batches l WHERE l.run_id = $1 AND ",
                of_users!(),
                " ORDER BY l.taken DESC, l.batch_id LIMIT $2"
            ),
        });
        self.all(statement.bind(id.uuid()).bind(i64::from(limit))).await?.iter().map(line).collect()
    }

    async fn number_of_batches(&self, id: RunId, sight: Sight) -> PortResult<u64> {
        let statement = query(match sight {
            Sight::Everything => "SELECT count(*) AS batches FROM clean_up_batches WHERE run_id = $1",
            Sight::ForClients => {
                concat!("SELECT count(*) AS batches FROM clean_up_batches l WHERE l.run_id = $1 AND ", of_users!())
            }
        });
        self.optional(statement.bind(id.uuid())).await?.map_or(Ok(0), |row| rows::total(&row, "batches"))
    }

    async fn newest(&self, limit: u32) -> PortResult<Vec<RunRecord>> {
        let statement = query("SELECT * FROM clean_up_runs ORDER BY started_at DESC, id DESC LIMIT $1");
        self.all(statement.bind(i64::from(limit))).await?.iter().map(record).collect()
    }

    async fn eligible(&self, of: CleanUp, until: Timestamp) -> PortResult<Eligible> {
        let statement = query(match of {
            CleanUp::Codes => concat!(
                "SELECT count(*) AS eligible, count(DISTINCT batch_id) AS batches FROM (\
                 SELECT c.batch_id FROM codes c WHERE ",
                ended!(),
                " UNION ALL SELECT c.batch_id FROM batches b JOIN codes c ON c.batch_id = b.id WHERE ",
                expired!(),
                ") AS due",
            ),
            CleanUp::Audit => "SELECT count(*) AS eligible, 0::bigint AS batches FROM audit_entries WHERE at <= $1",
            CleanUp::EmailLog => {
                "SELECT count(*) AS eligible, 0::bigint AS batches FROM email_log WHERE created_at <= $1"
            }
        });
        let mut unit = PgUnit::begin(self).await?;
        // Whoever asks how much there is gets an answer, however much it is.
        unit.command("SET LOCAL statement_timeout = 0").await?;
        let row = unit.one(statement.bind(PgTime(until))).await?;
        (Box::new(unit) as Box<dyn UnitOfWork>).rollback().await?;
        Ok(Eligible { rows: rows::total(&row, "eligible")?, batches: rows::total(&row, "batches")? })
    }

    async fn unfinished(&self, schedule: ScheduleId) -> PortResult<Option<RunRecord>> {
        let statement = query(
            "SELECT * FROM clean_up_runs WHERE schedule_id = $1 AND ended_at IS NULL \
             ORDER BY started_at DESC, id DESC LIMIT 1",
        );
        self.optional(statement.bind(schedule.uuid())).await?.as_ref().map(record).transpose()
    }
}
