use crate::tables::Tables;
use async_trait::async_trait;
use backstop_application::ports::{
    PortResult, Proposal, SecondFactor, SecondFactorStore, StepUsed, StoredAuthenticator,
};
use backstop_domain::{AccountId, Sealed, TimeStep, Timestamp};

pub(crate) struct MemorySecondFactorStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl SecondFactorStore for MemorySecondFactorStore<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<SecondFactor> {
        Ok(self.0.second_factor(account))
    }

    async fn propose(&mut self, account: AccountId, proposal: &Proposal) -> PortResult<bool> {
        if self.0.account(account).is_none() {
            return Ok(false);
        }
        self.0.second_factors_mut().entry(account).or_default().proposal = Some(proposal.clone());
        Ok(true)
    }

    async fn confirm(
        &mut self,
        account: AccountId,
        proposal: &Proposal,
        step: TimeStep,
        at: Timestamp,
    ) -> PortResult<bool> {
        if self.0.second_factor(account).proposal.as_ref() != Some(proposal) {
            return Ok(false);
        }
        let secret = proposal.secret.clone();
        let confirmed = StoredAuthenticator { secret, confirmed_at: at, last_step: step, failures: 0 };
        let factor = SecondFactor { authenticator: Some(confirmed), proposal: None };
        self.0.second_factors_mut().insert(account, factor);
        Ok(true)
    }

    async fn use_step(&mut self, account: AccountId, secret: &Sealed, step: TimeStep) -> PortResult<StepUsed> {
        let factor = self.0.second_factors_mut().get_mut(&account);
        let stored = factor.and_then(|factor| factor.authenticator.as_mut()).filter(|stored| stored.secret == *secret);
        Ok(match stored {
            None => StepUsed::OtherSecret,
            Some(stored) if stored.last_step >= step => StepUsed::Before,
            Some(stored) => {
                (stored.last_step, stored.failures) = (step, 0);
                StepUsed::Done
            }
        })
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        let factor = self.0.second_factors_mut().get_mut(&account);
        if let Some(stored) = factor.and_then(|factor| factor.authenticator.as_mut()) {
            stored.failures = stored.failures.saturating_add(1);
        }
        Ok(())
    }

    async fn remove(&mut self, account: AccountId) -> PortResult<bool> {
        Ok(self.0.second_factors_mut().remove(&account).is_some())
    }
}
