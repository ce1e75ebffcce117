//! What every attempt with a typed code has in common: reading it, the guard, finding it, and the record of a refusal.
//!
//! Whatever the cause of a refusal, the same ports are called in the same order, so that neither the answer nor its
//! time tells an unknown account from a wrong code. A dummy id stands in for an unknown account.

use super::{
    answers::{self, Keeping},
    caller::{Caller, EndUser},
    deliveries::Deliveries,
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{
        AccountReader, Attempt, Clock, CodeReader, Failed, Guard, Hasher, PortError, PortResult, Side, Storage, Tagger,
    },
};
use backstop_domain::{
    AcceptedProfiles, Account, AccountId, AuditKind, BatchId, NormalisedCode, Notice, Refusal, Role, SecretText,
    StoredCode, Subject, SuspensionReason, Timestamp, Typo,
    guard::{Admission, Budget, GuardRules, Limit, MOST_CONSECUTIVE_FAILURES, Slot, Verdict},
};
use jiff::SignedDuration;
use std::sync::Arc;
use thiserror::Error;
use uuid::Uuid;

/// Somebody typed a code for an account.
#[derive(Clone, Debug)]
pub struct CodeRequest {
    pub subject: Subject,
    pub typed: SecretText,
    pub caller: Caller,
    pub end_user: EndUser,
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

/// What a refused caller learns.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    attempts_left: u32,
    resets_in: u64,
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
    attempt: &'a Attempt,
    refused: Refused,
    slot: Slot,
    keeping: Option<&'a Keeping<'a>>,
}

/// A slot in the guard, and what was typed.
pub(crate) struct Admitted {
    attempt: Attempt,
    slot: Slot,
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
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    codes: Arc<dyn CodeReader>,
    guard: Arc<dyn Guard>,
    hasher: Arc<dyn Hasher>,
    tagger: Arc<dyn Tagger>,
    clock: Arc<dyn Clock>,
    profiles: AcceptedProfiles,
    rules: GuardRules,
    deliveries: Arc<Deliveries>,
    notices: Notices,
    trail: Trail,
}

/// For how long a network is known as the owner's.
const KNOWN_NETWORK_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Since when a network must have been used to be known as the owner's.
pub(crate) fn networks_known_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(KNOWN_NETWORK_FOR).unwrap_or(Timestamp::MIN)
}

/// Stands in for an account that there is none of, the same for the same subject, so that attempts for it wait for each
/// other as they do for a known one.
fn nobody(attempt: &Attempt) -> AccountId {
    let [bytes, _] = attempt.identifier.as_chunks().0 else { return AccountId::new(Uuid::nil()) };
    AccountId::new(Uuid::from_bytes(*bytes))
}

