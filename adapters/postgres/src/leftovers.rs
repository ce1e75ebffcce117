use crate::{storage::PgStorage, time::PgTime};
use async_trait::async_trait;
use backstop_application::ports::{Leftovers, PortResult};
use backstop_domain::Timestamp;
use sqlx::query;

/// So much at once, so that nobody waits long.
const CHUNK: i64 = 1_000;

/// Whoever clears away leaves out what somebody holds: that is not over, or gone at once.
const SWEEPS: [&str; 2] = [
    "DELETE FROM vault_entries WHERE batch_id IN \
     (SELECT batch_id FROM vault_entries WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM guard_counts WHERE key IN \
     (SELECT key FROM guard_counts WHERE forget_at <= $1 ORDER BY forget_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
];

#[async_trait]
impl Leftovers for PgStorage {
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64> {
        let mut all = 0;
        for sweep in SWEEPS {
            loop {
                let some = self.affected(query(sweep).bind(PgTime(now)).bind(CHUNK)).await?;
                all += some;
                if some < CHUNK.cast_unsigned() {
                    break;
                }
            }
        }
        Ok(all)
    }
}
