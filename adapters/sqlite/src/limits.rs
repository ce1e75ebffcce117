use crate::{rows::cell, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{Failed, LimitStore, PortResult};
use backstop_domain::{AccountId, Network, SuspensionReason, Timestamp, guard::GenerationWait};
use sqlx::query;

pub(crate) struct SqliteLimitStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl LimitStore for SqliteLimitStore<'_> {
    async fn fail(&mut self, account: AccountId, most: u32, at: Timestamp) -> PortResult<Failed> {
        let counting =
            query("UPDATE accounts SET failures = failures + 1 WHERE id = ?1 RETURNING failures >= ?2 AS over");
        let counted = self.unit.optional(counting.bind(account.uuid()).bind(i64::from(most))).await?;
        let Some(counted) = counted else { return Ok(Failed::Missing) };
        if !cell::<bool>(&counted, "over")? {
            return Ok(Failed::Counted { suspended: false });
        }
        let suspending =
            query("UPDATE accounts SET suspended = ?2, modified_at = ?3 WHERE id = ?1 AND suspended IS NULL")
                .bind(account.uuid())
                .bind(SuspensionReason::Failures.as_str())
                .bind(SqliteTime(at));
        Ok(Failed::Counted { suspended: self.unit.affected(suspending).await? == 1 })
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        let statement = query("UPDATE accounts SET failures = 0 WHERE id = ?1 AND failures <> 0");
        self.unit.affected(statement.bind(account.uuid())).await.map(drop)
    }

    async fn set_generation_wait(&mut self, account: AccountId, wait: GenerationWait) -> PortResult<()> {
        let statement = query("UPDATE accounts SET generation_until = ?2, generation_length = ?3 WHERE id = ?1")
            .bind(account.uuid())
            .bind(wait.until.map(SqliteTime))
            .bind(i64::try_from(wait.length.as_micros()).unwrap_or(i64::MAX));
        self.unit.affected(statement).await.map(drop)
    }
    async fn note_network(
        &mut self,
        account: AccountId,
        network: Network,
        at: Timestamp,
        forget: Timestamp,
    ) -> PortResult<()> {
        let forgetting = query("DELETE FROM known_networks WHERE account_id = ?1 AND network <> ?2 AND last_at < ?3")
            .bind(account.uuid())
            .bind(network.to_string())
            .bind(SqliteTime(forget));
        self.unit.affected(forgetting).await?;
        let noting = query(
            "INSERT INTO known_networks (account_id, network, last_at) SELECT id, ?2, ?3 FROM accounts WHERE id = ?1 \
             ON CONFLICT (account_id, network) DO UPDATE SET last_at = max(last_at, excluded.last_at)",
        )
        .bind(account.uuid())
        .bind(network.to_string())
        .bind(SqliteTime(at));
        self.unit.affected(noting).await.map(drop)
    }
}
