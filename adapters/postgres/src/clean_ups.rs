use crate::{
    rows::{self, Statement, cell, instant, some_instant},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{CleanUpStore, CodeChunk, LogTaken, PortResult, TakenOf};
use backstop_domain::{AccountId, BatchId, Subject, Timestamp, letter::BatchLine};
use sqlx::{AssertSqlSafe, postgres::PgRow, query};
use uuid::Uuid;

pub(crate) struct PgCleanUpStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

/// Used, invalidated or deleted, long ago. As in the index `codes_ended`.
macro_rules! ended {
    () => {
        "c.status <> 0 AND c.status_since <= $1"
    };
}

/// Expired while live, long ago. As in the index `batches_expiring`.
macro_rules! expired {
    () => {
        concat!("c.status = 0 AND b.expires_at <= $1 AND b.purged < b.issued AND ", stands!())
    };
}
pub(crate) use {ended, expired};

macro_rules! empty {
    () => {
        concat!(
            "b.purged = b.issued AND b.created_at <= $1 AND NOT (",
            stands!(),
            " AND (b.expires_at IS NULL OR b.expires_at > $2) AND b.used + b.invalidated + b.removed < b.issued) \
             AND NOT EXISTS (SELECT FROM codes c WHERE c.batch_id = b.id)",
        )
    };
}

/// Finds codes and locks their accounts. How many is part of the text: a plan that has to fit any number reads whole
/// tables for a few rows.
///
/// Without waiting it takes whatever nobody else has, as it comes; so nobody waits for it in a circle.
fn free_codes(chunk: &CodeChunk) -> Statement {
    let most = chunk.most;
    let sql = format!(
        concat!(
            "WITH ended AS MATERIALIZED (SELECT c.id FROM codes c JOIN batches b ON b.id = c.batch_id \
             JOIN accounts a ON a.id = b.account_id WHERE ",
            ended!(),
            " ORDER BY c.status_since LIMIT {most} FOR UPDATE OF a SKIP LOCKED), \
             expired AS MATERIALIZED (SELECT c.id FROM batches b JOIN codes c ON c.batch_id = b.id \
             JOIN accounts a ON a.id = b.account_id WHERE ",
            expired!(),
            " ORDER BY b.expires_at LIMIT {most} FOR UPDATE OF a SKIP LOCKED) \
             SELECT id FROM ended UNION ALL SELECT id FROM expired LIMIT {most}",
        ),
        most = most
    );
    query(AssertSqlSafe(sql)).bind(PgTime(chunk.until))
}

/// The same, waiting for accounts; in the order of their ids, so that two that wait don't wait for each other.
fn all_codes(chunk: &CodeChunk) -> Statement {
    let most = chunk.most;
    let sql = format!(
        concat!(
            "WITH ended AS MATERIALIZED (SELECT c.id, c.batch_id FROM codes c WHERE ",
            ended!(),
            " ORDER BY c.status_since LIMIT {most}), \
             expired AS MATERIALIZED (SELECT c.id, c.batch_id FROM batches b JOIN codes c ON c.batch_id = b.id WHERE ",
            expired!(),
            " ORDER BY b.expires_at LIMIT {most}), \
             chosen AS MATERIALIZED (SELECT * FROM ended UNION ALL SELECT * FROM expired LIMIT {most}) \
             SELECT chosen.id FROM chosen JOIN batches b ON b.id = chosen.batch_id \
             JOIN accounts a ON a.id = b.account_id ORDER BY a.id FOR UPDATE OF a",
        ),
        most = most
    );
    query(AssertSqlSafe(sql)).bind(PgTime(chunk.until))
}

/// Removes those that still are over now that their accounts are locked, and moves their batches' numbers.
fn removal_of_codes(chunk: &CodeChunk, codes: Vec<Uuid>) -> Statement {
    query(concat!(
        "WITH gone AS (DELETE FROM codes c USING batches b WHERE c.id = ANY ($2) AND b.id = c.batch_id AND (",
        ended!(),
        " OR ",
        expired!(),
        ") RETURNING c.batch_id, c.status), \
         counted AS (SELECT batch_id, count(*)::integer AS codes, (count(*) FILTER (WHERE status = 0))::integer AS live \
         FROM gone GROUP BY batch_id) \
         UPDATE batches b SET purged = b.purged + counted.codes, removed = b.removed + counted.live, modified_at = $3 \
         FROM counted, accounts a WHERE b.id = counted.batch_id AND a.id = b.account_id \
         RETURNING b.id, b.account_id, a.subject, b.created_at, b.expires_at, counted.codes::bigint AS codes, \
         (b.issued - b.purged)::bigint AS rows_left",
    ))
    .bind(PgTime(chunk.until))
    .bind(codes)
    .bind(PgTime(chunk.at))
}

fn empty_batches(chunk: &CodeChunk) -> Statement {
    let most = chunk.most;
    let sql = if chunk.wait {
        format!(
            concat!(
                "WITH chosen AS MATERIALIZED (SELECT b.id, b.account_id FROM batches b WHERE ",
                empty!(),
                " ORDER BY b.created_at, b.id LIMIT {most}) \
                 SELECT chosen.id FROM chosen JOIN accounts a ON a.id = chosen.account_id ORDER BY a.id FOR UPDATE OF a",
            ),
            most = most
        )
    } else {
        format!(
            concat!(
                "SELECT b.id FROM batches b JOIN accounts a ON a.id = b.account_id WHERE ",
                empty!(),
                " ORDER BY b.created_at, b.id LIMIT {most} FOR UPDATE OF a SKIP LOCKED",
            ),
            most = most
        )
    };
    query(AssertSqlSafe(sql)).bind(PgTime(chunk.until)).bind(PgTime(chunk.at))
}

/// All columns of a batch.
macro_rules! whole {
    () => {
        "id, account_id, profile, issued, used, invalidated, removed, purged, created_at, modified_at, expires_at, \
         superseded_at, invalidated_at, deleted_at, viewed_at, downloaded_at, emailed_at, \
         email_failed_at, delivery_digest, delivery_ended_at"
    };
}

fn retirement(chunk: &CodeChunk, batches: Vec<Uuid>) -> Statement {
    query(concat!(
        "WITH gone AS (DELETE FROM batches b WHERE b.id = ANY ($3) AND ",
        empty!(),
        " RETURNING b.*), \
         kept AS (INSERT INTO past_batches (",
        whole!(),
        ", past_since) SELECT ",
        whole!(),
        ", $2 FROM gone) \
         SELECT gone.id, gone.account_id, a.subject, gone.created_at, gone.expires_at, 0::bigint AS codes, \
         0::bigint AS rows_left FROM gone JOIN accounts a ON a.id = gone.account_id",
    ))
    .bind(PgTime(chunk.until))
    .bind(PgTime(chunk.at))
    .bind(batches)
}

fn taken_of(row: &PgRow, batch_removed: bool) -> PortResult<TakenOf> {
    let line = BatchLine {
        batch: BatchId::new(cell(row, "id")?),
        subject: Subject::parse(cell(row, "subject")?).map_err(|_| rows::strange("subject"))?,
        made_at: instant(row, "created_at")?,
        expires_at: some_instant(row, "expires_at")?,
        removed_codes: rows::number(row, "codes")?,
        left: rows::number(row, "rows_left")?,
        batch_removed,
    };
    Ok(TakenOf { account: AccountId::new(cell(row, "account_id")?), line })
}

impl PgCleanUpStore<'_> {
    async fn ids(&mut self, statement: Statement) -> PortResult<Vec<Uuid>> {
        self.unit.all(statement).await?.iter().map(|row| cell(row, "id")).collect()
    }

    async fn log(&mut self, statement: Statement, until: Timestamp) -> PortResult<LogTaken> {
        let row = self.unit.one(statement.bind(PgTime(until))).await?;
        Ok(LogTaken { rows: rows::total(&row, "entries")?, range: rows::range(&row)? })
    }
}

