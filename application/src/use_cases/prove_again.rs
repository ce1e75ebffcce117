use super::{
    caller::Caller,
    gate::{Aim, Whom},
    passwords::{self, Attempted, Judged, PasswordError, Passwords, Proved, Refused},
    sessions::{Opened, Sessions},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{PortResult, Rotated},
};
use backstop_domain::{AuditKind, PasswordRefusal, SecretText, SessionChange, SessionKind};
use std::sync::Arc;

/// Makes a session fresh again, by the password of its own account.
pub struct ProveAgain {
    passwords: Arc<Passwords>,
    sessions: Sessions,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct Proof {
    pub session_token: SecretText,
    pub kind: SessionKind,
    pub password: SecretText,
    pub caller: Caller,
}

impl ProveAgain {
    pub(crate) fn new(ports: &Ports, settings: &Settings, passwords: Arc<Passwords>) -> Self {
        Self { passwords, sessions: Sessions::new(ports, settings), trail: Trail::new(ports) }
    }

    /// The session goes on under the token that this gives; the old one opens nothing any more.
    pub async fn run(&self, proof: &Proof) -> Result<Opened, PasswordError> {
        self.passwords.allow(proof.kind)?;
        let digest = self.sessions.tokens.digest(proof.session_token.reveal());
        let standing = self.sessions.standing(&digest, proof.kind).await?.ok_or(PasswordError::NoSession)?;
        let whom = Whom::Subject(standing.account.subject.clone());
        let aim = Aim::Known(Box::new(standing.account));
        let attempted = Attempted { whom, typed: &proof.password, caller: &proof.caller };
        let passed = self.passwords.admit(&aim, attempted.caller).await?;
        let outcome = match self.passwords.judge(&aim, &passed, attempted.typed).await {
            Ok(Ok(proved)) => retry_contention!(self.note(proof, &proved).await),
            Ok(Err(refused)) => Ok(Err(refused)),
            Err(fault) => Err(fault),
        };
        self.passwords.settle(&attempted, &passed, outcome).await?;
        let session = standing.session.rotated(SessionChange::Proved, self.sessions.clock.now());
        let minted = self.sessions.tokens.mint()?;
        match self.sessions.store.rotate(&digest, &minted.digest, &session).await? {
            Rotated::Done => Ok(Opened { token: minted.text, session }),
            Rotated::Missing => Err(PasswordError::NoSession),
        }
    }

    async fn note(&self, proof: &Proof, proved: &Proved) -> PortResult<Judged<()>> {
        let account = proved.account.id;
        let mut unit = self.sessions.storage.begin_locking(account).await?;
        if !passwords::stands(&mut *unit, account, &proved.stored).await? {
            unit.rollback().await?;
            return Ok(Err(Refused::of(account, PasswordRefusal::LostRace)));
        }
        let mut entry = self.trail.entry(AuditKind::PasswordProved, proof.caller.actor(), proof.caller.origin());
        entry.account = Some(account);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Ok(()))
    }
}
