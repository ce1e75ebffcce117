use crate::{
    rows::{self, Statement, cell},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    BatchChange, BatchInserted, BatchStore, Delivered, DeliveredBy, Marked, NewCode, PortResult, Superseded,
};
use backstop_domain::{AccountId, Batch, BatchId, Timestamp};
use sqlx::query;

macro_rules! delivery {
    ($mark:literal $(, $cleared:literal)?) => {
        concat!(
            "UPDATE batches SET ",
            $mark,
            " = ?3, " $(, $cleared, " = NULL, ")?,
            "modified_at = ?3 WHERE batches.id = ?1 AND batches.account_id = ?2 AND batches.",
            $mark,
            " IS NULL AND batches.delivery_ended_at IS NULL AND ",
            stands!(),
            " AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = batches.account_id AND a.suspended IS NULL)",
        )
    };
}

macro_rules! live_codes {
    () => {
        "(SELECT count(*) FROM codes c WHERE c.batch_id = batches.id AND c.status = 0)"
    };
}

pub(crate) struct SqliteBatchStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

fn insertion(batch: &Batch) -> Statement {
    let statement = query(
        "INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, \
         modified_at, expires_at, superseded_at, invalidated_at, deleted_at, viewed_at, downloaded_at, emailed_at, \
         email_failed_at, delivery_ended_at, delivery_digest) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) \
         ON CONFLICT (account_id) \
         WHERE superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL DO NOTHING",
    );
    let times = [
        batch.expires_at,
        batch.superseded_at,
        batch.invalidated_at,
        batch.deleted_at,
        batch.viewed_at,
        batch.downloaded_at,
        batch.emailed_at,
        batch.email_failed_at,
        batch.delivery_ended_at,
    ];
    let statement = statement
        .bind(batch.id.uuid())
        .bind(batch.account.uuid())
        .bind(batch.profile.as_str())
        .bind(i64::from(batch.counters.issued))
        .bind(i64::from(batch.counters.used))
        .bind(i64::from(batch.counters.invalidated))
        .bind(i64::from(batch.counters.removed))
        .bind(i64::from(batch.counters.purged))
        .bind(SqliteTime(batch.created_at))
        .bind(SqliteTime(batch.modified_at));
    let statement = times.into_iter().fold(statement, |statement, time| statement.bind(time.map(SqliteTime)));
    statement.bind(batch.delivery_digest.map(|digest| digest.to_vec()))
}

fn code_insertion(batch: BatchId, code: &NewCode) -> Statement {
    query("INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier) VALUES (?1, ?2, 0, ?3, ?4, ?5)")
        .bind(code.id.uuid())
        .bind(batch.uuid())
        .bind(code.tag.bytes.to_vec())
        .bind(code.tag.key.as_str().to_owned())
        .bind(code.verifier.as_str().to_owned())
}

/// Takes the live codes of a batch along.
fn invalidation_of_codes(batch: BatchId, at: Timestamp) -> Statement {
    query("UPDATE codes SET status = 2, status_since = ?2 WHERE batch_id = ?1 AND status = 0")
        .bind(batch.uuid())
        .bind(SqliteTime(at))
}

fn deletion_of_codes(batch: BatchId, at: Timestamp) -> Statement {
    query("UPDATE codes SET status = 3, status_since = ?2 WHERE batch_id = ?1 AND status = 0")
        .bind(batch.uuid())
        .bind(SqliteTime(at))
}

fn one_of(account: AccountId, batch: BatchId) -> Statement {
    query(concat!("SELECT ", batch_columns!(), " FROM batches WHERE batches.id = ?1 AND batches.account_id = ?2"))
        .bind(batch.uuid())
        .bind(account.uuid())
}

impl SqliteBatchStore<'_> {
    /// The outcome of a statement that answers with the batch if it changed it, and of the one about its codes.
    async fn change(
        &mut self,
        statement: Statement,
        codes: Statement,
        account: AccountId,
        batch: BatchId,
    ) -> PortResult<BatchChange> {
        if let Some(row) = self.unit.optional(statement).await? {
            let codes = number(self.unit.affected(codes).await?);
            return Ok(BatchChange::Changed { batch: rows::batch(&row)?, codes });
        }
        Ok(match self.unit.optional(one_of(account, batch)).await? {
            Some(row) => BatchChange::Already(rows::batch(&row)?),
            None => BatchChange::Missing,
        })
    }
}

fn number(codes: u64) -> u32 {
    u32::try_from(codes).unwrap_or(u32::MAX)
}

