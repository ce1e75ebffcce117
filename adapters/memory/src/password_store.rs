use crate::tables::Tables;
use async_trait::async_trait;
use backstop_application::ports::{PasswordStore, PortResult, StoredPassword};
use backstop_domain::{AccountId, Timestamp, Verifier};

pub(crate) struct MemoryPasswordStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl PasswordStore for MemoryPasswordStore<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<Option<StoredPassword>> {
        Ok(self.0.password(account).cloned())
    }

    async fn set(&mut self, account: AccountId, verifier: &Verifier, _at: Timestamp) -> PortResult<bool> {
        if self.0.account(account).is_none() {
            return Ok(false);
        }
        let signed_out_at = self.0.password(account).and_then(|before| before.signed_out_at);
        let stored = StoredPassword { verifier: verifier.clone(), failures: 0, signed_out_at };
        self.0.passwords_mut().insert(account, stored);
        Ok(true)
    }

    async fn sign_out(&mut self, account: AccountId, at: Timestamp) -> PortResult<()> {
        if let Some(stored) = self.0.passwords_mut().get_mut(&account) {
            stored.signed_out_at = stored.signed_out_at.max(Some(at));
        }
        Ok(())
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        if let Some(stored) = self.0.passwords_mut().get_mut(&account) {
            stored.failures = stored.failures.saturating_add(1);
        }
        Ok(())
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        if let Some(stored) = self.0.passwords_mut().get_mut(&account) {
            stored.failures = 0;
        }
        Ok(())
    }
}
