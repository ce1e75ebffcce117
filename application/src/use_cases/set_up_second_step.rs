use super::second_step::{SecondStepError, SecondSteps, Standing};
use crate::{
    Ports, Settings,
    ports::{PortResult, Proposal, SecondFactor, SetUpText},
};
use backstop_domain::{Account, Sealed, SecretText, SiteName};

/// Proposes a secret for an authenticator app, and shows it to the session that it is proposed to, until it is confirmed.
/// No other session sees it, not even one of the same account: whoever has the password alone must not learn a secret
/// that its owner is about to confirm.
pub struct SetUpSecondStep {
    steps: SecondSteps,
    site: SiteName,
}

impl SetUpSecondStep {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { steps: SecondSteps::new(ports, settings), site: settings.delivery.site_name.clone() }
    }

    pub async fn run(&self, session_token: &SecretText) -> Result<SetUpText, SecondStepError> {
        let standing = self.steps.standing(session_token).await?;
        may_set_up(&standing, &standing.factor)?;
        if let Some(proposal) = own(&standing, &standing.factor)
            && let Some(text) = self.reveal(&standing.account, &proposal.secret)?
        {
            return Ok(text);
        }
        let account = standing.account.id;
        let proposal = Proposal { secret: self.steps.authenticators.make(account)?, session: standing.session.id };
        retry_contention!(self.propose(&standing, &proposal).await)??;
        let text = self.reveal(&standing.account, &proposal.secret)?;
        text.ok_or(SecondStepError::NotSetUp)
    }

    async fn propose(&self, standing: &Standing, proposal: &Proposal) -> PortResult<Result<(), SecondStepError>> {
        let mut unit = self.steps.storage.begin_locking(standing.account.id).await?;
        // An authenticator may have been set up since.
        let now = unit.second_factors().get(standing.account.id).await?;
        let allowed = may_set_up(standing, &now);
        if allowed.is_err() || !unit.second_factors().propose(standing.account.id, proposal).await? {
            unit.rollback().await?;
            return Ok(allowed.and(Err(SecondStepError::NoSession)));
        }
        unit.commit().await?;
        Ok(Ok(()))
    }

    fn reveal(&self, account: &Account, secret: &Sealed) -> PortResult<Option<SetUpText>> {
        let person = account.email.as_ref().map_or_else(|| account.subject.as_str(), |email| email.as_str());
        self.steps.authenticators.reveal(account.id, secret, self.site.as_str(), person)
    }
}

/// Who has an authenticator replaces it only after passing the second step, and a short while after a proof.
pub(crate) fn may_set_up(standing: &Standing, factor: &SecondFactor) -> Result<(), SecondStepError> {
    match &factor.authenticator {
        Some(_) if !standing.session.passed_second_step() => Err(SecondStepError::PassFirst),
        Some(_) if !standing.fresh => Err(SecondStepError::NotFresh),
        None | Some(_) => Ok(()),
    }
}

/// What was proposed to this session.
pub(crate) fn own<'a>(standing: &Standing, factor: &'a SecondFactor) -> Option<&'a Proposal> {
    factor.proposal.as_ref().filter(|proposal| proposal.session == standing.session.id)
}