impl PgCleanUpStore<'_> {
    /// Removes batches that stayed when their last code went, and tells whose they were.
    async fn take_stayed(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<Uuid>> {
        let sql = format!(
            concat!(
                "SELECT b.id FROM batches b JOIN accounts a ON a.id = b.account_id WHERE ",
                empty!(),
                " AND b.modified_at <= $1 ORDER BY b.created_at, b.id LIMIT {most} FOR UPDATE OF a SKIP LOCKED",
            ),
            most = most
        );
        let over = |statement: Statement| statement.bind(PgTime(until)).bind(PgTime(until));
        let chosen = self.ids(over(query(AssertSqlSafe(sql)))).await?;
        if chosen.is_empty() {
            return Ok(chosen);
        }
        let removal = query(concat!(
            "DELETE FROM batches b WHERE b.id = ANY ($3) AND b.modified_at <= $1 AND ",
            empty!(),
            " RETURNING b.account_id AS id",
        ));
        self.ids(over(removal).bind(chosen)).await
    }
}

/// Whoever takes as much as there is knows that it takes long.
const MANY: u32 = 10_000;

impl PgCleanUpStore<'_> {
    /// Finds rows, locks their accounts, and then does what holds of them under the lock.
    async fn take(
        &mut self,
        chunk: &CodeChunk,
        find: fn(&CodeChunk) -> Statement,
        remove: fn(&CodeChunk, Vec<Uuid>) -> Statement,
    ) -> PortResult<Vec<PgRow>> {
        if chunk.most > MANY {
            self.unit.command("SET LOCAL statement_timeout = 0").await?;
        }
        if !chunk.wait {
            let chosen = self.ids(find(chunk)).await?;
            return if chosen.is_empty() { Ok(Vec::new()) } else { self.unit.all(remove(chunk, chosen)).await };
        }
        self.unit.command("SAVEPOINT choice").await?;
        loop {
            let chosen = self.ids(find(chunk)).await?;
            let nothing_there = chosen.is_empty();
            let gone = self.unit.all(remove(chunk, chosen)).await?;
            if nothing_there || !gone.is_empty() {
                return Ok(gone);
            }
            // Whoever was waited for took them all, and may have left others. The locks go, so that the next are taken
            // in the order of their ids again.
            self.unit.command("ROLLBACK TO SAVEPOINT choice").await?;
        }
    }
}

