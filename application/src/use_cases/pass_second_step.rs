use super::{
    attempt::{Attempts, CodeRequest},
    caller::Caller,
    gate::{Aim, Whom},
    redeem_code::RedeemCode,
    second_step::{Judged, SecondStepError, SecondSteps, Standing},
    sessions::Opened,
};
use crate::{
    Ports, Settings,
    ports::{PortResult, StepUsed, StoredAuthenticator},
};
use backstop_domain::{
    Account, AuditKind, Duty, SecondStepMethod, SecondStepRefusal, SecretText, TimeStep, TotpCode,
    guard::MOST_CONSECUTIVE_FAILURES, letter::SecondStepChange,
};
use std::sync::Arc;

/// Passes the second step of a sign-in to the console: with a code of the authenticator, or with one of the account's own
/// recovery codes, which is used up as by any redemption. Neither is worth anything before the password.
pub struct PassSecondStep {
    steps: SecondSteps,
    codes: RedeemCode,
}

#[derive(Clone, Debug)]
pub struct SecondStepProof {
    pub session_token: SecretText,
    pub method: SecondStepMethod,
    pub typed: SecretText,
    pub caller: Caller,
}

impl PassSecondStep {
    /// `attempts` are those with codes of the people who run the service.
    pub(crate) fn new(ports: &Ports, settings: &Settings, attempts: Arc<Attempts>) -> Self {
        // Whatever applications have their users do: a code that stood in for an authenticator says that it is lost, and
        // that a code is missing now.
        let settings = Settings { duties: Duty::ALL.iter().copied().collect(), ..settings.clone() };
        Self { steps: SecondSteps::new(ports, &settings), codes: RedeemCode::new(ports, &settings, attempts) }
    }

    /// The session goes on under the token that this gives; the old one opens nothing any more.
    pub async fn run(&self, proof: &SecondStepProof) -> Result<Opened, SecondStepError> {
        match proof.method {
            SecondStepMethod::Totp => self.with_totp(proof).await,
            SecondStepMethod::Code => self.with_code(proof).await,
        }
    }

    async fn standing(&self, proof: &SecondStepProof) -> Result<(Standing, StoredAuthenticator), SecondStepError> {
        let mut standing = self.steps.standing(&proof.session_token).await?;
        let authenticator = standing.factor.authenticator.take().ok_or(SecondStepError::NotSetUp)?;
        Ok((standing, authenticator))
    }

    async fn with_totp(&self, proof: &SecondStepProof) -> Result<Opened, SecondStepError> {
        let code = TotpCode::parse(proof.typed.reveal())?;
        let (standing, authenticator) = self.standing(proof).await?;
        let aim = Aim::Known(Box::new(standing.account.clone()));
        let passed = self.steps.admit(&aim, &proof.caller).await?;
        let outcome = self.judge(&standing.account, &authenticator, &code, &proof.caller).await;
        self.steps.settle(&standing.account, &proof.caller, &passed, outcome).await?;
        self.steps.go_on(&standing).await
    }

    async fn judge(
        &self,
        account: &Account,
        authenticator: &StoredAuthenticator,
        code: &TotpCode,
        caller: &Caller,
    ) -> PortResult<Judged> {
        if authenticator.failures >= MOST_CONSECUTIVE_FAILURES {
            return Ok(Err(SecondStepRefusal::WornOut));
        }
        let now = self.steps.sessions.clock.now();
        match self.steps.authenticators.step(account.id, &authenticator.secret, code, now)? {
            Some(step) => retry_contention!(self.use_step(account, authenticator, step, caller).await),
            None => Ok(Err(SecondStepRefusal::Wrong)),
        }
    }

    async fn use_step(
        &self,
        account: &Account,
        authenticator: &StoredAuthenticator,
        step: TimeStep,
        caller: &Caller,
    ) -> PortResult<Judged> {
        let mut unit = self.steps.storage.begin_locking(account.id).await?;
        let used = unit.second_factors().use_step(account.id, &authenticator.secret, step).await?;
        let refused = match used {
            StepUsed::Done => {
                unit.audit().append(self.passed(account, caller, SecondStepMethod::Totp)).await?;
                unit.commit().await?;
                return Ok(Ok(()));
            }
            StepUsed::Before => SecondStepRefusal::Replayed,
            StepUsed::OtherSecret => SecondStepRefusal::LostRace,
        };
        unit.rollback().await?;
        Ok(Err(refused))
    }

    /// The code is used before the second step is passed: a fault in between costs the code, and never lets in twice.
    async fn with_code(&self, proof: &SecondStepProof) -> Result<Opened, SecondStepError> {
        let (standing, _) = self.standing(proof).await?;
        let whom = Whom::Subject(standing.account.subject.clone());
        let request = CodeRequest::of_owner(whom, proof.typed.clone(), proof.caller.clone());
        let (account, _) = self.codes.redeem(&request).await?;
        if account != standing.account.id {
            // Somebody else has the subject by now; their code is used, and this session's account is gone.
            return Err(SecondStepError::NoSession);
        }
        retry_contention!(self.note_code(&standing.account, &proof.caller).await)?;
        self.steps.go_on(&standing).await
    }

    async fn note_code(&self, account: &Account, caller: &Caller) -> PortResult<()> {
        let others = self.steps.others().await?;
        let mut unit = self.steps.storage.begin_locking(account.id).await?;
        if unit.accounts().get(account.id).await?.is_none() {
            return unit.rollback().await;
        }
        unit.audit().append(self.passed(account, caller, SecondStepMethod::Code)).await?;
        self.steps.tell(&mut *unit, &others, account, SecondStepChange::StoodIn, caller).await?;
        unit.commit().await
    }

    fn passed(&self, account: &Account, caller: &Caller, method: SecondStepMethod) -> backstop_domain::AuditEntry {
        self.steps.entry(AuditKind::SecondStepPassed, account, caller, Some(method.as_str()))
    }
}
