use crate::{
    Ports, Settings,
    ports::{AccountReader, PortResult},
};
use backstop_domain::{AccountId, SessionKind};
use std::sync::Arc;

/// Whether a person who has such a session can be asked for a password.
pub struct HasPassword {
    accounts: Arc<dyn AccountReader>,
    local: bool,
}

impl HasPassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { accounts: Arc::clone(&ports.accounts), local: settings.local_passwords }
    }

    pub async fn run(&self, account: AccountId, kind: SessionKind) -> PortResult<bool> {
        let asked_for = self.local || kind == SessionKind::Console;
        Ok(asked_for && self.accounts.password(account).await?.is_some())
    }
}
