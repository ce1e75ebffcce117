use crate::{rows::cell, storage::PgStorage, time::PgTime, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{Attempt, AttemptKeys, Guard, PortError, PortErrorKind, PortResult};
use backstop_domain::{
    Timestamp,
    guard::{Admission, GuardRules, Kept, KeptText, Slot, Unreadable, Verdict},
};
use sqlx::{postgres::PgRow, query};

/// Counts attempts in the database: one count for all replicas.
///
/// A decision is a transaction that takes the rows of its counts in the order of their keys, so that no two wait for
/// each other, decides by the rules of the domain, and writes them back.
#[derive(Clone, Debug)]
pub struct PgGuard {
    storage: PgStorage,
    rules: GuardRules,
}

/// How many rows that say nothing any more a decision clears away: more than it adds, so that they become fewer.
const CLEARED: i64 = 4;

impl PgGuard {
    pub fn new(storage: PgStorage, rules: GuardRules) -> Self {
        Self { storage, rules }
    }

    async fn with<T>(
        &self,
        attempt: &Attempt,
        now: Timestamp,
        act: impl FnOnce(&mut Kept) -> T + Send,
    ) -> PortResult<T> {
        let keys = attempt.keys();
        let mut unit = PgUnit::begin(&self.storage).await?;
        let rows = taken(&mut unit, &keys, now).await?;
        let state = |key: &str| state_of(&rows, key);
        let network = keys.network.as_deref().map(state).transpose()?;
        let mut kept = Kept::read(state(&keys.pair)?, state(&keys.account)?, network).map_err(unreadable)?;
        let done = act(&mut kept);
        let (pair, account, network) = kept.write(&self.rules, now);
        let mut changed = vec![(&keys.pair, pair), (&keys.account, account)];
        changed.extend(keys.network.as_ref().zip(network));
        write(&mut unit, &changed, now).await?;
        unit.end("COMMIT").await?;
        Ok(done)
    }
}

fn unreadable(error: Unreadable) -> PortError {
    PortError::corrupt("a guard's count can't be read").because(error)
}

/// The rows of an attempt's counts, locked; made where they were missing.
async fn taken(unit: &mut PgUnit, keys: &AttemptKeys, now: Timestamp) -> PortResult<Vec<PgRow>> {
    let wanted: Vec<String> =
        [Some(&keys.pair), Some(&keys.account), keys.network.as_ref()].into_iter().flatten().cloned().collect();
    let statement = query(
        "INSERT INTO guard_counts (key, state, forget_at) \
         SELECT key, '', $2 FROM unnest($1::text[]) AS wanted (key) ORDER BY key COLLATE \"C\" \
         ON CONFLICT (key) DO UPDATE SET forget_at = guard_counts.forget_at RETURNING key, state",
    )
    .bind(wanted)
    .bind(PgTime(now));
    unit.all(statement).await
}

fn state_of<'r>(rows: &'r [PgRow], key: &str) -> PortResult<&'r str> {
    for row in rows {
        if cell::<&str>(row, "key")? == key {
            return cell(row, "state");
        }
    }
    Err(PortError::new(PortErrorKind::Corrupt, "a count that was taken is not there"))
}

async fn write(unit: &mut PgUnit, changed: &[(&String, KeptText)], now: Timestamp) -> PortResult<()> {
    let statement = query(
        "WITH old AS (DELETE FROM guard_counts WHERE key IN (SELECT key FROM guard_counts \
         WHERE forget_at <= $4 AND key <> ALL ($1) ORDER BY forget_at LIMIT $5 FOR UPDATE SKIP LOCKED)) \
         UPDATE guard_counts g SET state = new.state, forget_at = new.forget_at \
         FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS new (key, state, forget_at) WHERE g.key = new.key",
    )
    .bind(changed.iter().map(|(key, _)| (*key).clone()).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, kept)| kept.text.clone()).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, kept)| PgTime(kept.forget_at)).collect::<Vec<_>>())
    .bind(PgTime(now))
    .bind(CLEARED);
    unit.affected(statement).await.map(drop)
}

#[async_trait]
impl Guard for PgGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        self.with(attempt, now, |kept| kept.admit(&self.rules, attempt.exempt, now)).await
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        if verdict == Verdict::Refused {
            return Ok(());
        }
        self.with(attempt, slot.taken_at, |kept| kept.settle(slot, verdict)).await
    }
}
