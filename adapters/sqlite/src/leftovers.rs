use crate::{error::OrFault as _, storage::SqliteStorage, time::SqliteTime};
use async_trait::async_trait;
use backstop_application::ports::{Leftovers, PortResult};
use backstop_domain::Timestamp;
use jiff::SignedDuration;
use sqlx::query;

/// So much at once, so that nobody waits long.
const CHUNK: i64 = 1_000;
const SEALED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What is over, and for how long it stays after its time.
const SWEEPS: [(&str, SignedDuration); 3] = [
    (
        "DELETE FROM vault_entries WHERE batch_id IN \
         (SELECT batch_id FROM vault_entries WHERE until <= ?1 ORDER BY until LIMIT ?2)",
        SignedDuration::ZERO,
    ),
    (
        "DELETE FROM guard_counts WHERE key IN \
         (SELECT key FROM guard_counts WHERE forget_at <= ?1 ORDER BY forget_at LIMIT ?2)",
        SignedDuration::ZERO,
    ),
    // Codes wait for their mail no longer, whoever is to send it; what is left of the task fails.
    (
        "UPDATE tasks SET sealed = NULL WHERE id IN (SELECT id FROM tasks \
         WHERE sealed IS NOT NULL AND created_at <= ?1 LIMIT ?2)",
        SEALED_FOR,
    ),
];

#[async_trait]
impl Leftovers for SqliteStorage {
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64> {
        let mut all = 0;
        for (sweep, ago) in SWEEPS {
            let until = now.saturating_sub(ago).unwrap_or(Timestamp::MIN);
            loop {
                let swept = query(sweep).bind(SqliteTime(until)).bind(CHUNK).execute(&self.writer).await.or_fault()?;
                all += swept.rows_affected();
                if swept.rows_affected() < CHUNK.cast_unsigned() {
                    break;
                }
            }
        }
        Ok(all)
    }
}
