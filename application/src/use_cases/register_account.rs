use super::{Named, caller::Caller, reset_password, trail::Trail};
use crate::{
    Ports,
    ports::{
        AccountInserted, AccountReader, AccountUpdated, Clock, Ids, PortError, PortErrorKind, PortResult, Storage,
    },
};
use backstop_domain::{Account, AccountId, AuditKind, DisplayName, EmailAddress, LinkPurpose, Locale, Subject};
use std::sync::Arc;
use thiserror::Error;

/// Makes an account known, or changes what is known about it.
pub struct RegisterAccount {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

/// What becomes of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T: Clone> Patch<T> {
    fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Registration {
    pub subject: Subject,
    pub changes: AccountChanges,
}

/// What becomes of what is known about an account.
#[derive(Clone, Debug, Default)]
pub struct AccountChanges {
    pub email: Patch<EmailAddress>,
    /// Without it a new address is unconfirmed, and an unchanged one stays as it is.
    pub email_confirmed: Option<bool>,
    pub display_name: Patch<DisplayName>,
    /// At most [`Account::MOST_NOTIFY_EMAILS`].
    pub notify_emails: Option<Vec<EmailAddress>>,
    pub locale: Patch<Locale>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub account: Account,
    pub created: bool,
}

#[derive(Debug, Error)]
pub enum RegisterError {
    #[error("another account has this e-mail address")]
    EmailTaken,
    #[error("there is an account with this subject")]
    SubjectTaken,
    #[error("at most four addresses for notices")]
    TooManyNotifyEmails,
    /// The subject belongs to somebody whom API clients may not see.
    #[error("there is no such account")]
    NotFound,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl AccountChanges {
    /// Nothing is wrong with any of it, as far as it can be said without looking.
    fn judge(&self) -> Result<(), RegisterError> {
        let many = self.notify_emails.as_ref().is_some_and(|all| all.len() > Account::MOST_NOTIFY_EMAILS);
        if many { Err(RegisterError::TooManyNotifyEmails) } else { Ok(()) }
    }

    fn apply(&self, account: &mut Account) {
        let before = account.email.clone();
        self.email.apply(&mut account.email);
        let key = |address: &Option<EmailAddress>| address.as_ref().map(|a| a.key().to_owned());
        let same = key(&before) == key(&account.email);
        account.email_confirmed =
            account.email.is_some() && self.email_confirmed.unwrap_or(same && account.email_confirmed);
        self.display_name.apply(&mut account.display_name);
        self.locale.apply(&mut account.locale);
        if let Some(addresses) = &self.notify_emails {
            account.notify_emails.clone_from(addresses);
        }
    }
}

impl RegisterAccount {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, registration: &Registration, caller: &Caller) -> Result<Registered, RegisterError> {
        registration.changes.judge()?;
        let id = AccountId::new(self.ids.next());
        retry_contention!(self.create_or_update(id, registration, caller).await)?
    }

    /// As `run`, of somebody whom nobody knows.
    pub async fn create(&self, registration: &Registration, caller: &Caller) -> Result<Account, RegisterError> {
        registration.changes.judge()?;
        let id = AccountId::new(self.ids.next());
        let created = retry_contention!(self.create_new(id, registration, caller).await)?;
        created.map(|registered| registered.account)
    }

    /// As `run`, of somebody who is known.
    pub async fn edit(
        &self,
        account: impl Into<Named<'_>> + Send,
        changes: &AccountChanges,
        caller: &Caller,
    ) -> Result<Account, RegisterError> {
        changes.judge()?;
        let known = account.into().find(&*self.accounts, caller).await?.ok_or(RegisterError::NotFound)?;
        let edited = retry_contention!(self.update(known.id, changes, caller).await)?;
        edited.map(|registered| registered.account)
    }

    async fn create_new(
        &self,
        id: AccountId,
        registration: &Registration,
        caller: &Caller,
    ) -> PortResult<Result<Registered, RegisterError>> {
        if self.accounts.by_subject(&registration.subject).await?.is_some() {
            return Ok(Err(RegisterError::SubjectTaken));
        }
        self.store_new(id, registration, caller).await
    }

    async fn create_or_update(
        &self,
        id: AccountId,
        registration: &Registration,
        caller: &Caller,
    ) -> PortResult<Result<Registered, RegisterError>> {
        match self.accounts.by_subject(&registration.subject).await? {
            Some(known) if caller.reaches(known.role) => self.update(known.id, &registration.changes, caller).await,
            Some(_) => Ok(Err(RegisterError::NotFound)),
            None => self.store_new(id, registration, caller).await,
        }
    }

    async fn store_new(
        &self,
        id: AccountId,
        registration: &Registration,
        caller: &Caller,
    ) -> PortResult<Result<Registered, RegisterError>> {
        let mut account = Account::new(id, registration.subject.clone(), self.clock.now());
        registration.changes.apply(&mut account);
        let mut unit = self.storage.begin().await?;
        let inserted = unit.accounts().insert(&account).await?;
        match inserted {
            AccountInserted::Done => {}
            AccountInserted::EmailTaken => {
                unit.rollback().await?;
                return Ok(Err(RegisterError::EmailTaken));
            }
            AccountInserted::SubjectTaken => {
                unit.rollback().await?;
                return Err(changed_meanwhile());
            }
        }
        let mut entry = self.trail.entry(AuditKind::AccountCreated, caller.actor(), caller.origin());
        entry.account = Some(id);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Ok(Registered { account, created: true }))
    }

    async fn update(
        &self,
        id: AccountId,
        changes: &AccountChanges,
        caller: &Caller,
    ) -> PortResult<Result<Registered, RegisterError>> {
        let mut unit = self.storage.begin_locking(id).await?;
        let before = unit.accounts().get(id).await?;
        let Some(before) = before else {
            unit.rollback().await?;
            return Err(changed_meanwhile());
        };
        let mut account = before.clone();
        changes.apply(&mut account);
        if account == before {
            unit.rollback().await?;
            return Ok(Ok(Registered { account, created: false }));
        }
        account.modified_at = self.clock.now();
        let updated = unit.accounts().update(&account).await?;
        match updated {
            AccountUpdated::Done => {}
            AccountUpdated::EmailTaken => {
                unit.rollback().await?;
                return Ok(Err(RegisterError::EmailTaken));
            }
            AccountUpdated::Missing => {
                unit.rollback().await?;
                return Err(changed_meanwhile());
            }
        }
        // What was mailed to an address is worth nothing once the account has another.
        if account.email != before.email || account.email_confirmed != before.email_confirmed {
            unit.links().withdraw(id, LinkPurpose::Lift).await?;
            reset_password::withdraw(&mut *unit, id).await?;
        }
        let mut entry = self.trail.entry(AuditKind::AccountUpdated, caller.actor(), caller.origin());
        entry.account = Some(id);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Ok(Registered { account, created: false }))
    }
}

/// Somebody created or erased the same subject between looking and acting: looking again settles it.
fn changed_meanwhile() -> PortError {
    PortError::new(PortErrorKind::Contention, "the account was created or erased at the same time")
}
