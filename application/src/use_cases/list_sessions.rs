use super::sessions::Sessions;
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::{AccountId, Session};

/// Shows where an account is signed in.
pub struct ListSessions {
    sessions: Sessions,
}

impl ListSessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    /// Those whose time is not up, the newest first.
    pub async fn run(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let mut all = self.sessions.store.of_account(account).await?;
        let now = self.sessions.clock.now();
        all.retain(|session| !session.is_over(&self.sessions.rules, now));
        Ok(all)
    }
}
