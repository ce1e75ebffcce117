use crate::{storage::PgStorage, time::PgTime};
use async_trait::async_trait;
use backstop_application::ports::{Leftovers, PortResult};
use backstop_domain::Timestamp;
use jiff::SignedDuration;
use sqlx::query;

/// So much at once, so that nobody waits long.
const CHUNK: i64 = 1_000;
const SEALED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Whoever clears away leaves out what somebody holds: that is not over, or gone at once.
const SWEEPS: [(&str, SignedDuration); 3] = [
    (
        "DELETE FROM vault_entries WHERE batch_id IN \
         (SELECT batch_id FROM vault_entries WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)",
        SignedDuration::ZERO,
    ),
    (
        "DELETE FROM guard_counts WHERE key IN \
         (SELECT key FROM guard_counts WHERE forget_at <= $1 ORDER BY forget_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        SignedDuration::ZERO,
    ),
    // Codes wait for their mail no longer, whoever is to send it; what is left of the task fails.
    (
        "UPDATE tasks SET sealed = NULL WHERE id IN (SELECT id FROM tasks \
         WHERE sealed IS NOT NULL AND created_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        SEALED_FOR,
    ),
];

#[async_trait]
impl Leftovers for PgStorage {
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64> {
        let mut all = 0;
        for (sweep, ago) in SWEEPS {
            let until = now.saturating_sub(ago).unwrap_or(Timestamp::MIN);
            loop {
                let some = self.affected(query(sweep).bind(PgTime(until)).bind(CHUNK)).await?;
                all += some;
                if some < CHUNK.cast_unsigned() {
                    break;
                }
            }
        }
        Ok(all)
    }
}
