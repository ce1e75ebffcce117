use crate::{error::OrFault as _, rows::cell, storage::SqliteStorage, time::SqliteTime};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Vault};
use backstop_domain::{BatchId, Sealed, Timestamp};
use sqlx::query;

/// How many copies that are over one more clears away: more than it adds, so that they become fewer.
const CLEARED: i64 = 16;

#[async_trait]
impl Vault for SqliteStorage {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        let mut writing = self.writer.begin_with("BEGIN IMMEDIATE").await.or_fault()?;
        let clearing = query(
            "DELETE FROM vault_entries WHERE batch_id IN \
             (SELECT batch_id FROM vault_entries WHERE until <= ?1 ORDER BY until LIMIT ?2)",
        );
        clearing.bind(SqliteTime(now)).bind(CLEARED).execute(&mut *writing).await.or_fault()?;
        let keeping = query(
            "INSERT INTO vault_entries (batch_id, sealed, until) VALUES (?1, ?2, ?3) \
             ON CONFLICT (batch_id) DO UPDATE SET sealed = excluded.sealed, until = excluded.until",
        )
        .bind(batch.uuid())
        .bind(sealed.bytes().to_vec())
        .bind(SqliteTime(until));
        keeping.execute(&mut *writing).await.or_fault()?;
        writing.commit().await.or_fault()
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let statement = query("SELECT sealed FROM vault_entries WHERE batch_id = ?1 AND until > ?2");
        let found =
            statement.bind(batch.uuid()).bind(SqliteTime(now)).fetch_optional(&self.readers).await.or_fault()?;
        found.map(|row| cell::<Vec<u8>>(&row, "sealed").map(Sealed::new)).transpose()
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        let statement = query("DELETE FROM vault_entries WHERE batch_id = ?1").bind(batch.uuid());
        statement.execute(&self.writer).await.or_fault().map(drop)
    }
}
