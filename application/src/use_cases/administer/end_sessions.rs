use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, WhichSessions},
    use_cases::{ActError, Named, sessions::Sessions},
};
use std::sync::Arc;

/// Signs somebody else out.
pub struct EndSessions {
    accounts: Arc<dyn AccountReader>,
    sessions: Sessions,
}

impl EndSessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { accounts: Arc::clone(&ports.accounts), sessions: Sessions::new(ports, settings) }
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
        let lasts = which == WhichSessions::All;
        Ok(self.sessions.end(account, which, (&caller.actor(), &caller.origin()), lasts).await?)
    }
}
