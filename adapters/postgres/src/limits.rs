use crate::{lock::Decoy, rows::cell, time::PgTime, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{Failed, LimitStore, PortResult};
use backstop_domain::{AccountId, Network, SuspensionReason, Timestamp, guard::GenerationWait};
use sqlx::query;

pub(crate) struct PgLimitStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl LimitStore for PgLimitStore<'_> {
    async fn fail(&mut self, account: AccountId, most: u32, at: Timestamp) -> PortResult<Failed> {
        self.unit.flush().await?;
        // Where there is no account a decoy is changed, because changing nothing would be quicker.
        let statement = query(
            "WITH before AS (SELECT id, suspended FROM accounts WHERE id = $1), \
             counted AS (UPDATE accounts a SET failures = a.failures + 1, \
             suspended = CASE WHEN a.failures + 1 >= $2 THEN coalesce(a.suspended, $3) ELSE a.suspended END, \
             modified_at = CASE WHEN a.failures + 1 >= $2 AND a.suspended IS NULL THEN $4 ELSE a.modified_at END \
             FROM before WHERE a.id = before.id \
             RETURNING before.suspended IS DISTINCT FROM a.suspended AS changed), \
             decoyed AS (UPDATE decoys SET failures = (failures + 1) % 1000000 \
             WHERE number = $5 AND NOT EXISTS (SELECT FROM before)) \
             SELECT changed FROM counted",
        )
        .bind(account.uuid())
        .bind(i64::from(most))
        .bind(SuspensionReason::Failures.as_str())
        .bind(PgTime(at))
        .bind(Decoy::of(account).0);
        let Some(row) = self.unit.optional(statement).await? else { return Ok(Failed::Missing) };
        Ok(Failed::Counted { suspended: cell(&row, "changed")? })
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        self.unit.add_cleared(account);
        Ok(())
    }

    async fn set_generation_wait(&mut self, account: AccountId, wait: GenerationWait) -> PortResult<()> {
        let statement = query("UPDATE accounts SET generation_until = $2, generation_length = $3 WHERE id = $1")
            .bind(account.uuid())
            .bind(wait.until.map(PgTime))
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
        // One statement may not change a row twice, so that it forgets no time of the network it notes.
        let statement = query(
            "WITH forgotten AS (DELETE FROM known_networks WHERE account_id = $1 AND network <> $2 AND last_at < $4) \
             INSERT INTO known_networks AS known (account_id, network, last_at) \
             SELECT id, $2, $3 FROM accounts WHERE id = $1 \
             ON CONFLICT (account_id, network) DO UPDATE SET last_at = greatest(known.last_at, excluded.last_at)",
        )
        .bind(account.uuid())
        .bind(network.to_string())
        .bind(PgTime(at))
        .bind(PgTime(forget));
        self.unit.affected(statement).await.map(drop)
    }
}