impl Attempts {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            codes: Arc::clone(&ports.codes),
            guard: Arc::clone(&ports.guard),
            hasher: Arc::clone(&ports.hasher),
            tagger: Arc::clone(&ports.tagger),
            clock: Arc::clone(&ports.clock),
            profiles: settings.profiles.clone(),
            rules: settings.guard,
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
        let mut attempt = Attempt {
            budget: Budget::Codes,
            identifier: self.tagger.fingerprint(&format!("code\n{}", request.subject)),
            side: request.end_user.network().map_or(Side::Client(request.caller.client), Side::Network),
            exempt: request.end_user.first_factor,
        };
        let now = self.clock.now();
        let mut admission = self.guard.admit(&attempt, now).await?;
        if matches!(admission, Admission::Locked { by: Limit::Account, .. }) && self.is_at_home(request, now).await? {
            attempt.exempt = true;
            admission = self.guard.admit(&attempt, now).await?;
        }
        match admission {
            Admission::Go(slot) => Ok(Admitted { attempt, slot, candidates }),
            Admission::Locked { until, .. } => {
                Err(AttemptError::Locked { until, wait_seconds: seconds_until(now, until) })
            }
        }
    }

    /// Whether the attempt comes from a network that the owner used before, so that guessers elsewhere can't keep them
    /// out. Asked only when it matters, for unknown accounts alike.
    async fn is_at_home(&self, request: &CodeRequest, now: Timestamp) -> PortResult<bool> {
        let Some(network) = request.end_user.network() else { return Ok(false) };
        self.accounts.is_known_from(&request.subject, network, networks_known_since(now)).await
    }

    /// Looks the code up, whatever its status.
    pub(crate) async fn find(&self, request: &CodeRequest, admitted: &Admitted) -> PortResult<Result<Found, NotFound>> {
        let account = self.accounts.by_subject(&request.subject).await?.filter(|a| a.role == Role::User);
        let id = account.as_ref().map_or_else(|| nobody(&admitted.attempt), |a| a.id);
        let tags = self.tagger.all(id, &admitted.candidates);
        let code = self.codes.find(id, &tags).await?;
        Ok(match (account, code) {
            (Some(account), Some(code)) => Ok(Found { account, code }),
            (account, _) => Err(NotFound { account }),
        })
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
        let Admitted { attempt, slot, .. } = admitted;
        let verdict = match &outcome {
            Ok(Judged::Accepted(_)) => Verdict::Accepted,
            Ok(Judged::Refused(_)) => Verdict::Refused,
            Ok(Judged::Idle(_)) | Err(_) => Verdict::Fault,
        };
        let result = match outcome {
            Ok(Judged::Accepted(value) | Judged::Idle(value)) => Ok(value),
            Ok(Judged::Refused(refused)) => {
                let told = self.told(&slot);
                let record = Record { kind, request, attempt: &attempt, refused, slot, keeping };
                let recorded = retry_contention!(self.record(&record, told).await);
                if let Ok(Some(batch)) = recorded {
                    self.deliveries.forget(batch).await;
                }
                recorded.map_err(AttemptError::from).and(Err(told.into()))
            }
            Err(fault) => Err(fault.into()),
        };
        // What was decided stands: a guard that can't be told keeps one failure too many, which is the safe side.
        let _ = self.guard.settle(&attempt, &slot, verdict).await;
        result
    }

    fn told(&self, slot: &Slot) -> Told {
        let resets_in = match slot.locks_until {
            Some(until) => seconds_until(slot.taken_at, until),
            None => self.rules.forget_after.as_secs().unsigned_abs(),
        };
        Told { attempts_left: slot.attempts_left, resets_in }
    }

    /// Writes a refusal down under the account's lock, so that one which is being erased meanwhile is not named again.
    /// Tells which set can't be delivered any more, because the account is suspended now.
    async fn record(&self, record: &Record<'_>, told: Told) -> PortResult<Option<BatchId>> {
        let Record { kind, request, attempt, refused, slot, keeping } = *record;
        let id = refused.account.unwrap_or_else(|| nobody(attempt));
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
        let typed = self.tagger.fingerprint(request.subject.as_str());
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
        let pair = slot.locks_until.map(|_| Limit::Pair);
        for limit in pair.into_iter().chain(slot.reaches) {
            let mut locked = entry(AuditKind::Locked);
            locked.reason = Some(limit.as_str().into());
            let at = locked.at;
            unit.audit().append(locked).await?;
            if limit == Limit::Account {
                let once = Some(once_a_day(id, at));
                self.notices.tell_once(&mut *unit, id, &Notice::CeilingReached { at }, once).await?;
            }
        }
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

/// The name of what an account is told once a day.
fn once_a_day(account: AccountId, at: Timestamp) -> Uuid {
    let day = u128::from(at.as_second().div_euclid(86_400).cast_unsigned());
    Uuid::from_u128(account.uuid().as_u128().wrapping_add(day << 64))
}

pub(crate) fn seconds_until(now: Timestamp, until: Timestamp) -> u64 {
    let wait = now.duration_until(until);
    let whole = u64::try_from(wait.as_secs()).unwrap_or(0);
    whole + u64::from(wait.subsec_nanos() > 0)
}
