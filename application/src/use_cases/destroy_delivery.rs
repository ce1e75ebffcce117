use super::ActError;
use crate::{
    Ports,
    ports::{AccountReader, HistoryReader, Vault},
};
use backstop_domain::{BatchId, Role};
use std::sync::Arc;

/// Takes away what could still be delivered, because its holder has signed out or has what they need.
pub struct DestroyDelivery {
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    vault: Arc<dyn Vault>,
}

impl DestroyDelivery {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            vault: Arc::clone(&ports.vault),
        }
    }

    pub async fn run(&self, batch: BatchId) -> Result<(), ActError> {
        let owner = self.history.batch(batch).await?.ok_or(ActError::NotFound)?.account;
        let visible = self.accounts.by_id(owner).await?.is_some_and(|a| a.role == Role::User);
        if !visible {
            return Err(ActError::NotFound);
        }
        Ok(self.vault.remove(batch).await?)
    }
}
