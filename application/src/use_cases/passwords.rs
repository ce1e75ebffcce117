//! What every attempt with a password has in common: the guard, one costly look, and the record of a refusal.
//!
//! As with codes, the same ports are called in the same order whatever the cause of a refusal is, and the costly look is
//! done exactly once, also where there is nothing to look at.

use super::{
    caller::Caller,
    gate::{Aim, Gate, Passed, Shut, Told, Whom},
    limits_reached,
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{AccountReader, PasswordHasher, PortError, PortResult, Storage, StoredPassword, Tagger, UnitOfWork},
};
use backstop_domain::{
    Account, AccountId, AuditKind, Notice, Password, PasswordRefusal, SecretText, SessionKind, Timestamp,
    guard::{Budget, MOST_CONSECUTIVE_FAILURES, Verdict},
};
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum PasswordError {
    /// Whatever the reason is, this is all that the person learns.
    #[error("e-mail or password is not right")]
    Refused {
        attempts_left: u32,
        /// After how long without a try the attempts are back; when none is left, the wait for the next.
        resets_in: u64,
    },
    /// Nothing was evaluated.
    #[error("too many wrong passwords; the next one is looked at after the wait")]
    Locked { until: Timestamp, wait_seconds: u64 },
    /// `accounts.local_passwords`
    #[error("nobody signs in with a password here")]
    TurnedOff,
    /// The session that the proof was for is over. Nothing was counted.
    #[error("nobody is signed in")]
    NoSession,
    #[error(transparent)]
    Fault(#[from] PortError),
}

/// A password that was right, with its account and what it was compared with.
pub(crate) struct Proved {
    pub(crate) account: Account,
    pub(crate) stored: StoredPassword,
}

/// How an attempt was judged.
pub(crate) type Judged<T> = Result<T, Refused>;

pub(crate) struct Refused {
    account: Option<AccountId>,
    why: PasswordRefusal,
}

impl Refused {
    pub(crate) const fn of(account: AccountId, why: PasswordRefusal) -> Self {
        Self { account: Some(account), why }
    }
}

/// Whose password it is said to be, and who says so.
pub(crate) struct Attempted<'a> {
    pub(crate) whom: Whom,
    pub(crate) typed: &'a SecretText,
    pub(crate) caller: &'a Caller,
}

pub(crate) struct Passwords {
    gate: Gate,
    accounts: Arc<dyn AccountReader>,
    storage: Arc<dyn Storage>,
    hasher: Arc<dyn PasswordHasher>,
    tagger: Arc<dyn Tagger>,
    local: bool,
    notices: Notices,
    trail: Trail,
}

impl Passwords {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            gate: Gate::new(ports, settings),
            accounts: Arc::clone(&ports.accounts),
            storage: Arc::clone(&ports.storage),
            hasher: Arc::clone(&ports.passwords),
            tagger: Arc::clone(&ports.tagger),
            local: settings.local_passwords,
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    /// Whether passwords open such sessions here.
    pub(crate) fn allow(&self, kind: SessionKind) -> Result<(), PasswordError> {
        let allowed = self.local || kind == SessionKind::Console;
        if allowed { Ok(()) } else { Err(PasswordError::TurnedOff) }
    }

    pub(crate) async fn aim(&self, whom: &Whom) -> PortResult<Aim> {
        self.gate.aim(whom).await
    }

    pub(crate) async fn admit(&self, aim: &Aim, caller: &Caller) -> Result<Passed, PasswordError> {
        match self.gate.admit(Budget::Password, aim, caller, &caller.as_end_user()).await? {
            Ok(passed) => Ok(passed),
            Err(Shut { until, wait_seconds }) => Err(PasswordError::Locked { until, wait_seconds }),
        }
    }

