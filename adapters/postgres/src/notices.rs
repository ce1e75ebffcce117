use crate::{
    rows::{cell, instant, some_instant},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{NoticeStore, PortResult, Told};
use backstop_domain::{AccountId, TaskId, Timestamp};
use sqlx::query;

pub(crate) struct PgNoticeStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl NoticeStore for PgNoticeStore<'_> {
    async fn note(&mut self, told: &Told) -> PortResult<bool> {
        let statement = query(
            "INSERT INTO notices (task_id, account_id, at, held) \
             SELECT $1, a.id, $3, $4 FROM accounts a WHERE a.id = $2 FOR KEY SHARE ON CONFLICT (task_id) DO NOTHING",
        )
        .bind(told.task.uuid())
        .bind(told.account.uuid())
        .bind(PgTime(told.at))
        .bind(told.held.clone());
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn told_since(&mut self, account: AccountId, since: Timestamp) -> PortResult<(u32, Option<Timestamp>)> {
        let statement = query(
            "SELECT count(*) AS told, min(at) AS first FROM notices \
             WHERE account_id = $1 AND at > $2 AND held IS NULL",
        );
        let row = self.unit.one(statement.bind(account.uuid()).bind(PgTime(since))).await?;
        let told = u32::try_from(cell::<i64>(&row, "told")?).unwrap_or(u32::MAX);
        Ok((told, some_instant(&row, "first")?))
    }

    async fn take_held(&mut self, account: AccountId) -> PortResult<Vec<Told>> {
        let statement = query(
            "WITH kept AS (SELECT seq, task_id, at, held FROM notices \
             WHERE account_id = $1 AND held IS NOT NULL FOR UPDATE), \
             told AS (UPDATE notices n SET held = NULL FROM kept WHERE n.seq = kept.seq) \
             SELECT * FROM kept ORDER BY at, seq",
        );
        let rows = self.unit.all(statement.bind(account.uuid())).await?;
        let told = |row| {
            let task = TaskId::new(cell(row, "task_id")?);
            Ok(Told { task, account, at: instant(row, "at")?, held: cell(row, "held")? })
        };
        rows.iter().map(told).collect()
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "WITH old AS MATERIALIZED (SELECT seq FROM notices WHERE held IS NULL AND at <= $1 ORDER BY at LIMIT $2 \
             FOR UPDATE SKIP LOCKED) DELETE FROM notices n USING old WHERE n.seq = old.seq",
        );
        self.unit.affected(statement.bind(PgTime(until)).bind(i64::from(most))).await
    }
}
