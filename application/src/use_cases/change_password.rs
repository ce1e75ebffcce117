use super::{
    caller::Caller,
    gate::{Aim, Whom},
    passwords::{self, Attempted, Judged, PasswordError, Passwords, Proved, Refused},
    reset_password,
    sessions::{Ended, Opened, Resumed, Sessions},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{PortResult, Rotated, WhichSessions},
};
use backstop_domain::{
    AuditKind, BadPassword, Password, PasswordRefusal, SecretText, SessionChange, SessionKind, SiteName, Verifier,
    password::Owner,
};
use jiff::SignedDuration;
use std::sync::Arc;
use thiserror::Error;

/// Gives a person who is signed in another password, and signs them out everywhere else.
pub struct ChangePassword {
    passwords: Arc<Passwords>,
    sessions: Sessions,
    site: SiteName,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct PasswordChange {
    pub session_token: SecretText,
    pub kind: SessionKind,
    pub old: SecretText,
    pub new: SecretText,
    pub caller: Caller,
}

#[derive(Debug, Error)]
pub enum ChangePasswordError {
    /// The new one was not taken, and the old one not looked at.
    #[error(transparent)]
    Bad(#[from] BadPassword),
    /// A session that began with a code may do nothing of the kind before its duties are settled.
    #[error("new codes have to be made first")]
    Confined,
    /// About the old one.
    #[error(transparent)]
    Old(#[from] PasswordError),
}

impl ChangePassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings, passwords: Arc<Passwords>) -> Self {
        Self {
            passwords,
            sessions: Sessions::new(ports, settings),
            site: settings.delivery.site_name.clone(),
            trail: Trail::new(ports),
        }
    }

    /// The session goes on, fresh, under the token that this gives; the old one opens nothing any more.
    pub async fn run(&self, change: &PasswordChange) -> Result<Opened, ChangePasswordError> {
        self.passwords.allow(change.kind)?;
        let digest = self.sessions.tokens.digest(change.session_token.reveal());
        let standing = self.sessions.standing(&digest, change.kind).await.map_err(PasswordError::from)?;
        let Resumed { session, account, .. } = standing.ok_or(PasswordError::NoSession)?;
        if session.confined {
            return Err(ChangePasswordError::Confined);
        }
        let new = Password::choose(&change.new, &Owner::of(&account, &self.site))?;
        if Password::read(&change.old).as_ref() == Some(&new) {
            return Err(BadPassword::Unchanged.into());
        }
        self.replace(change, Aim::Known(Box::new(account)), &new).await?;
        // From here on the password is changed; whatever goes wrong is a fault that says so.
        let opened = self.leave_only(&session, &digest, change).await?;
        Ok(opened)
    }

    async fn replace(&self, change: &PasswordChange, aim: Aim, new: &Password) -> Result<(), PasswordError> {
        let Aim::Known(account) = &aim else { return Err(PasswordError::NoSession) };
        let whom = Whom::Subject(account.subject.clone());
        let attempted = Attempted { whom, typed: &change.old, caller: &change.caller };
        let passed = self.passwords.admit(&aim, attempted.caller).await?;
        let outcome = match self.passwords.judge(&aim, &passed, attempted.typed).await {
            Ok(Ok(proved)) => self.hash_and_store(change, &proved, new).await,
            Ok(Err(refused)) => Ok(Err(refused)),
            Err(fault) => Err(fault),
        };
        self.passwords.settle(&attempted, &passed, outcome).await
    }

    async fn hash_and_store(&self, change: &PasswordChange, proved: &Proved, new: &Password) -> PortResult<Judged<()>> {
        let verifier = self.passwords.hash(new).await?;
        retry_contention!(self.store(change, proved, &verifier).await)
    }

    async fn store(&self, change: &PasswordChange, proved: &Proved, verifier: &Verifier) -> PortResult<Judged<()>> {
        let account = proved.account.id;
        let mut unit = self.sessions.storage.begin_locking(account).await?;
        if !passwords::stands(&mut *unit, account, &proved.stored).await? {
            unit.rollback().await?;
            return Ok(Err(Refused::of(account, PasswordRefusal::LostRace)));
        }
        let now = self.sessions.clock.now();
        unit.passwords().set(account, verifier, now).await?;
        reset_password::withdraw(&mut *unit, account).await?;
        // What a store that is out keeps of other sessions is over, too. This one is proved again right after.
        let before = now.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(now);
        unit.passwords().sign_out(account, before).await?;
        let mut entry = self.trail.entry(AuditKind::PasswordChanged, change.caller.actor(), change.caller.origin());
        entry.account = Some(account);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Ok(()))
    }

    /// Ends the account's other sessions, and rotates this one.
    async fn leave_only(
        &self,
        session: &backstop_domain::Session,
        digest: &backstop_domain::TokenDigest,
        change: &PasswordChange,
    ) -> Result<Opened, PasswordError> {
        let Sessions { store, tokens, clock, .. } = &self.sessions;
        // They are over in any case; this takes them away.
        let sessions = store.revoke(session.account, WhichSessions::AllBut(session.id)).await.unwrap_or(0);
        if sessions > 0 {
            let (actor, origin) = (&change.caller.actor(), &change.caller.origin());
            self.sessions.note_end(session.account, &Ended { sessions: Some(sessions), actor, origin }, None).await?;
        }
        let next = session.rotated(SessionChange::Proved, clock.now());
        let minted = tokens.mint()?;
        match store.rotate(digest, &minted.digest, &next).await? {
            Rotated::Done => Ok(Opened { token: minted.text, session: next }),
            Rotated::Missing => Err(PasswordError::NoSession),
        }
    }
}
