use crate::{
    rows::{self, Statement, cell},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    BatchChange, BatchInserted, BatchStore, Delivered, DeliveredBy, Marked, NewCode, PortError, PortErrorKind,
    PortResult, Superseded,
};
use backstop_domain::{AccountId, Batch, BatchId, Timestamp};
use sqlx::query;

pub(crate) struct PgBatchStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

macro_rules! delivery {
    ($mark:literal $(, $cleared:literal)?) => {
        concat!(
            "UPDATE batches b SET ",
            $mark,
            " = $3, " $(, $cleared, " = NULL, ")?,
            "modified_at = $3 FROM accounts a WHERE b.id = $1 AND b.account_id = $2 AND b.",
            $mark,
            " IS NULL AND b.delivery_ended_at IS NULL AND ",
            stands!(),
            " AND a.id = b.account_id AND a.suspended IS NULL",
        )
    };
}

fn counter(number: u32) -> PortResult<i32> {
    i32::try_from(number).map_err(|_| PortError::new(PortErrorKind::Rejected, "a counter is too large to be stored"))
}

fn insertion(batch: &Batch, codes: &[NewCode]) -> PortResult<Statement> {
    let statement = query(
        "WITH batch AS (INSERT INTO batches AS b (id, account_id, profile, issued, used, invalidated, removed, purged, \
         created_at, modified_at, expires_at, superseded_at, invalidated_at, deleted_at, viewed_at, downloaded_at, \
         emailed_at, email_failed_at, delivery_ended_at, delivery_digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         ON CONFLICT (account_id) \
         WHERE superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL DO NOTHING \
         RETURNING b.id), \
         stored AS (INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier) \
         SELECT code.id, batch.id, 0, code.lookup, code.lookup_key, code.verifier FROM batch, \
         unnest($21::uuid[], $22::bytea[], $23::text[], $24::text[]) AS code (id, lookup, lookup_key, verifier)) \
         SELECT count(*) AS stored FROM batch",
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
        .bind(counter(batch.counters.issued)?)
        .bind(counter(batch.counters.used)?)
        .bind(counter(batch.counters.invalidated)?)
        .bind(counter(batch.counters.removed)?)
        .bind(counter(batch.counters.purged)?)
        .bind(PgTime(batch.created_at))
        .bind(PgTime(batch.modified_at));
    let statement = times.into_iter().fold(statement, |statement, time| statement.bind(time.map(PgTime)));
    Ok(statement
        .bind(batch.delivery_digest.map(|digest| digest.to_vec()))
        .bind(codes.iter().map(|code| code.id.uuid()).collect::<Vec<_>>())
        .bind(codes.iter().map(|code| code.tag.bytes.to_vec()).collect::<Vec<_>>())
        .bind(codes.iter().map(|code| code.tag.key.as_str().to_owned()).collect::<Vec<_>>())
        .bind(codes.iter().map(|code| code.verifier.as_str().to_owned()).collect::<Vec<_>>()))
}

fn one_of(account: AccountId, batch: BatchId) -> Statement {
    query(concat!("SELECT ", batch_columns!(), " FROM batches b WHERE b.id = $1 AND b.account_id = $2"))
        .bind(batch.uuid())
        .bind(account.uuid())
}

impl PgBatchStore<'_> {
    /// The outcome of a statement that answers with the batch and its codes if it changed them.
    async fn change(&mut self, statement: Statement, account: AccountId, batch: BatchId) -> PortResult<BatchChange> {
        if let Some(row) = self.unit.optional(statement).await? {
            return Ok(BatchChange::Changed { batch: rows::batch(&row)?, codes: swept(cell(&row, "swept")?) });
        }
        Ok(match self.unit.optional(one_of(account, batch)).await? {
            Some(row) => BatchChange::Already(rows::batch(&row)?),
            None => BatchChange::Missing,
        })
    }
}

fn swept(codes: i64) -> u32 {
    u32::try_from(codes).unwrap_or(u32::MAX)
}

