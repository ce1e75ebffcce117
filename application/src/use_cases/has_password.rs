use crate::{
    Ports, Settings,
    ports::{AccountReader, PortResult},
};
use backstop_domain::AccountId;
use std::sync::Arc;

/// Whether a person can be asked for a password on our own pages.
pub struct HasPassword {
    accounts: Arc<dyn AccountReader>,
    local: bool,
}

impl HasPassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { accounts: Arc::clone(&ports.accounts), local: settings.local_passwords }
    }

    pub async fn run(&self, account: AccountId) -> PortResult<bool> {
        Ok(self.local && self.accounts.password(account).await?.is_some())
    }
}
