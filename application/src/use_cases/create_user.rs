use super::trail::Trail;
use crate::{
    Ports, Settings,
    ports::{
        AccountInserted, AccountReader, Clock, Ids, PasswordHasher, PortError, PortErrorKind, PortResult, Storage,
    },
};
use backstop_domain::{
    Account, AccountId, Actor, AuditKind, BadPassword, DisplayName, EmailAddress, Origin, Password, Role, SecretText,
    SiteName, Subject, Verifier, password::Owner,
};
use std::sync::Arc;
use thiserror::Error;

/// Makes an account of any role that can sign in on our own pages.
pub struct CreateUser {
    storage: Arc<dyn Storage>,
    hasher: Arc<dyn PasswordHasher>,
    accounts: Arc<dyn AccountReader>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    site: SiteName,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct NewUser {
    pub subject: Subject,
    pub email: EmailAddress,
    pub email_confirmed: bool,
    pub display_name: Option<DisplayName>,
    pub role: Role,
    pub password: SecretText,
}

#[derive(Debug, Error)]
pub enum CreateUserError {
    #[error("there is an account with this subject")]
    SubjectTaken,
    #[error("another account has this e-mail address")]
    EmailTaken,
    #[error(transparent)]
    Bad(#[from] BadPassword),
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl CreateUser {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            hasher: Arc::clone(&ports.passwords),
            accounts: Arc::clone(&ports.accounts),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            site: settings.delivery.site_name.clone(),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, user: &NewUser, actor: &Actor) -> Result<Account, CreateUserError> {
        let id = AccountId::new(self.ids.next());
        let account = Account {
            email: Some(user.email.clone()),
            email_confirmed: user.email_confirmed,
            display_name: user.display_name.clone(),
            role: user.role,
            ..Account::new(id, user.subject.clone(), self.clock.now())
        };
        let password = Password::choose(&user.password, &Owner::of(&account, &self.site))?;
        // A hash takes longer than all the rest, and each start in development asks for people that there are.
        if self.accounts.by_subject(&user.subject).await?.is_some() {
            return Err(CreateUserError::SubjectTaken);
        }
        let verifier = self.hasher.hash(&password).await?;
        match retry_contention!(self.store(&account, &verifier, actor).await)? {
            AccountInserted::Done => Ok(account),
            AccountInserted::SubjectTaken => Err(CreateUserError::SubjectTaken),
            AccountInserted::EmailTaken => Err(CreateUserError::EmailTaken),
        }
    }

    async fn store(&self, account: &Account, verifier: &Verifier, actor: &Actor) -> PortResult<AccountInserted> {
        let mut unit = self.storage.begin().await?;
        let inserted = unit.accounts().insert(account).await?;
        if inserted != AccountInserted::Done {
            unit.rollback().await?;
            return Ok(inserted);
        }
        if !unit.passwords().set(account.id, verifier, account.created_at).await? {
            unit.rollback().await?;
            return Err(PortError::new(PortErrorKind::Contention, "the account was erased at the same time"));
        }
        let mut entry = self.trail.entry(AuditKind::AccountCreated, actor.clone(), Origin::default());
        entry.account = Some(account.id);
        entry.reason = Some(account.role.as_str().into());
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(inserted)
    }
}
