use crate::{
    rows::{cell, instant, some_instant},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{NoticeStore, PortResult, Told};
use backstop_domain::{AccountId, TaskId, Timestamp};
use sqlx::query;

pub(crate) struct SqliteNoticeStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl NoticeStore for SqliteNoticeStore<'_> {
    async fn note(&mut self, told: &Told) -> PortResult<bool> {
        let statement = query(
            "INSERT INTO notices (task_id, account_id, at, held) \
             SELECT ?1, a.id, ?3, ?4 FROM accounts a WHERE a.id = ?2 ON CONFLICT (task_id) DO NOTHING",
        )
        .bind(told.task.uuid())
        .bind(told.account.uuid())
        .bind(SqliteTime(told.at))
        .bind(told.held.clone());
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn told_since(&mut self, account: AccountId, since: Timestamp) -> PortResult<(u32, Option<Timestamp>)> {
        let statement = query(
            "SELECT count(*) AS told, min(at) AS first FROM notices \
             WHERE account_id = ?1 AND at > ?2 AND held IS NULL",
        );
        let row = self.unit.one(statement.bind(account.uuid()).bind(SqliteTime(since))).await?;
        let told = u32::try_from(cell::<i64>(&row, "told")?).unwrap_or(u32::MAX);
        Ok((told, some_instant(&row, "first")?))
    }

    async fn take_held(&mut self, account: AccountId) -> PortResult<Vec<Told>> {
        let kept =
            query("SELECT task_id, at, held FROM notices WHERE account_id = ?1 AND held IS NOT NULL ORDER BY at, seq");
        let rows = self.unit.all(kept.bind(account.uuid())).await?;
        let telling = query("UPDATE notices SET held = NULL WHERE account_id = ?1 AND held IS NOT NULL");
        self.unit.affected(telling.bind(account.uuid())).await?;
        let told = |row| {
            let task = TaskId::new(cell(row, "task_id")?);
            Ok(Told { task, account, at: instant(row, "at")?, held: cell(row, "held")? })
        };
        rows.iter().map(told).collect()
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "DELETE FROM notices WHERE seq IN \
             (SELECT seq FROM notices WHERE held IS NULL AND at <= ?1 ORDER BY at LIMIT ?2)",
        );
        self.unit.affected(statement.bind(SqliteTime(until)).bind(i64::from(most))).await
    }
}