#[async_trait]
impl CleanUpStore for PgCleanUpStore<'_> {
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let find = if chunk.wait { all_codes } else { free_codes };
        self.take(chunk, find, removal_of_codes).await?.iter().map(|row| taken_of(row, false)).collect()
    }

    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        self.take(chunk, empty_batches, retirement).await?.iter().map(|row| taken_of(row, true)).collect()
    }

    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>> {
        let of = |sql: &'static str| query(sql).bind(batch.uuid()).bind(account.uuid());
        let counted = of("UPDATE batches SET purged = issued, modified_at = $3 \
                          WHERE id = $1 AND account_id = $2 AND deleted_at IS NOT NULL");
        if self.unit.affected(counted.bind(PgTime(at))).await? == 0 {
            return Ok(None);
        }
        let codes = self.unit.affected(query("DELETE FROM codes WHERE batch_id = $1").bind(batch.uuid())).await?;
        let keeping = of(concat!(
            "INSERT INTO past_batches (",
            whole!(),
            ", past_since) SELECT ",
            whole!(),
            ", $3 FROM batches WHERE id = $1 AND account_id = $2",
        ));
        self.unit.affected(keeping.bind(PgTime(at))).await?;
        self.unit.affected(of("DELETE FROM batches WHERE id = $1 AND account_id = $2")).await?;
        Ok(Some(u32::try_from(codes).unwrap_or(u32::MAX)))
    }

    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        self.unit.flush().await?;
        let sql = format!(
            "WITH old AS MATERIALIZED (SELECT seq FROM audit_entries WHERE at <= $1 ORDER BY at, seq LIMIT {most} \
             FOR UPDATE SKIP LOCKED), \
             gone AS (DELETE FROM audit_entries e USING old WHERE e.seq = old.seq RETURNING e.at) \
             SELECT count(*) AS entries, min(at) AS oldest, max(at) AS newest FROM gone"
        );
        self.log(query(AssertSqlSafe(sql)), until).await
    }

    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let sql = format!(
            "WITH old AS MATERIALIZED (SELECT task_id FROM email_log WHERE created_at <= $1 \
             ORDER BY created_at, task_id LIMIT {most} FOR UPDATE SKIP LOCKED), \
             gone AS (DELETE FROM email_log l USING old WHERE l.task_id = old.task_id RETURNING l.created_at AS at) \
             SELECT count(*) AS entries, min(at) AS oldest, max(at) AS newest FROM gone"
        );
        self.log(query(AssertSqlSafe(sql)), until).await
    }

    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>> {
        let sql = format!(
            "WITH old AS MATERIALIZED (SELECT id FROM past_batches WHERE past_since <= $1 \
             ORDER BY past_since, id LIMIT {most} FOR UPDATE SKIP LOCKED), \
             gone AS (DELETE FROM past_batches b USING old WHERE b.id = old.id RETURNING b.account_id) \
             SELECT DISTINCT account_id AS id FROM gone"
        );
        let mut accounts = self.ids(query(AssertSqlSafe(sql)).bind(PgTime(until))).await?;
        accounts.extend(self.take_stayed(until, most).await?);
        accounts.sort_unstable();
        accounts.dedup();
        Ok(accounts.into_iter().map(AccountId::new).collect())
    }
}
