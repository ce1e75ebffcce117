use crate::{
    rows::{self, Statement, cell, instant, some_instant},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{CleanUpStore, CodeChunk, LogTaken, PortError, PortErrorKind, PortResult, TakenOf};
use backstop_domain::{AccountId, BatchId, CodeStatus, Subject, Timestamp, letter::BatchLine};
use serde::Serialize;
use sqlx::{query, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(crate) struct SqliteCleanUpStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

/// Used, invalidated or deleted, long ago. As in the index `codes_ended`.
macro_rules! ended {
    () => {
        "c.status <> 0 AND c.status_since <= ?1"
    };
}

/// Expired while live, long ago. As in the index `batches_expiring`.
macro_rules! expired {
    () => {
        concat!("c.status = 0 AND batches.expires_at <= ?1 AND batches.purged < batches.issued AND ", stands!())
    };
}
pub(crate) use {ended, expired};

/// No row of a code is left, and it can't be used at `?2`. As in the index `batches_emptied`.
macro_rules! empty {
    () => {
        concat!(
            "batches.purged = batches.issued AND batches.created_at <= ?1 AND NOT (",
            stands!(),
            " AND (batches.expires_at IS NULL OR batches.expires_at > ?2) \
             AND batches.used + batches.invalidated + batches.removed < batches.issued) \
             AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.batch_id = batches.id)",
        )
    };
}

/// All columns of a batch.
macro_rules! whole {
    () => {
        "id, account_id, profile, issued, used, invalidated, removed, purged, created_at, modified_at, expires_at, \
         superseded_at, invalidated_at, deleted_at, viewed_at, downloaded_at, emailed_at, \
         email_failed_at, delivery_digest, delivery_ended_at"
    };
}

fn json(value: &impl Serialize) -> PortResult<String> {
    serde_json::to_string(value).map_err(|_| PortError::new(PortErrorKind::Rejected, "a list can't be written"))
}

fn removal_of_ended(until: Timestamp, most: u32) -> Statement {
    query(concat!(
        "DELETE FROM codes WHERE id IN (SELECT c.id FROM codes c WHERE ",
        ended!(),
        " ORDER BY c.status_since LIMIT ?2) RETURNING batch_id, status",
    ))
    .bind(SqliteTime(until))
    .bind(i64::from(most))
}

fn removal_of_expired(until: Timestamp, most: u32) -> Statement {
    query(concat!(
        "DELETE FROM codes WHERE id IN \
         (SELECT c.id FROM batches CROSS JOIN codes c ON c.batch_id = batches.id WHERE ",
        expired!(),
        " ORDER BY batches.expires_at LIMIT ?2) RETURNING batch_id, status",
    ))
    .bind(SqliteTime(until))
    .bind(i64::from(most))
}

/// What went of a batch.
#[derive(Clone, Copy, Default)]
struct Gone {
    codes: u32,
    live: u32,
}

/// Moves the numbers of batches as codes of theirs went.
fn count(gone: &BTreeMap<Uuid, Gone>, at: Timestamp) -> PortResult<Statement> {
    let each: Vec<_> = gone.iter().map(|(id, gone)| (rows::hex(id.as_bytes()), gone.codes, gone.live)).collect();
    let statement = query(
        "UPDATE batches SET purged = purged + gone.codes, removed = removed + gone.live, modified_at = ?2 \
         FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS codes, value ->> 2 AS live FROM json_each(?1)) AS gone \
         WHERE batches.id = gone.id \
         RETURNING id, account_id, (SELECT a.subject FROM accounts a WHERE a.id = batches.account_id) AS subject, \
         created_at, expires_at, issued - purged AS rows_left",
    );
    Ok(statement.bind(json(&each)?).bind(SqliteTime(at)))
}

fn taken_of(row: &SqliteRow, removed_codes: u32, batch_removed: bool) -> PortResult<TakenOf> {
    let line = BatchLine {
        batch: BatchId::new(cell(row, "id")?),
        subject: Subject::parse(cell(row, "subject")?).map_err(|_| rows::strange("subject"))?,
        made_at: instant(row, "created_at")?,
        expires_at: some_instant(row, "expires_at")?,
        removed_codes,
        left: rows::number(row, "rows_left")?,
        batch_removed,
    };
    Ok(TakenOf { account: AccountId::new(cell(row, "account_id")?), line })
}

impl SqliteCleanUpStore<'_> {
    /// Removes codes, and adds to what went of their batches. Tells how many they were.
    async fn remove(&mut self, statement: Statement, gone: &mut BTreeMap<Uuid, Gone>) -> PortResult<u32> {
        let rows = self.unit.all(statement).await?;
        for row in &rows {
            let of = gone.entry(cell(row, "batch_id")?).or_default();
            of.codes += 1;
            of.live += u32::from(rows::status(cell(row, "status")?)? == CodeStatus::Active);
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    /// What a statement says of rows, which another then removes.
    async fn log(
        &mut self,
        said: &'static str,
        removal: &'static str,
        until: Timestamp,
        most: u32,
    ) -> PortResult<LogTaken> {
        let with = |sql| query(sql).bind(SqliteTime(until)).bind(i64::from(most));
        let row = self.unit.one(with(said)).await?;
        self.unit.affected(with(removal)).await?;
        Ok(LogTaken { rows: rows::total(&row, "entries")?, range: rows::range(&row)? })
    }
}

/// There is one writer, so that nobody is ever waited for in here.
#[async_trait]
impl CleanUpStore for SqliteCleanUpStore<'_> {
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let mut gone = BTreeMap::new();
        let ended = self.remove(removal_of_ended(chunk.until, chunk.most), &mut gone).await?;
        if ended < chunk.most {
            self.remove(removal_of_expired(chunk.until, chunk.most - ended), &mut gone).await?;
        }
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.unit.all(count(&gone, chunk.at)?).await?;
        let taken = |row| {
            let of = gone.get(&cell(row, "id")?).copied().unwrap_or_default();
            taken_of(row, of.codes, false)
        };
        rows.iter().map(taken).collect()
    }

    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let statement = query(concat!(
            "SELECT batches.id, batches.account_id, a.subject, batches.created_at, batches.expires_at, 0 AS rows_left \
             FROM batches JOIN accounts a ON a.id = batches.account_id \
             WHERE ",
            empty!(),
            " ORDER BY batches.created_at, batches.id LIMIT ?3",
        ))
        .bind(SqliteTime(chunk.until))
        .bind(SqliteTime(chunk.at))
        .bind(i64::from(chunk.most));
        let rows = self.unit.all(statement).await?;
        let taken: Vec<TakenOf> = rows.iter().map(|row| taken_of(row, 0, true)).collect::<PortResult<_>>()?;
        if taken.is_empty() {
            return Ok(taken);
        }
        let ids = json(&taken.iter().map(|of| rows::hex(of.line.batch.uuid().as_bytes())).collect::<Vec<_>>())?;
        let keeping = query(concat!(
            "INSERT INTO past_batches (",
            whole!(),
            ", past_since) SELECT ",
            whole!(),
            ", ?2 FROM batches WHERE id IN (SELECT unhex(value) FROM json_each(?1))",
        ));
        self.unit.affected(keeping.bind(ids.clone()).bind(SqliteTime(chunk.at))).await?;
        let removal = query("DELETE FROM batches WHERE id IN (SELECT unhex(value) FROM json_each(?1))");
        self.unit.affected(removal.bind(ids)).await?;
        Ok(taken)
    }

    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>> {
        let of = |sql: &'static str| query(sql).bind(batch.uuid()).bind(account.uuid());
        let counted = of("UPDATE batches SET purged = issued, modified_at = ?3 \
                          WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NOT NULL");
        if self.unit.affected(counted.bind(SqliteTime(at))).await? == 0 {
            return Ok(None);
        }
        let codes = self.unit.affected(query("DELETE FROM codes WHERE batch_id = ?1").bind(batch.uuid())).await?;
        let keeping = of(concat!(
            "INSERT INTO past_batches (",
            whole!(),
            ", past_since) SELECT ",
            whole!(),
            ", ?3 FROM batches WHERE id = ?1 AND account_id = ?2",
        ));
        self.unit.affected(keeping.bind(SqliteTime(at))).await?;
        self.unit.affected(of("DELETE FROM batches WHERE id = ?1 AND account_id = ?2")).await?;
        Ok(Some(u32::try_from(codes).unwrap_or(u32::MAX)))
    }

    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let said = "SELECT count(*) AS entries, min(at) AS oldest, max(at) AS newest FROM \
                    (SELECT at FROM audit_entries WHERE at <= ?1 ORDER BY at, seq LIMIT ?2)";
        let removal = "DELETE FROM audit_entries WHERE seq IN \
                       (SELECT seq FROM audit_entries WHERE at <= ?1 ORDER BY at, seq LIMIT ?2)";
        self.log(said, removal, until, most).await
    }

    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let said = "SELECT count(*) AS entries, min(created_at) AS oldest, max(created_at) AS newest FROM \
                    (SELECT created_at FROM email_log WHERE created_at <= ?1 ORDER BY created_at, task_id LIMIT ?2)";
        let removal = "DELETE FROM email_log WHERE task_id IN \
                       (SELECT task_id FROM email_log WHERE created_at <= ?1 ORDER BY created_at, task_id LIMIT ?2)";
        self.log(said, removal, until, most).await
    }

    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>> {
        let statement = query(
            "DELETE FROM past_batches WHERE id IN \
             (SELECT id FROM past_batches WHERE past_since <= ?1 ORDER BY past_since, id LIMIT ?2) \
             RETURNING account_id",
        );
        let mut rows = self.unit.all(statement.bind(SqliteTime(until)).bind(i64::from(most))).await?;
        let left = i64::from(most) - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let stayed = query(concat!(
            "DELETE FROM batches WHERE id IN (SELECT batches.id FROM batches WHERE ",
            empty!(),
            " AND batches.modified_at <= ?1 ORDER BY batches.created_at, batches.id LIMIT ?3) RETURNING account_id",
        ))
        .bind(SqliteTime(until))
        .bind(SqliteTime(until))
        .bind(left.max(0));
        rows.extend(self.unit.all(stayed).await?);
        let accounts: BTreeSet<Uuid> = rows.iter().map(|row| cell(row, "account_id")).collect::<PortResult<_>>()?;
        Ok(accounts.into_iter().map(AccountId::new).collect())
    }
}
