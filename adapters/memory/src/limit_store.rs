use crate::tables::Tables;
use async_trait::async_trait;
use backstop_application::ports::{Failed, LimitStore, PortResult};
use backstop_domain::{AccountId, Network, SuspensionReason, Timestamp, guard::GenerationWait};

pub(crate) struct MemoryLimitStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl LimitStore for MemoryLimitStore<'_> {
    async fn fail(&mut self, account: AccountId, most: u32, at: Timestamp) -> PortResult<Failed> {
        if self.0.account(account).is_none() {
            return Ok(Failed::Missing);
        }
        let failures = self.0.failures_mut().entry(account).or_default();
        *failures += 1;
        let over = *failures >= most;
        let suspended = match self.0.accounts_mut().get_mut(&account) {
            Some(stored) if over && stored.suspended.is_none() => {
                stored.suspended = Some(SuspensionReason::Failures);
                stored.modified_at = at;
                true
            }
            _ => false,
        };
        Ok(Failed::Counted { suspended })
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        self.0.failures_mut().remove(&account);
        Ok(())
    }

    async fn set_generation_wait(&mut self, account: AccountId, wait: GenerationWait) -> PortResult<()> {
        if let Some(stored) = self.0.accounts_mut().get_mut(&account) {
            stored.generation = wait;
        }
        Ok(())
    }

    async fn note_network(
        &mut self,
        account: AccountId,
        network: Network,
        at: Timestamp,
        forget: Timestamp,
    ) -> PortResult<()> {
        if self.0.account(account).is_none() {
            return Ok(());
        }
        let networks = self.0.networks_mut();
        networks.retain(|(owner, other), last| *owner != account || *other == network || *last >= forget);
        let last = networks.entry((account, network)).or_insert(at);
        *last = at.max(*last);
        Ok(())
    }
}
