use crate::{rows::cell, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{LinkStore, NewLink, PortResult};
use backstop_domain::{AccountId, LinkPurpose, Timestamp, TokenDigest};
use sqlx::query;

pub(crate) struct SqliteLinkStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl LinkStore for SqliteLinkStore<'_> {
    async fn insert(&mut self, link: &NewLink) -> PortResult<()> {
        let statement = query(
            "INSERT INTO links (digest, account_id, purpose, expires_at) \
             SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.id = ?2)",
        )
        .bind(link.digest.bytes().to_vec())
        .bind(link.account.uuid())
        .bind(link.purpose.as_str())
        .bind(SqliteTime(link.expires_at));
        self.unit.affected(statement).await.map(drop)
    }

    async fn owner(
        &mut self,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<Option<AccountId>> {
        let statement = query("SELECT account_id FROM links WHERE digest = ?1 AND purpose = ?2 AND expires_at > ?3")
            .bind(digest.bytes().to_vec())
            .bind(purpose.as_str())
            .bind(SqliteTime(now));
        let row = self.unit.optional(statement).await?;
        row.map(|row| cell(&row, "account_id").map(AccountId::new)).transpose()
    }

    async fn spend(
        &mut self,
        account: AccountId,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<bool> {
        let statement =
            query("DELETE FROM links WHERE digest = ?1 AND purpose = ?2 AND expires_at > ?3 AND account_id = ?4")
                .bind(digest.bytes().to_vec())
                .bind(purpose.as_str())
                .bind(SqliteTime(now))
                .bind(account.uuid());
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn withdraw(&mut self, account: AccountId, purpose: LinkPurpose) -> PortResult<u64> {
        let statement = query("DELETE FROM links WHERE account_id = ?1 AND purpose = ?2");
        self.unit.affected(statement.bind(account.uuid()).bind(purpose.as_str())).await
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "DELETE FROM links WHERE digest IN \
             (SELECT digest FROM links WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        );
        self.unit.affected(statement.bind(SqliteTime(until)).bind(i64::from(most))).await
    }
}
