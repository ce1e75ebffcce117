use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{
    PortError, PortResult, Proposal, SecondFactor, SecondFactorStore, StepUsed, StoredAuthenticator,
};
use backstop_domain::{AccountId, Sealed, TimeStep, Timestamp};
use tokio::task::yield_now;

impl BrokenStores<'_> {
    async fn authenticator(&mut self, account: AccountId) -> PortResult<Option<StoredAuthenticator>> {
        Ok(sound!(self, second_factors.get(account))?.authenticator)
    }

    async fn fail_often(&mut self, account: AccountId, times: u32) -> PortResult<()> {
        for _ in 0..times {
            sound!(self, second_factors.fail(account))?;
        }
        Ok(())
    }
}

#[async_trait]
impl SecondFactorStore for BrokenStores<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<SecondFactor> {
        sound!(self, second_factors.get(account))
    }

    async fn propose(&mut self, account: AccountId, proposal: &Proposal) -> PortResult<bool> {
        match self.core.defect {
            Defect::ProposalsAreForgotten => return Ok(true),
            Defect::ProposalEndsTheAuthenticator => {
                sound!(self, second_factors.remove(account))?;
            }
            _ => {}
        }
        let proposed = sound!(self, second_factors.propose(account, proposal))?;
        Ok(proposed || self.has(Defect::ProposalForNobody))
    }

    async fn confirm(
        &mut self,
        account: AccountId,
        proposal: &Proposal,
        step: TimeStep,
        at: Timestamp,
    ) -> PortResult<bool> {
        let before = sound!(self, second_factors.get(account))?;
        let failures = before.authenticator.as_ref().map_or(0, |stored| stored.failures);
        let mut meant = proposal.clone();
        match (self.core.defect, &before.proposal) {
            (Defect::ConfirmsAnyProposal, Some(stored)) if stored.session == meant.session => meant = stored.clone(),
            (Defect::ConfirmsForAnySession, Some(stored)) if stored.secret == meant.secret => meant = stored.clone(),
            _ => {}
        }
        let step = if self.has(Defect::ConfirmingUsesNoStep) { TimeStep::new(0) } else { step };
        let confirmed = sound!(self, second_factors.confirm(account, &meant, step, at))?;
        if confirmed && self.has(Defect::ConfirmedProposalStays) {
            sound!(self, second_factors.propose(account, proposal))?;
        }
        if confirmed && self.has(Defect::ConfirmingKeepsFailures) {
            self.fail_often(account, failures).await?;
        }
        Ok(confirmed)
    }

    async fn use_step(&mut self, account: AccountId, secret: &Sealed, step: TimeStep) -> PortResult<StepUsed> {
        let stored = self.authenticator(account).await?;
        let Some(stored) = stored else { return sound!(self, second_factors.use_step(account, secret, step)) };
        match self.core.defect {
            Defect::FindsThenUpdates if stored.secret == *secret => {
                let is_new = stored.last_step < step;
                yield_now().await;
                sound!(self, second_factors.use_step(account, secret, step))?;
                Ok(if is_new { StepUsed::Done } else { StepUsed::Before })
            }
            Defect::OlderStepsAreGood if stored.secret == *secret && stored.last_step > step => Ok(StepUsed::Done),
            Defect::StepsOfAnySecret => sound!(self, second_factors.use_step(account, &stored.secret, step)),
            Defect::StepsKeepFailures => {
                let used = sound!(self, second_factors.use_step(account, secret, step))?;
                if used == StepUsed::Done {
                    self.fail_often(account, stored.failures).await?;
                }
                Ok(used)
            }
            _ => sound!(self, second_factors.use_step(account, secret, step)),
        }
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::WrongCodesAreNotCounted => return Ok(()),
            Defect::WrongCodesNeedAnAuthenticator => {
                if self.authenticator(account).await?.is_none() {
                    return Err(PortError::corrupt("no such authenticator"));
                }
                vec![account]
            }
            Defect::WrongCodesOfEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, second_factors.fail(account))?;
        }
        Ok(())
    }

    async fn remove(&mut self, account: AccountId) -> PortResult<bool> {
        match self.core.defect {
            Defect::AuthenticatorsStay => {
                let found = sound!(self, second_factors.get(account))?;
                return Ok(found != SecondFactor::default());
            }
            Defect::RemovesAuthenticatorsOfEverybody => {
                for other in self.core.accounts().into_iter().filter(|other| *other != account) {
                    sound!(self, second_factors.remove(other))?;
                }
            }
            _ => {}
        }
        sound!(self, second_factors.remove(account))
    }
}