#[async_trait]
impl BatchStore for SqliteBatchStore<'_> {
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted> {
        if self.unit.affected(insertion(batch)).await? == 0 {
            return Ok(BatchInserted::AnotherStands);
        }
        for code in codes {
            self.unit.affected(code_insertion(batch.id, code)).await?;
        }
        Ok(BatchInserted::Done)
    }

    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>> {
        let statement = query(
            "SELECT id FROM (SELECT id, created_at FROM batches WHERE account_id = ?1 \
             UNION ALL SELECT id, created_at FROM past_batches WHERE account_id = ?1) known \
             ORDER BY created_at DESC, id DESC LIMIT 1",
        );
        let row = self.unit.optional(statement.bind(account.uuid())).await?;
        row.map(|row| Ok(BatchId::new(cell(&row, "id")?))).transpose()
    }

    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>> {
        let statement = query(concat!(
            "UPDATE batches SET superseded_at = ?2, modified_at = ?2, invalidated = invalidated + ",
            live_codes!(),
            " WHERE batches.account_id = ?1 AND ",
            stands!(),
            " RETURNING id AS b_id",
        ))
        .bind(account.uuid())
        .bind(SqliteTime(at));
        let Some(row) = self.unit.optional(statement).await? else { return Ok(None) };
        let batch = BatchId::new(cell(&row, "b_id")?);
        let invalidated = number(self.unit.affected(invalidation_of_codes(batch, at)).await?);
        Ok(Some(Superseded { batch, invalidated }))
    }

    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        let statement = query(concat!(
            "UPDATE batches SET invalidated_at = ?3, modified_at = ?3, invalidated = invalidated + ",
            live_codes!(),
            " WHERE batches.id = ?1 AND batches.account_id = ?2 AND ",
            stands!(),
            " RETURNING ",
            batch_columns!(),
        ))
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(SqliteTime(at));
        self.change(statement, invalidation_of_codes(batch, at), account, batch).await
    }

    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        let statement = query(concat!(
            "UPDATE batches SET deleted_at = ?3, modified_at = ?3, removed = removed + ",
            live_codes!(),
            " WHERE batches.id = ?1 AND batches.account_id = ?2 AND batches.deleted_at IS NULL RETURNING ",
            batch_columns!(),
        ))
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(SqliteTime(at));
        self.change(statement, deletion_of_codes(batch, at), account, batch).await
    }

    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked> {
        let statement = query(
            "UPDATE batches SET viewed_at = ?3, modified_at = ?3 \
             WHERE id = ?1 AND account_id = ?2 AND viewed_at IS NULL",
        )
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(SqliteTime(at));
        if self.unit.affected(statement).await? == 1 {
            return Ok(Marked::Now);
        }
        let known = self.unit.optional(one_of(account, batch)).await?.is_some();
        Ok(if known { Marked::Before } else { Marked::Missing })
    }

    async fn mark_delivered(
        &mut self,
        account: AccountId,
        batch: BatchId,
        how: DeliveredBy,
        at: Timestamp,
    ) -> PortResult<Delivered> {
        let statement = query(match how {
            DeliveredBy::Download => delivery!("downloaded_at"),
            DeliveredBy::Email => delivery!("emailed_at", "email_failed_at"),
        })
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(SqliteTime(at));
        if self.unit.affected(statement).await? == 1 {
            return Ok(Delivered::Now);
        }
        let Some(row) = self.unit.optional(one_of(account, batch)).await? else { return Ok(Delivered::Missing) };
        let batch = rows::batch(&row)?;
        let mark = match how {
            DeliveredBy::Download => batch.downloaded_at,
            DeliveredBy::Email => batch.emailed_at,
        };
        Ok(if mark.is_some() { Delivered::Before } else { Delivered::Gone })
    }

    async fn release_email(
        &mut self,
        account: AccountId,
        batch: BatchId,
        marked_at: Timestamp,
        failed_at: Timestamp,
    ) -> PortResult<bool> {
        let statement = query(
            "UPDATE batches SET emailed_at = NULL, email_failed_at = ?4 \
             WHERE id = ?1 AND account_id = ?2 AND emailed_at = ?3",
        )
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(SqliteTime(marked_at))
        .bind(SqliteTime(failed_at));
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>> {
        let statement = query(concat!(
            "UPDATE batches SET delivery_ended_at = coalesce(batches.delivery_ended_at, ?3) \
             WHERE batches.account_id = ?1 AND (?2 IS NULL OR batches.id = ?2) AND ",
            stands!(),
            " RETURNING id",
        ))
        .bind(account.uuid())
        .bind(batch.map(BatchId::uuid))
        .bind(SqliteTime(at));
        let ended = self.unit.optional(statement).await?;
        ended.map(|row| cell(&row, "id").map(BatchId::new)).transpose()
    }
}
