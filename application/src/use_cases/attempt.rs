//! What every attempt with a typed code has in common: reading it, the guard, finding it, and the record of a refusal.
//!
//! Whatever the cause of a refusal, the same ports are called in the same order, so that neither the answer nor its
//! time tells an unknown account from a wrong code. A dummy id stands in for an unknown account.

use super::{
    answers::{self, Keeping},
    caller::{Caller, EndUser},
    deliveries::Deliveries,
    gate::{Aim, Gate, Passed, Shut, Told, Whom},
    holders::Holders,
    limits_reached,
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{Clock, CodeReader, Failed, Hasher, PortError, PortResult, Storage, Tagger},
};
use backstop_domain::{
    AcceptedProfiles, Account, AccountId, AuditKind, BatchId, NormalisedCode, Notice, Refusal, SecretText, StoredCode,
    SuspensionReason, Timestamp, Typo,
    guard::{Budget, MOST_CONSECUTIVE_FAILURES, Verdict},
};
use std::sync::Arc;
use thiserror::Error;

/// Somebody typed a code for an account.
#[derive(Clone, Debug)]
pub struct CodeRequest {
    pub whom: Whom,
    pub typed: SecretText,
    pub caller: Caller,
    pub end_user: EndUser,
}

impl CodeRequest {
    /// By the person themselves, on our own pages.
    pub fn of_owner(whom: Whom, typed: SecretText, caller: Caller) -> Self {
        let end_user = caller.as_end_user();
        Self { whom, typed, caller, end_user }
    }
}

#[derive(Debug, Error)]
pub enum AttemptError {
    /// Not a code at all; nothing was counted.
    #[error(transparent)]
    Typo(#[from] Typo),
    /// Whatever the reason is, this is all that the caller learns.
    #[error("this code is not valid")]
    Refused {
        attempts_left: u32,
        /// After how long without a try the attempts are back; when none is left, the wait for the next.
        resets_in: u64,
    },
    /// Nothing was evaluated.
    #[error("too many wrong codes; the next one is looked at after the wait")]
    Locked { until: Timestamp, wait_seconds: u64 },
    #[error(transparent)]
    Fault(#[from] PortError),
}

/// How an attempt was judged.
pub(crate) enum Judged<T> {
    Accepted(T),
    /// Right, but nothing was proved by it: the slot goes back and the pair stays as it is.
    Idle(T),
    Refused(Refused),
}

/// Whom a refusal concerns, and its true reason.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    account: Option<AccountId>,
    batch: Option<BatchId>,
    why: Refusal,
}

/// No row belongs to the typed code.
pub(crate) struct NotFound {
    account: Option<Account>,
}

impl NotFound {
    /// Whether there is an account, and its set-up was verified before.
    pub(crate) fn is_verified(&self) -> bool {
        self.account.as_ref().is_some_and(|a| a.setup_verified_at.is_some())
    }
}

impl<T> From<NotFound> for Judged<T> {
    fn from(NotFound { account }: NotFound) -> Self {
        let why = if account.is_some() { Refusal::UnknownCode } else { Refusal::UnknownAccount };
        Self::Refused(Refused { account: account.map(|a| a.id), batch: None, why })
    }
}

impl Told {
    /// As it is kept for a request that comes again.
    fn written(self) -> SecretText {
        SecretText::new(format!("refused {} {}", self.attempts_left, self.resets_in))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let (attempts_left, resets_in) = text.strip_prefix("refused ")?.split_once(' ')?;
        Some(Self { attempts_left: attempts_left.parse().ok()?, resets_in: resets_in.parse().ok()? })
    }
}

impl From<Told> for AttemptError {
    fn from(Told { attempts_left, resets_in }: Told) -> Self {
        Self::Refused { attempts_left, resets_in }
    }
}

/// What is written down about a refusal.
#[derive(Clone, Copy)]
struct Record<'a> {
    kind: AuditKind,
    request: &'a CodeRequest,
    passed: &'a Passed,
    refused: Refused,
    keeping: Option<&'a Keeping<'a>>,
}

/// A slot in the guard, and what was typed.
pub(crate) struct Admitted {
    passed: Passed,
    aim: Aim,
    candidates: Vec<NormalisedCode>,
}

/// A row that the typed code belongs to. Nothing is said yet about its status.
pub(crate) struct Found {
    pub(crate) account: Account,
    pub(crate) code: StoredCode,
}

impl Found {
    pub(crate) fn refused<T>(&self, why: Refusal) -> Judged<T> {
        Judged::Refused(Refused { account: Some(self.account.id), batch: Some(self.code.batch), why })
    }
}

pub(crate) struct Attempts {
    holders: Holders,
    storage: Arc<dyn Storage>,
    codes: Arc<dyn CodeReader>,
    gate: Gate,
    hasher: Arc<dyn Hasher>,
    tagger: Arc<dyn Tagger>,
    clock: Arc<dyn Clock>,
    profiles: AcceptedProfiles,
    deliveries: Arc<Deliveries>,
    notices: Notices,
    trail: Trail,
}

