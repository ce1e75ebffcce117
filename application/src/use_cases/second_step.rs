//! What the use cases about the second step share: whose session it is for, the guard, and the record of a refusal.

use super::{
    attempt::AttemptError,
    caller::Caller,
    gate::{Aim, Gate, Passed, Shut, Told},
    limits_reached,
    mail_to_administrators::{MailToAdministrators, Told as Others},
    notices::Notices,
    sessions::{Opened, Resumed, Sessions},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Authenticators, PortError, PortResult, Rotated, SecondFactor, Storage, UnitOfWork},
};
use backstop_domain::{
    Account, AuditEntry, AuditKind, BadTotpCode, Notice, Origin, SecondStepRefusal, SecretText, Session, SessionChange,
    SessionKind, Timestamp, TokenDigest, Typo,
    guard::{Budget, Verdict},
    letter::{SecondStepChange, SecondStepNews},
};
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum SecondStepError {
    /// No authenticator shows such a code; nothing was counted.
    #[error(transparent)]
    Typo(#[from] BadTotpCode),
    /// No recovery code looks like that; nothing was counted.
    #[error(transparent)]
    CodeTypo(Typo),
    /// Whatever the reason is, this is all that the person learns.
    #[error("this code is not right")]
    Refused {
        attempts_left: u32,
        /// After how long without a try the attempts are back; when none is left, the wait for the next.
        resets_in: u64,
    },
    /// Nothing was evaluated.
    #[error("too many wrong codes; the next one is looked at after the wait")]
    Locked { until: Timestamp, wait_seconds: u64 },
    /// The session is over. Nothing was counted.
    #[error("nobody is signed in")]
    NoSession,
    /// There is nothing to pass, or nothing that was proposed to this session.
    #[error("no authenticator is set up")]
    NotSetUp,
    /// Another authenticator is set up, and is to be passed before it is replaced.
    #[error("the second step has to be passed first")]
    PassFirst,
    /// It may be replaced a short while after a proof only.
    #[error("the last proof was too long ago")]
    NotFresh,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl From<AttemptError> for SecondStepError {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Typo(typo) => Self::CodeTypo(typo),
            AttemptError::Refused { attempts_left, resets_in } => Self::Refused { attempts_left, resets_in },
            AttemptError::Locked { until, wait_seconds } => Self::Locked { until, wait_seconds },
            AttemptError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// How a code of an authenticator was judged.
pub(crate) type Judged = Result<(), SecondStepRefusal>;

/// A session of the console, and what its account has for the second step.
pub(crate) struct Standing {
    pub(crate) digest: TokenDigest,
    pub(crate) session: Session,
    pub(crate) account: Account,
    pub(crate) fresh: bool,
    pub(crate) factor: SecondFactor,
}

pub(crate) struct SecondSteps {
    pub(crate) sessions: Sessions,
    pub(crate) authenticators: Arc<dyn Authenticators>,
    accounts: Arc<dyn AccountReader>,
    pub(crate) storage: Arc<dyn Storage>,
    gate: Gate,
    notices: Notices,
    mail: MailToAdministrators,
    trail: Trail,
}

impl SecondSteps {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            sessions: Sessions::new(ports, settings),
            authenticators: Arc::clone(&ports.authenticators),
            accounts: Arc::clone(&ports.accounts),
            storage: Arc::clone(&ports.storage),
            gate: Gate::new(ports, settings),
            notices: Notices::new(ports, settings),
            mail: MailToAdministrators::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub(crate) async fn standing(&self, token: &SecretText) -> Result<Standing, SecondStepError> {
        let digest = self.sessions.tokens.digest(token.reveal());
        let standing = self.sessions.standing(&digest, SessionKind::Console).await?;
        let Resumed { session, account, fresh, .. } = standing.ok_or(SecondStepError::NoSession)?;
        let factor = self.accounts.second_factor(account.id).await?;
        Ok(Standing { digest, session, account, fresh, factor })
    }

    pub(crate) async fn admit(&self, aim: &Aim, caller: &Caller) -> Result<Passed, SecondStepError> {
        match self.gate.admit(Budget::Totp, aim, caller, &caller.as_end_user()).await? {
            Ok(passed) => Ok(passed),
            Err(Shut { until, wait_seconds }) => Err(SecondStepError::Locked { until, wait_seconds }),
        }
    }

    /// Tells the guard, records a refusal with its true reason, and turns it into what may be known.
    pub(crate) async fn settle(
        &self,
        account: &Account,
        caller: &Caller,
        passed: &Passed,
        outcome: PortResult<Judged>,
    ) -> Result<(), SecondStepError> {
        let verdict = match &outcome {
            Ok(Ok(())) => Verdict::Accepted,
            Ok(Err(_)) => Verdict::Refused,
            Err(_) => Verdict::Fault,
        };
        let result = match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => {
                let Told { attempts_left, resets_in } = self.gate.told(&passed.slot);
                let recorded = retry_contention!(self.record(account, caller, passed, why).await);
                recorded.map_err(SecondStepError::from).and(Err(SecondStepError::Refused { attempts_left, resets_in }))
            }
            Err(fault) => Err(fault.into()),
        };
        self.gate.settle(passed, verdict).await;
        result
    }

    async fn record(
        &self,
        account: &Account,
        caller: &Caller,
        passed: &Passed,
        why: SecondStepRefusal,
    ) -> PortResult<()> {
        let mut unit = self.storage.begin_locking(account.id).await?;
        if unit.accounts().get(account.id).await?.is_none() {
            return unit.rollback().await;
        }
        // Of a code that was right nobody guessed.
        if why == SecondStepRefusal::Wrong {
            unit.second_factors().fail(account.id).await?;
        }
        let entry = |kind| self.entry(kind, account, caller, None);
        let mut refusal = entry(AuditKind::SecondStepRefused);
        refusal.reason = Some(why.as_str().into());
        unit.audit().append(refusal).await?;
        limits_reached::note(&mut *unit, None, account.id, &passed.slot, &entry).await?;
        unit.commit().await
    }

    pub(crate) fn entry(
        &self,
        kind: AuditKind,
        account: &Account,
        caller: &Caller,
        reason: Option<&'static str>,
    ) -> AuditEntry {
        let mut entry = self.trail.entry(kind, caller.actor(), caller.origin());
        entry.account = Some(account.id);
        entry.reason = reason.map(Into::into);
        entry
    }

    /// Whoever is to be told what becomes of somebody's second step.
    pub(crate) async fn others(&self) -> PortResult<Others> {
        self.mail.find().await
    }

    /// Tells all other administrators and, unless another notice has told them, the person.
    pub(crate) async fn tell(
        &self,
        unit: &mut dyn UnitOfWork,
        others: &Others,
        account: &Account,
        change: SecondStepChange,
        caller: &Caller,
    ) -> PortResult<()> {
        let Origin { ip, user_agent, .. } = caller.origin();
        let news = SecondStepNews { change, at: self.sessions.clock.now(), ip, user_agent };
        // A code that is used is told by itself.
        if change != SecondStepChange::StoodIn {
            self.notices.tell(unit, account.id, &Notice::SecondStepChanged(news.clone())).await?;
        }
        self.mail.second_step_of(unit, others, account, &news).await
    }

    /// The session goes on, with the second step passed, under the token that this gives; the old one opens nothing any
    /// more.
    pub(crate) async fn go_on(&self, standing: &Standing) -> Result<Opened, SecondStepError> {
        let Sessions { store, tokens, clock, .. } = &self.sessions;
        let session = standing.session.rotated(SessionChange::SecondStep, clock.now());
        let minted = tokens.mint()?;
        if store.rotate(&standing.digest, &minted.digest, &session).await? == Rotated::Missing {
            return Err(SecondStepError::NoSession);
        }
        // Whoever signed the account out everywhere meanwhile meant this session as well; its new proof hides that.
        if self.sessions.is_signed_out(&standing.session).await? {
            store.remove(&minted.digest).await?;
            return Err(SecondStepError::NoSession);
        }
        Ok(Opened { token: minted.text, session })
    }
}
