use crate::{rows::cell, storage::PgStorage, time::PgTime};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Vault};
use backstop_domain::{BatchId, Sealed, Timestamp};
use sqlx::query;

/// How many copies that are over one more clears away: more than it adds, so that they become fewer.
const CLEARED: i64 = 16;

#[async_trait]
impl Vault for PgStorage {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        // Whoever clears skips what another one clears: none waits, and none is in another's way. The copy of this
        // batch is not cleared, because one statement may not change a row twice.
        let statement = query(
            "WITH cleared AS (DELETE FROM vault_entries WHERE batch_id IN \
             (SELECT batch_id FROM vault_entries WHERE until <= $3 AND batch_id <> $1 \
             ORDER BY until LIMIT $5 FOR UPDATE SKIP LOCKED)) \
             INSERT INTO vault_entries (batch_id, sealed, until) VALUES ($1, $2, $4) \
             ON CONFLICT (batch_id) DO UPDATE SET sealed = excluded.sealed, until = excluded.until",
        )
        .bind(batch.uuid())
        .bind(sealed.bytes().to_vec())
        .bind(PgTime(now))
        .bind(PgTime(until))
        .bind(CLEARED);
        self.execute(statement).await
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let statement = query("SELECT sealed FROM vault_entries WHERE batch_id = $1 AND until > $2");
        let found = self.optional(statement.bind(batch.uuid()).bind(PgTime(now))).await?;
        found.map(|row| cell::<Vec<u8>>(&row, "sealed").map(Sealed::new)).transpose()
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        self.execute(query("DELETE FROM vault_entries WHERE batch_id = $1").bind(batch.uuid())).await
    }
}