    /// Looks at the password, once, whatever there is to compare it with.
    pub(crate) async fn judge(&self, aim: &Aim, passed: &Passed, typed: &SecretText) -> PortResult<Judged<Proved>> {
        let account = self.gate.account(aim).await?;
        let id = account.as_ref().map_or_else(|| passed.nobody(), |a| a.id);
        let stored = self.accounts.password(id).await?;
        let password = Password::read(typed);
        let usable = stored.as_ref().filter(|s| s.failures < MOST_CONSECUTIVE_FAILURES && password.is_some());
        let verifier = usable.map(|s| &s.verifier);
        let fits = self.hasher.verify(&password.unwrap_or_else(Password::none), verifier).await?;
        Ok(match (account, stored) {
            (Some(account), Some(stored)) if fits => Ok(Proved { account, stored }),
            (Some(_), Some(stored)) if stored.failures >= MOST_CONSECUTIVE_FAILURES => {
                Err(Refused::of(id, PasswordRefusal::WornOut))
            }
            (Some(_), Some(_)) => Err(Refused::of(id, PasswordRefusal::Wrong)),
            (Some(_), None) => Err(Refused::of(id, PasswordRefusal::None)),
            (None, _) => Err(Refused { account: None, why: PasswordRefusal::UnknownAccount }),
        })
    }

    /// Tells the guard, records a refusal with its true reason, and turns it into what may be known.
    pub(crate) async fn settle<T>(
        &self,
        attempted: &Attempted<'_>,
        passed: &Passed,
        outcome: PortResult<Judged<T>>,
    ) -> Result<T, PasswordError> {
        let verdict = match &outcome {
            Ok(Ok(_)) => Verdict::Accepted,
            Ok(Err(_)) => Verdict::Refused,
            Err(_) => Verdict::Fault,
        };
        let result = match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(refused)) => {
                let Told { attempts_left, resets_in } = self.gate.told(&passed.slot);
                let recorded = retry_contention!(self.record(attempted, passed, &refused).await);
                recorded.map_err(PasswordError::from).and(Err(PasswordError::Refused { attempts_left, resets_in }))
            }
            Err(fault) => Err(fault.into()),
        };
        self.gate.settle(passed, verdict).await;
        result
    }

    /// Under the account's lock, so that one which is being erased meanwhile is not named again.
    async fn record(&self, attempted: &Attempted<'_>, passed: &Passed, refused: &Refused) -> PortResult<()> {
        let id = refused.account.unwrap_or_else(|| passed.nobody());
        let mut unit = self.storage.begin_locking(id).await?;
        let known = unit.accounts().get(id).await?.is_some();
        // Of a password that was right nobody guessed.
        let mut wears_out = false;
        if !matches!(refused.why, PasswordRefusal::LostRace | PasswordRefusal::NotAllowed) {
            unit.passwords().fail(id).await?;
            let stored = unit.passwords().get(id).await?;
            wears_out = stored.is_some_and(|stored| stored.failures == MOST_CONSECUTIVE_FAILURES);
        }
        let typed = self.tagger.fingerprint(attempted.whom.said());
        let entry = |kind| {
            let mut entry = self.trail.entry(kind, attempted.caller.actor(), attempted.caller.origin());
            entry.account = known.then_some(id);
            entry.typed = (!known).then_some(typed);
            entry
        };
        let mut refusal = entry(AuditKind::PasswordRefused);
        refusal.reason = Some(refused.why.as_str().into());
        unit.audit().append(refusal).await?;
        // The letter about ceilings is about codes.
        limits_reached::note(&mut *unit, None, id, &passed.slot, &entry).await?;
        if wears_out {
            let worn_out = entry(AuditKind::PasswordWornOut);
            let notice = Notice::PasswordWornOut { at: worn_out.at };
            unit.audit().append(worn_out).await?;
            self.notices.tell(&mut *unit, id, &notice).await?;
        }
        unit.commit().await
    }

    pub(crate) async fn hash(&self, password: &Password) -> PortResult<backstop_domain::Verifier> {
        self.hasher.hash(password).await
    }
}

/// Whether the password is still the one that was proved, with its account's lock held. Then its failures are over.
pub(crate) async fn stands(unit: &mut dyn UnitOfWork, account: AccountId, proved: &StoredPassword) -> PortResult<bool> {
    let now = unit.passwords().get(account).await?;
    let Some(now) = now.filter(|now| now.verifier == proved.verifier) else { return Ok(false) };
    if now.failures > 0 {
        unit.passwords().clear_failures(account).await?;
    }
    Ok(true)
}