#[async_trait]
impl BatchStore for PgBatchStore<'_> {
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted> {
        let row = self.unit.one(insertion(batch, codes)?).await?;
        Ok(if cell::<i64>(&row, "stored")? == 1 { BatchInserted::Done } else { BatchInserted::AnotherStands })
    }

    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>> {
        let statement = query(
            "SELECT id FROM (SELECT id, created_at FROM batches WHERE account_id = $1 \
             UNION ALL SELECT id, created_at FROM past_batches WHERE account_id = $1) known \
             ORDER BY created_at DESC, id DESC LIMIT 1",
        );
        let row = self.unit.optional(statement.bind(account.uuid())).await?;
        row.map(|row| Ok(BatchId::new(cell(&row, "id")?))).transpose()
    }

    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>> {
        let statement = query(concat!(
            "WITH chosen AS (SELECT b.id FROM batches b WHERE b.account_id = $1 AND ",
            stands!(),
            " FOR UPDATE), \
             swept AS (UPDATE codes c SET status = 2, status_since = $2 FROM chosen \
             WHERE c.batch_id = chosen.id AND c.status = 0 RETURNING c.id), \
             total AS (SELECT count(*) AS codes FROM swept) \
             UPDATE batches b SET superseded_at = $2, modified_at = $2, invalidated = b.invalidated + total.codes \
             FROM chosen, total WHERE b.id = chosen.id RETURNING b.id AS b_id, total.codes AS swept",
        ))
        .bind(account.uuid())
        .bind(PgTime(at));
        let Some(row) = self.unit.optional(statement).await? else { return Ok(None) };
        let batch = BatchId::new(cell(&row, "b_id")?);
        Ok(Some(Superseded { batch, invalidated: swept(cell(&row, "swept")?) }))
    }

    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        let statement = query(concat!(
            "WITH chosen AS (SELECT b.id FROM batches b WHERE b.id = $1 AND b.account_id = $2 AND ",
            stands!(),
            " FOR UPDATE), \
             swept AS (UPDATE codes c SET status = 2, status_since = $3 FROM chosen \
             WHERE c.batch_id = chosen.id AND c.status = 0 RETURNING c.id), \
             total AS (SELECT count(*) AS codes FROM swept) \
             UPDATE batches b SET invalidated_at = $3, modified_at = $3, invalidated = b.invalidated + total.codes \
             FROM chosen, total WHERE b.id = chosen.id RETURNING total.codes AS swept, ",
            batch_columns!(),
        ))
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(PgTime(at));
        self.change(statement, account, batch).await
    }

    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        let statement = query(concat!(
            "WITH chosen AS (SELECT b.id FROM batches b \
             WHERE b.id = $1 AND b.account_id = $2 AND b.deleted_at IS NULL FOR UPDATE), \
             swept AS (UPDATE codes c SET status = 3, status_since = $3 FROM chosen \
             WHERE c.batch_id = chosen.id AND c.status = 0 RETURNING c.id), \
             total AS (SELECT count(*) AS codes FROM swept) \
             UPDATE batches b SET deleted_at = $3, modified_at = $3, removed = b.removed + total.codes \
             FROM chosen, total WHERE b.id = chosen.id RETURNING total.codes AS swept, ",
            batch_columns!(),
        ))
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(PgTime(at));
        self.change(statement, account, batch).await
    }

    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked> {
        let statement = query(
            "UPDATE batches SET viewed_at = $3, modified_at = $3 \
             WHERE id = $1 AND account_id = $2 AND viewed_at IS NULL",
        )
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(PgTime(at));
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
        .bind(PgTime(at));
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
            "UPDATE batches SET emailed_at = NULL, email_failed_at = $4 \
             WHERE id = $1 AND account_id = $2 AND emailed_at = $3",
        )
        .bind(batch.uuid())
        .bind(account.uuid())
        .bind(PgTime(marked_at))
        .bind(PgTime(failed_at));
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>> {
        let statement = query(concat!(
            "UPDATE batches b SET delivery_ended_at = coalesce(b.delivery_ended_at, $3) \
             WHERE b.account_id = $1 AND ($2::uuid IS NULL OR b.id = $2) AND ",
            stands!(),
            " RETURNING b.id",
        ))
        .bind(account.uuid())
        .bind(batch.map(BatchId::uuid))
        .bind(PgTime(at));
        let ended = self.unit.optional(statement).await?;
        ended.map(|row| cell(&row, "id").map(BatchId::new)).transpose()
    }
}