impl Attempts {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>, holders: Holders) -> Self {
        Self {
            holders,
            storage: Arc::clone(&ports.storage),
            codes: Arc::clone(&ports.codes),
            gate: Gate::new(ports, settings),
            hasher: Arc::clone(&ports.hasher),
            tagger: Arc::clone(&ports.tagger),
            clock: Arc::clone(&ports.clock),
            profiles: settings.profiles.clone(),
            deliveries,
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    /// What was typed, under each profile that it fits.
    pub(crate) fn read(&self, request: &CodeRequest) -> Result<Vec<NormalisedCode>, AttemptError> {
        Ok(self.profiles.parse(request.typed.reveal())?)
    }

    /// Reads what was typed, then asks the guard. A typo is told even during a lock, and never counted.
    pub(crate) async fn admit(&self, request: &CodeRequest) -> Result<Admitted, AttemptError> {
        let candidates = self.read(request)?;
        let aim = self.gate.aim(&request.whom).await?;
        match self.gate.admit(Budget::Codes, &aim, &request.caller, &request.end_user).await? {
            Ok(passed) => Ok(Admitted { passed, aim, candidates }),
            Err(Shut { until, wait_seconds }) => Err(AttemptError::Locked { until, wait_seconds }),
        }
    }

    /// Looks the code up, whatever its status.
    pub(crate) async fn find(&self, admitted: &Admitted) -> PortResult<Result<Found, NotFound>> {
        let account = self.gate.account(&admitted.aim).await?.filter(|a| self.holders.include(a.role));
        let id = account.as_ref().map_or_else(|| admitted.passed.nobody(), |a| a.id);
        let tags = self.tagger.all(id, &admitted.candidates);
        let code = self.codes.find(id, &tags).await?;
        Ok(match (account, code) {
            (Some(account), Some(code)) => Ok(Found { account, code }),
            (account, _) => Err(NotFound { account }),
        })
    }

    /// Whose account this is now.
    pub(crate) async fn account(&self, whom: &Whom) -> PortResult<Option<Account>> {
        self.gate.account(&self.gate.aim(whom).await?).await
    }

    /// Whether a code could be used now. Without the account's lock this is no more than a guess.
    pub(crate) fn usable(&self, account: &Account, code: &StoredCode) -> Result<(), Refusal> {
        if account.suspended.is_some() {
            return Err(Refusal::Suspended);
        }
        code.check(self.clock.now())
    }

    /// The slow check, for live codes only.
    pub(crate) async fn fits(&self, request: &CodeRequest, admitted: &Admitted, code: &StoredCode) -> PortResult<bool> {
        let reread = self.profiles.get(&code.profile).and_then(|p| p.parse(request.typed.reveal()).ok());
        match reread.as_ref().or_else(|| admitted.candidates.first()) {
            Some(candidate) => self.hasher.verify(candidate, &code.verifier).await,
            None => Ok(false),
        }
    }

    /// Tells the guard, records a refusal with its true reason, and turns it into what the caller may know.
    pub(crate) async fn settle<T>(
        &self,
        kind: AuditKind,
        request: &CodeRequest,
        admitted: Admitted,
        outcome: PortResult<Judged<T>>,
        keeping: Option<&Keeping<'_>>,
    ) -> Result<T, AttemptError> {
        let passed = &admitted.passed;
        let verdict = match &outcome {
            Ok(Judged::Accepted(_)) => Verdict::Accepted,
            Ok(Judged::Refused(_)) => Verdict::Refused,
            Ok(Judged::Idle(_)) | Err(_) => Verdict::Fault,
        };
        let result = match outcome {
            Ok(Judged::Accepted(value) | Judged::Idle(value)) => Ok(value),
            Ok(Judged::Refused(refused)) => {
                let told = self.gate.told(&passed.slot);
                let record = Record { kind, request, passed, refused, keeping };
                let recorded = retry_contention!(self.record(&record, told).await);
                if let Ok(Some(batch)) = recorded {
                    self.deliveries.forget(batch).await;
                }
                recorded.map_err(AttemptError::from).and(Err(told.into()))
            }
            Err(fault) => Err(fault.into()),
        };
        self.gate.settle(passed, verdict).await;
        result
    }

    /// Writes a refusal down under the account's lock, so that one which is being erased meanwhile is not named again.
    /// Tells which set can't be delivered any more, because the account is suspended now.
    async fn record(&self, record: &Record<'_>, told: Told) -> PortResult<Option<BatchId>> {
        let Record { kind, request, passed, refused, keeping } = *record;
        let slot = &passed.slot;
        let id = refused.account.unwrap_or_else(|| passed.nobody());
        let mut unit = self.storage.begin_locking(id).await?;
        let failed = match refused.why {
            // The right code, a moment too late: nobody guessed.
            Refusal::LostRace => match unit.accounts().get(id).await? {
                Some(_) => Failed::Counted { suspended: false },
                None => Failed::Missing,
            },
            _ => unit.limits().fail(id, MOST_CONSECUTIVE_FAILURES, self.clock.now()).await?,
        };
        let known = failed != Failed::Missing;
        // Made for every cause, so that an unknown account costs what a wrong code does.
        let typed = self.tagger.fingerprint(request.whom.said());
        let entry = |kind| {
            let mut entry = self.trail.entry(kind, request.caller.actor(), request.end_user.origin(&request.caller));
            entry.account = known.then_some(id);
            entry.batch = refused.batch.filter(|_| known);
            entry.typed = (!known).then_some(typed);
            entry
        };
        let mut refusal = entry(kind);
        refusal.reason = Some(refused.why.as_str().into());
        unit.audit().append(refusal).await?;
        limits_reached::note(&mut *unit, Some(&self.notices), id, slot, &entry).await?;
        let mut ended = None;
        if failed == (Failed::Counted { suspended: true }) {
            ended = self.deliveries.end(&mut *unit, id).await?;
            let mut suspended = entry(AuditKind::Suspended);
            suspended.reason = Some(SuspensionReason::Failures.as_str().into());
            let notice = Notice::Suspended { at: suspended.at, reason: SuspensionReason::Failures };
            unit.audit().append(suspended).await?;
            self.notices.tell(&mut *unit, id, &notice).await?;
            if let Some(batch) = ended {
                self.deliveries.recall_mail(&mut *unit, batch).await?;
            }
        }
        answers::keep(keeping, &mut *unit, || told.written()).await?;
        unit.commit().await?;
        Ok(ended)
    }
}
