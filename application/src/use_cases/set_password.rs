use super::{
    gate::{Gate, Whom},
    holders::Holders,
    mail_to_administrators::MailToAdministrators,
    notices::Notices,
    reset_password,
    sessions::Sessions,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{PasswordHasher, PortError, PortResult, WhichSessions},
};
use backstop_domain::{
    Account, Actor, AuditKind, BadPassword, Notice, Origin, Password, SecretText, SiteName, Verifier,
    letter::{SecondStepChange, SecondStepNews},
    password::Owner,
};
use std::sync::Arc;
use thiserror::Error;

/// Gives an account a password on the word of somebody who need not know the old one, and signs it out everywhere.
pub struct SetPassword {
    gate: Gate,
    sessions: Sessions,
    hasher: Arc<dyn PasswordHasher>,
    site: SiteName,
    notices: Notices,
    mail: MailToAdministrators,
    trail: Trail,
}

#[derive(Debug, Error)]
pub enum SetPasswordError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("this account does not enter the console; its role is user")]
    NotOfTheConsole,
    #[error(transparent)]
    Bad(#[from] BadPassword),
    #[error(transparent)]
    Fault(#[from] PortError),
}

/// What becomes of the second step of a sign-in to the console.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SecondStep {
    Stays,
    Goes,
}

/// Whose password was set, and how many of their sessions ended that this process can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordSet {
    pub account: Account,
    pub sessions: u64,
}

impl SetPassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            gate: Gate::new(ports, settings),
            sessions: Sessions::new(ports, settings),
            hasher: Arc::clone(&ports.passwords),
            site: settings.delivery.site_name.clone(),
            notices: Notices::new(ports, settings),
            mail: MailToAdministrators::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, whom: &Whom, typed: &SecretText, actor: &Actor) -> Result<PasswordSet, SetPasswordError> {
        let account = self.account(whom).await?;
        self.give(account, typed, actor, SecondStep::Stays).await
    }

    /// As `run`, for somebody who enters the console and can't pass the second step any more: it goes with the old
    /// password, in one unit.
    pub async fn reset(&self, whom: &Whom, typed: &SecretText, actor: &Actor) -> Result<PasswordSet, SetPasswordError> {
        let account = self.account(whom).await?;
        if !Holders::Staff.include(account.role) {
            return Err(SetPasswordError::NotOfTheConsole);
        }
        self.give(account, typed, actor, SecondStep::Goes).await
    }

    async fn account(&self, whom: &Whom) -> Result<Account, SetPasswordError> {
        let account = self.gate.account(&self.gate.aim(whom).await?).await?;
        account.ok_or(SetPasswordError::UnknownAccount)
    }

    async fn give(
        &self,
        account: Account,
        typed: &SecretText,
        actor: &Actor,
        second_step: SecondStep,
    ) -> Result<PasswordSet, SetPasswordError> {
        let password = Password::choose(typed, &Owner::of(&account, &self.site))?;
        let verifier = self.hasher.hash(&password).await?;
        if !retry_contention!(self.store(&account, &verifier, actor, second_step).await)? {
            return Err(SetPasswordError::UnknownAccount);
        }
        let by = (actor, &Origin::default());
        let sessions = self.sessions.end(account.id, WhichSessions::All, by, false).await?;
        Ok(PasswordSet { account, sessions })
    }

    async fn store(
        &self,
        account: &Account,
        verifier: &Verifier,
        actor: &Actor,
        second_step: SecondStep,
    ) -> PortResult<bool> {
        let id = account.id;
        let others = self.mail.find().await?;
        let mut unit = self.sessions.storage.begin_locking(id).await?;
        let now = self.sessions.clock.now();
        if !unit.passwords().set(id, verifier, now).await? {
            unit.rollback().await?;
            return Ok(false);
        }
        reset_password::withdraw(&mut *unit, id).await?;
        unit.passwords().sign_out(id, now).await?;
        let entry = |kind| {
            let mut entry = self.trail.entry(kind, actor.clone(), Origin::default());
            entry.account = Some(id);
            entry
        };
        unit.audit().append(entry(AuditKind::PasswordSet)).await?;
        if second_step == SecondStep::Goes && unit.second_factors().remove(id).await? {
            let entry = entry(AuditKind::SecondStepRemoved);
            let change = SecondStepChange::Removed;
            let news = SecondStepNews { change, at: entry.at, ip: None, user_agent: None };
            unit.audit().append(entry).await?;
            self.notices.tell(&mut *unit, id, &Notice::SecondStepChanged(news.clone())).await?;
            self.mail.second_step_of(&mut *unit, &others, account, &news).await?;
        }
        unit.commit().await?;
        Ok(true)
    }
}
