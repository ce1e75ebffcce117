use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, PortResult, Storage, WhichSessions},
    use_cases::{ActError, EndSessionsOfAccount, Named},
};
use backstop_domain::AccountId;
use std::sync::Arc;

/// Signs somebody else out.
pub struct EndSessions {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    end: EndSessionsOfAccount,
}

impl EndSessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            clock: Arc::clone(&ports.clock),
            end: EndSessionsOfAccount::new(ports, settings),
        }
    }

    /// How many sessions ended. Where all are meant, those of an account with a password that can't be reached now, in
    /// another process or in a store that is out, open nothing from then on either.
    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        which: WhichSessions,
        by: &Administrator,
    ) -> Result<u64, ActError> {
        let caller = by.caller();
        let account = account.into().find(&*self.accounts, caller).await?.ok_or(ActError::NotFound)?.id;
        if which == WhichSessions::All {
            retry_contention!(self.sign_out(account).await)?;
        }
        Ok(self.end.run(account, which, &caller.actor(), &caller.origin()).await?)
    }

    async fn sign_out(&self, account: AccountId) -> PortResult<()> {
        let mut unit = self.storage.begin_locking(account).await?;
        unit.passwords().sign_out(account, self.clock.now()).await?;
        unit.commit().await
    }
}
