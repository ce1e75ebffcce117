use super::{
    gate::{Gate, Whom},
    sessions::{Ended, Sessions},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{PasswordHasher, PortError, PortResult, WhichSessions},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditKind, BadPassword, Origin, Password, SecretText, SiteName, Verifier,
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
    trail: Trail,
}

#[derive(Debug, Error)]
pub enum SetPasswordError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error(transparent)]
    Bad(#[from] BadPassword),
    #[error(transparent)]
    Fault(#[from] PortError),
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
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, whom: &Whom, typed: &SecretText, actor: &Actor) -> Result<PasswordSet, SetPasswordError> {
        let account = self.gate.account(&self.gate.aim(whom).await?).await?.ok_or(SetPasswordError::UnknownAccount)?;
        let password = Password::choose(typed, &Owner::of(&account, &self.site))?;
        let verifier = self.hasher.hash(&password).await?;
        if !retry_contention!(self.store(account.id, &verifier, actor).await)? {
            return Err(SetPasswordError::UnknownAccount);
        }
        let sessions = self.sessions.store.revoke(account.id, WhichSessions::All).await?;
        if sessions > 0 {
            let ended = Ended { sessions, actor, origin: &Origin::default() };
            self.sessions.note_end(account.id, &ended, None).await?;
        }
        Ok(PasswordSet { account, sessions })
    }

    async fn store(&self, account: AccountId, verifier: &Verifier, actor: &Actor) -> PortResult<bool> {
        let mut unit = self.sessions.storage.begin_locking(account).await?;
        let now = self.sessions.clock.now();
        if !unit.passwords().set(account, verifier, now).await? {
            unit.rollback().await?;
            return Ok(false);
        }
        unit.passwords().sign_out(account, now).await?;
        let mut entry = self.trail.entry(AuditKind::PasswordSet, actor.clone(), Origin::default());
        entry.account = Some(account);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(true)
    }
}
