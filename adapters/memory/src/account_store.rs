use crate::{storage::rejected, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{AccountInserted, AccountStore, AccountUpdated, Erased, PortResult};
use backstop_domain::{Account, AccountId, Role, SuspensionReason, Timestamp};

pub(crate) struct MemoryAccountStore<'a>(pub(crate) &'a mut Tables);

impl MemoryAccountStore<'_> {
    fn email_is_taken(&self, account: &Account) -> bool {
        account.email.as_ref().is_some_and(|wanted| {
            let has_it = |other: &Account| other.email.as_ref().is_some_and(|email| email.key() == wanted.key());
            self.0.accounts().any(|other| other.id != account.id && has_it(other))
        })
    }
}

#[async_trait]
impl AccountStore for MemoryAccountStore<'_> {
    async fn get(&mut self, id: AccountId) -> PortResult<Option<Account>> {
        Ok(self.0.account(id).cloned())
    }

    async fn insert(&mut self, account: &Account) -> PortResult<AccountInserted> {
        if self.0.accounts().any(|a| a.subject == account.subject) {
            return Ok(AccountInserted::SubjectTaken);
        }
        if self.email_is_taken(account) {
            return Ok(AccountInserted::EmailTaken);
        }
        if self.0.account(account.id).is_some() {
            return Err(rejected("an account with this id exists"));
        }
        self.0.accounts_mut().insert(account.id, account.clone());
        Ok(AccountInserted::Done)
    }

    async fn update(&mut self, account: &Account) -> PortResult<AccountUpdated> {
        if self.0.account(account.id).is_none() {
            return Ok(AccountUpdated::Missing);
        }
        if self.email_is_taken(account) {
            return Ok(AccountUpdated::EmailTaken);
        }
        if let Some(stored) = self.0.accounts_mut().get_mut(&account.id) {
            stored.email.clone_from(&account.email);
            stored.email_confirmed = account.email_confirmed;
            stored.notify_emails.clone_from(&account.notify_emails);
            stored.display_name.clone_from(&account.display_name);
            stored.locale.clone_from(&account.locale);
            stored.modified_at = account.modified_at;
        }
        Ok(AccountUpdated::Done)
    }

    async fn verify_setup(&mut self, id: AccountId, at: Timestamp) -> PortResult<bool> {
        match self.0.accounts_mut().get_mut(&id) {
            Some(account) if account.setup_verified_at.is_none() => {
                account.setup_verified_at = Some(at);
                account.modified_at = at;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn set_suspended(
        &mut self,
        id: AccountId,
        reason: Option<SuspensionReason>,
        at: Timestamp,
    ) -> PortResult<bool> {
        match self.0.accounts_mut().get_mut(&id) {
            Some(account) if account.suspended != reason => {
                account.suspended = reason;
                account.modified_at = at;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn hold_administrator(&mut self, id: AccountId) -> PortResult<bool> {
        Ok(self.0.account(id).is_some_and(|account| account.role == Role::Admin))
    }

    async fn erase(&mut self, id: AccountId) -> PortResult<Option<Erased>> {
        if self.0.account(id).is_none() {
            return Ok(None);
        }
        let (batches, codes) = self.0.remove_all_of(id);
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Some(Erased { batches: count(batches), codes: count(codes) }))
    }
}
