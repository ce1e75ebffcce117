use crate::{rows, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RecoveryStore};
use backstop_domain::{AccountId, Duties, Recovery};
use sqlx::query;

pub(crate) struct PgRecoveryStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl RecoveryStore for PgRecoveryStore<'_> {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()> {
        self.unit.add_recovery(*recovery);
        Ok(())
    }

    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<Duties> {
        self.unit.flush().await?;
        let statement = query(
            "WITH before AS (SELECT bit_or(owed & ~settled & $2) AS open FROM recoveries WHERE account_id = $1), \
             done AS (UPDATE recoveries SET settled = settled | $2 WHERE account_id = $1 AND settled & $2 <> $2) \
             SELECT coalesce(open, 0::smallint) AS open FROM before",
        );
        let row = self.unit.one(statement.bind(account.uuid()).bind(i16::from(duties.bits()))).await?;
        rows::duties(&row, "open")
    }
}
