use crate::{rows, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RecoveryStore};
use backstop_domain::{AccountId, Duties, Recovery};
use sqlx::query;

pub(crate) struct SqliteRecoveryStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl RecoveryStore for SqliteRecoveryStore<'_> {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()> {
        let statement = query(
            "INSERT INTO recoveries (id, account_id, batch_id, code_id, at, owed, settled, network) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(recovery.id.uuid())
        .bind(recovery.account.uuid())
        .bind(recovery.batch.uuid())
        .bind(recovery.code.uuid())
        .bind(SqliteTime(recovery.at))
        .bind(i64::from(recovery.owed.bits()))
        .bind(i64::from(recovery.settled.bits()))
        .bind(recovery.network.map(|network| network.to_string()));
        self.unit.affected(statement).await.map(drop)
    }

    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<Duties> {
        let before =
            query("SELECT json_group_array(owed & ~settled & ?2) AS open FROM recoveries WHERE account_id = ?1");
        let before = self.unit.one(before.bind(account.uuid()).bind(i64::from(duties.bits()))).await?;
        let statement =
            query("UPDATE recoveries SET settled = settled | ?2 WHERE account_id = ?1 AND settled & ?2 <> ?2");
        self.unit.affected(statement.bind(account.uuid()).bind(i64::from(duties.bits()))).await?;
        rows::duties(&before, "open")
    }
}
