use crate::{rows::cell, storage::SqliteStorage, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{Attempt, AttemptKeys, Guard, PortError, PortResult};
use backstop_domain::{
    Timestamp,
    guard::{Admission, GuardRules, Kept, KeptText, Slot, Unreadable, Verdict},
};
use sqlx::query;

/// Counts attempts in the database file. A decision is a transaction of its own, and one comes after the other.
#[derive(Clone, Debug)]
pub struct SqliteGuard {
    storage: SqliteStorage,
    rules: GuardRules,
}

/// How many rows that say nothing any more a decision clears away: more than it adds, so that they become fewer.
const CLEARED: i64 = 4;

impl SqliteGuard {
    pub fn new(storage: SqliteStorage, rules: GuardRules) -> Self {
        Self { storage, rules }
    }

    async fn with<T>(
        &self,
        attempt: &Attempt,
        now: Timestamp,
        act: impl FnOnce(&mut Kept) -> T + Send,
    ) -> PortResult<T> {
        let AttemptKeys { pair, account, network } = attempt.keys();
        let mut unit = SqliteUnit::begin(&self.storage).await?;
        let states = (
            state(&mut unit, &pair).await?,
            state(&mut unit, &account).await?,
            match &network {
                Some(network) => Some(state(&mut unit, network).await?),
                None => None,
            },
        );
        let mut kept = Kept::read(&states.0, &states.1, states.2.as_deref()).map_err(unreadable)?;
        let done = act(&mut kept);
        let new = kept.write(&self.rules, now);
        write(&mut unit, pair, new.0).await?;
        write(&mut unit, account, new.1).await?;
        if let (Some(network), Some(new)) = (network, new.2) {
            write(&mut unit, network, new).await?;
        }
        clear(&mut unit, now).await?;
        unit.end().await?;
        Ok(done)
    }
}

fn unreadable(error: Unreadable) -> PortError {
    PortError::corrupt("a guard's count can't be read").because(error)
}

async fn state(unit: &mut SqliteUnit, key: &str) -> PortResult<String> {
    let row = unit.optional(query("SELECT state FROM guard_counts WHERE key = ?1").bind(key.to_owned())).await?;
    row.map_or_else(|| Ok(String::new()), |row| cell(&row, "state"))
}

async fn write(unit: &mut SqliteUnit, key: String, new: KeptText) -> PortResult<()> {
    let statement = query(
        "INSERT INTO guard_counts (key, state, forget_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, forget_at = excluded.forget_at",
    );
    unit.affected(statement.bind(key).bind(new.text).bind(SqliteTime(new.forget_at))).await.map(drop)
}

async fn clear(unit: &mut SqliteUnit, now: Timestamp) -> PortResult<()> {
    let statement = query(
        "DELETE FROM guard_counts WHERE key IN \
         (SELECT key FROM guard_counts WHERE forget_at <= ?1 ORDER BY forget_at LIMIT ?2)",
    );
    unit.affected(statement.bind(SqliteTime(now)).bind(CLEARED)).await.map(drop)
}

#[async_trait]
impl Guard for SqliteGuard {
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
