use super::{
    caller::Caller,
    gate::Aim,
    second_step::{Judged, SecondStepError, SecondSteps, Standing},
    sessions::Opened,
    set_up_second_step::{may_set_up, own},
};
use crate::{
    Ports, Settings,
    ports::{PortResult, Proposal},
};
use backstop_domain::{
    AuditKind, Duties, Duty, SecondStepRefusal, SecretText, TimeStep, TotpCode, letter::SecondStepChange,
};

/// Makes what was proposed the authenticator of the account, once a code of it was typed. The session has passed the
/// second step with that.
pub struct ConfirmSecondStep {
    steps: SecondSteps,
}

#[derive(Clone, Debug)]
pub struct Confirmation {
    pub session_token: SecretText,
    pub typed: SecretText,
    pub caller: Caller,
}

impl ConfirmSecondStep {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { steps: SecondSteps::new(ports, settings) }
    }

    /// The session goes on under the token that this gives; the old one opens nothing any more.
    pub async fn run(&self, confirmation: &Confirmation) -> Result<Opened, SecondStepError> {
        let Confirmation { session_token, typed, caller } = confirmation;
        let code = TotpCode::parse(typed.reveal())?;
        let standing = self.steps.standing(session_token).await?;
        may_set_up(&standing, &standing.factor)?;
        let proposal = own(&standing, &standing.factor).ok_or(SecondStepError::NotSetUp)?;
        let aim = Aim::Known(Box::new(standing.account.clone()));
        let passed = self.steps.admit(&aim, caller).await?;
        let outcome = self.judge(&standing, proposal, &code, caller).await;
        self.steps.settle(&standing.account, caller, &passed, outcome).await?;
        self.steps.go_on(&standing).await
    }

    async fn judge(
        &self,
        standing: &Standing,
        proposal: &Proposal,
        code: &TotpCode,
        caller: &Caller,
    ) -> PortResult<Judged> {
        let now = self.steps.sessions.clock.now();
        match self.steps.authenticators.step(standing.account.id, &proposal.secret, code, now)? {
            Some(step) => retry_contention!(self.store(standing, proposal, step, caller).await),
            None => Ok(Err(SecondStepRefusal::Wrong)),
        }
    }

    async fn store(
        &self,
        standing: &Standing,
        proposal: &Proposal,
        step: TimeStep,
        caller: &Caller,
    ) -> PortResult<Judged> {
        let account = &standing.account;
        let others = self.steps.others().await?;
        let mut unit = self.steps.storage.begin_locking(account.id).await?;
        let now = self.steps.sessions.clock.now();
        let before = unit.second_factors().get(account.id).await?.authenticator;
        if !unit.second_factors().confirm(account.id, proposal, step, now).await? {
            unit.rollback().await?;
            return Ok(Err(SecondStepRefusal::LostRace));
        }
        // What a recovery code left to do is done.
        unit.recoveries().settle(account.id, [Duty::EnrolAuthenticator].into_iter().collect::<Duties>()).await?;
        unit.audit().append(self.steps.entry(AuditKind::SecondStepSetUp, account, caller, None)).await?;
        let change = if before.is_some() { SecondStepChange::Replaced } else { SecondStepChange::SetUp };
        self.steps.tell(&mut *unit, &others, account, change, caller).await?;
        unit.commit().await?;
        Ok(Ok(()))
    }
}
