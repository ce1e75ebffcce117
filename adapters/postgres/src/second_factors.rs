use crate::{
    rows::{self, Statement},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Proposal, SecondFactor, SecondFactorStore, StepUsed};
use backstop_domain::{AccountId, Sealed, TimeStep, Timestamp};
use sqlx::query;

pub(crate) struct PgSecondFactorStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

pub(crate) fn of(account: AccountId) -> Statement {
    let columns = "SELECT secret, confirmed_at, last_step, failures, proposed, proposed_to FROM second_factors \
                   WHERE account_id = $1";
    query(columns).bind(account.uuid())
}

fn number(step: TimeStep) -> i64 {
    // Steps of all times that there are fit.
    i64::try_from(step.number()).unwrap_or(i64::MAX)
}

#[async_trait]
impl SecondFactorStore for PgSecondFactorStore<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<SecondFactor> {
        let row = self.unit.optional(of(account)).await?;
        row.as_ref().map_or_else(|| Ok(SecondFactor::default()), rows::second_factor)
    }

    async fn propose(&mut self, account: AccountId, proposal: &Proposal) -> PortResult<bool> {
        let statement = query(
            "INSERT INTO second_factors (account_id, proposed, proposed_to) SELECT id, $2, $3 FROM accounts WHERE id = $1 \
             ON CONFLICT (account_id) DO UPDATE SET proposed = excluded.proposed, proposed_to = excluded.proposed_to",
        )
        .bind(account.uuid())
        .bind(proposal.secret.bytes().to_vec())
        .bind(proposal.session.uuid());
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn confirm(
        &mut self,
        account: AccountId,
        proposal: &Proposal,
        step: TimeStep,
        at: Timestamp,
    ) -> PortResult<bool> {
        let statement = query(
            "UPDATE second_factors SET secret = proposed, confirmed_at = $4, last_step = $5, failures = 0, \
             proposed = NULL, proposed_to = NULL WHERE account_id = $1 AND proposed = $2 AND proposed_to = $3",
        )
        .bind(account.uuid())
        .bind(proposal.secret.bytes().to_vec())
        .bind(proposal.session.uuid())
        .bind(PgTime(at))
        .bind(number(step));
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn use_step(&mut self, account: AccountId, secret: &Sealed, step: TimeStep) -> PortResult<StepUsed> {
        let statement = query(
            "UPDATE second_factors SET last_step = $3, failures = 0 \
             WHERE account_id = $1 AND secret = $2 AND last_step < $3",
        )
        .bind(account.uuid())
        .bind(secret.bytes().to_vec())
        .bind(number(step));
        if self.unit.affected(statement).await? == 1 {
            return Ok(StepUsed::Done);
        }
        let statement = query("SELECT 1 AS stands FROM second_factors WHERE account_id = $1 AND secret = $2");
        let stands = self.unit.optional(statement.bind(account.uuid()).bind(secret.bytes().to_vec())).await?;
        Ok(if stands.is_some() { StepUsed::Before } else { StepUsed::OtherSecret })
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        let statement =
            query("UPDATE second_factors SET failures = failures + 1 WHERE account_id = $1 AND secret IS NOT NULL");
        self.unit.affected(statement.bind(account.uuid())).await.map(drop)
    }

    async fn remove(&mut self, account: AccountId) -> PortResult<bool> {
        let statement = query("DELETE FROM second_factors WHERE account_id = $1").bind(account.uuid());
        Ok(self.unit.affected(statement).await? == 1)
    }
}
