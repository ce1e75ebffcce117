use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, WhichSessions},
    use_cases::{ActError, EndSessionsOfAccount, Named},
};
use std::sync::Arc;

/// Signs somebody else out.
pub struct EndSessions {
    accounts: Arc<dyn AccountReader>,
    end: EndSessionsOfAccount,
}

impl EndSessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { accounts: Arc::clone(&ports.accounts), end: EndSessionsOfAccount::new(ports, settings) }
    }

    /// How many sessions ended.
    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        which: WhichSessions,
        by: &Administrator,
    ) -> Result<u64, ActError> {
        let caller = by.caller();
        let account = account.into().find(&*self.accounts, caller).await?.ok_or(ActError::NotFound)?.id;
        Ok(self.end.run(account, which, &caller.actor(), &caller.origin()).await?)
    }
}
