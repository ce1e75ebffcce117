use crate::{error::OrFault as _, storage::SqliteStorage, time::SqliteTime};
use async_trait::async_trait;
use backstop_application::ports::{Leftovers, PortResult};
use backstop_domain::Timestamp;
use sqlx::query;

/// So much at once, so that nobody waits long.
const CHUNK: i64 = 1_000;

const SWEEPS: [&str; 2] = [
    "DELETE FROM vault_entries WHERE batch_id IN \
     (SELECT batch_id FROM vault_entries WHERE until <= ?1 ORDER BY until LIMIT ?2)",
    "DELETE FROM guard_counts WHERE key IN \
     (SELECT key FROM guard_counts WHERE forget_at <= ?1 ORDER BY forget_at LIMIT ?2)",
];

#[async_trait]
impl Leftovers for SqliteStorage {
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64> {
        let mut all = 0;
        for sweep in SWEEPS {
            loop {
                let swept = query(sweep).bind(SqliteTime(now)).bind(CHUNK).execute(&self.writer).await.or_fault()?;
                all += swept.rows_affected();
                if swept.rows_affected() < CHUNK.cast_unsigned() {
                    break;
                }
            }
        }
        Ok(all)
    }
}
