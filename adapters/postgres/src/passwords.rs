use crate::{
    lock::Decoy,
    rows::{self, Statement},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{PasswordStore, PortResult, StoredPassword};
use backstop_domain::{AccountId, Timestamp, Verifier};
use sqlx::query;

pub(crate) struct PgPasswordStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

pub(crate) fn of(account: AccountId) -> Statement {
    query("SELECT verifier, failures, signed_out_at FROM passwords WHERE account_id = $1").bind(account.uuid())
}

#[async_trait]
impl PasswordStore for PgPasswordStore<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<Option<StoredPassword>> {
        self.unit.optional(of(account)).await?.as_ref().map(rows::password).transpose()
    }

    async fn set(&mut self, account: AccountId, verifier: &Verifier, at: Timestamp) -> PortResult<bool> {
        let statement = query(
            "INSERT INTO passwords (account_id, verifier, set_at) SELECT id, $2, $3 FROM accounts WHERE id = $1 \
             ON CONFLICT (account_id) DO UPDATE SET verifier = excluded.verifier, failures = 0, set_at = excluded.set_at",
        )
        .bind(account.uuid())
        .bind(verifier.as_str())
        .bind(PgTime(at));
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn sign_out(&mut self, account: AccountId, at: Timestamp) -> PortResult<()> {
        let statement = query("UPDATE passwords SET signed_out_at = greatest(signed_out_at, $2) WHERE account_id = $1");
        self.unit.affected(statement.bind(account.uuid()).bind(PgTime(at))).await.map(drop)
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        // Where there is no password a decoy is changed, because changing nothing would be quicker.
        let statement = query(
            "WITH counted AS (UPDATE passwords SET failures = failures + 1 WHERE account_id = $1 RETURNING account_id) \
             UPDATE decoys SET failures = (failures + 1) % 1000000 \
             WHERE number = $2 AND NOT EXISTS (SELECT FROM counted)",
        )
        .bind(account.uuid())
        .bind(Decoy::of(account).0);
        self.unit.affected(statement).await.map(drop)
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        let statement = query("UPDATE passwords SET failures = 0 WHERE account_id = $1 AND failures <> 0");
        self.unit.affected(statement.bind(account.uuid())).await.map(drop)
    }
}
