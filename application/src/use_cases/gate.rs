//! Whom an attempt is for, and whether the guard lets it through.

use super::caller::{Caller, EndUser};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Attempt, Clock, Guard, PortResult, Tagger},
};
use backstop_domain::{
    Account, AccountId, AddressKey, Subject, Timestamp,
    guard::{Admission, Budget, GuardRules, Limit, Slot, Verdict},
};
use core::fmt::Write as _;
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

/// Whom somebody says an attempt is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    Subject(Subject),
    /// What was typed as an e-mail address, whether it is one or not.
    Email(AddressKey),
}

impl Whom {
    /// What was said, as text.
    pub(crate) fn said(&self) -> &str {
        match self {
            Self::Subject(subject) => subject.as_str(),
            Self::Email(key) => key.as_str(),
        }
    }

    /// As no subject can be written, where it is none.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Subject(subject) => subject.as_str().to_owned(),
            Self::Email(key) => format!("email\n{}", key.as_str()),
        }
    }
}

/// Whom an attempt is for, as far as that is known before the guard is asked. An address is looked up before, because
/// its account has one budget, by whichever name it is tried.
pub(crate) enum Aim {
    /// Looked up when the attempt may be evaluated.
    Subject(Subject),
    Known(Box<Account>),
    /// No account has what was said.
    Nobody(Whom),
}

impl Aim {
    fn name(&self) -> String {
        match self {
            Self::Subject(subject) => subject.as_str().to_owned(),
            Self::Known(account) => account.subject.as_str().to_owned(),
            Self::Nobody(whom) => whom.name(),
        }
    }
}

/// A slot in the guard.
pub(crate) struct Passed {
    pub(crate) attempt: Attempt,
    pub(crate) slot: Slot,
}

impl Passed {
    /// Stands in for an account that there is none of, the same for the same name, so that attempts for it wait for
    /// each other as they do for a known one.
    pub(crate) fn nobody(&self) -> AccountId {
        let [bytes, _] = self.attempt.identifier.as_chunks().0 else { return AccountId::new(Uuid::nil()) };
        AccountId::new(Uuid::from_bytes(*bytes))
    }
}

/// Nothing is evaluated.
pub(crate) struct Shut {
    pub(crate) until: Timestamp,
    pub(crate) wait_seconds: u64,
}

/// What a refused caller learns.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(crate) attempts_left: u32,
    pub(crate) resets_in: u64,
}

pub(crate) struct Gate {
    guard: Arc<dyn Guard>,
    accounts: Arc<dyn AccountReader>,
    tagger: Arc<dyn Tagger>,
    clock: Arc<dyn Clock>,
    rules: GuardRules,
}

/// For how long a network is known as the owner's.
const KNOWN_NETWORK_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Since when a network must have been used to be known as the owner's.
pub(crate) fn networks_known_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(KNOWN_NETWORK_FOR).unwrap_or(Timestamp::MIN)
}

pub(crate) fn seconds_until(now: Timestamp, until: Timestamp) -> u64 {
    let wait = now.duration_until(until);
    let whole = u64::try_from(wait.as_secs()).unwrap_or(0);
    whole + u64::from(wait.subsec_nanos() > 0)
}

impl Gate {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            guard: Arc::clone(&ports.guard),
            accounts: Arc::clone(&ports.accounts),
            tagger: Arc::clone(&ports.tagger),
            clock: Arc::clone(&ports.clock),
            rules: settings.guard,
        }
    }

    pub(crate) async fn aim(&self, whom: &Whom) -> PortResult<Aim> {
        Ok(match whom {
            Whom::Subject(subject) => Aim::Subject(subject.clone()),
            Whom::Email(key) => match self.accounts.by_email(key).await? {
                Some(account) => Aim::Known(Box::new(account)),
                None => Aim::Nobody(whom.clone()),
            },
        })
    }

    /// The account, whatever its role.
    pub(crate) async fn account(&self, aim: &Aim) -> PortResult<Option<Account>> {
        match aim {
            Aim::Subject(subject) => self.accounts.by_subject(subject).await,
            Aim::Known(account) => Ok(Some((**account).clone())),
            Aim::Nobody(_) => Ok(None),
        }
    }

    pub(crate) async fn admit(
        &self,
        budget: Budget,
        aim: &Aim,
        caller: &Caller,
        end_user: &EndUser,
    ) -> PortResult<Result<Passed, Shut>> {
        let name = aim.name();
        let identifier = match budget {
            Budget::Codes => format!("code\n{name}"),
            other => format!("{other}\n{name}"),
        };
        let mut attempt = Attempt {
            budget,
            identifier: self.tagger.fingerprint(&identifier),
            side: caller.side(end_user),
            exempt: end_user.first_factor,
        };
        let now = self.clock.now();
        let mut admission = self.guard.admit(&attempt, now).await?;
        let by_account = matches!(admission, Admission::Locked { by: Limit::Account, .. });
        if by_account && self.is_at_home(aim, &attempt, end_user, now).await? {
            attempt.exempt = true;
            admission = self.guard.admit(&attempt, now).await?;
        }
        Ok(match admission {
            Admission::Go(slot) => Ok(Passed { attempt, slot }),
            Admission::Locked { until, .. } => Err(Shut { until, wait_seconds: seconds_until(now, until) }),
        })
    }

    /// Whether the attempt comes from a network that the owner used before, so that guessers elsewhere can't keep them
    /// out. Asked only when it matters, for unknown accounts alike.
    async fn is_at_home(&self, aim: &Aim, attempt: &Attempt, end_user: &EndUser, now: Timestamp) -> PortResult<bool> {
        let Some(network) = end_user.network() else { return Ok(false) };
        let stand_in;
        let subject = match aim {
            Aim::Subject(subject) => subject,
            Aim::Known(account) => &account.subject,
            Aim::Nobody(_) => {
                stand_in = nobodys_subject(attempt);
                let Some(subject) = &stand_in else { return Ok(false) };
                subject
            }
        };
        self.accounts.is_known_from(subject, network, networks_known_since(now)).await
    }

    /// What was decided stands: a guard that can't be told keeps one failure too many, which is the safe side.
    pub(crate) async fn settle(&self, passed: &Passed, verdict: Verdict) {
        let _ = self.guard.settle(&passed.attempt, &passed.slot, verdict).await;
    }

    pub(crate) fn told(&self, slot: &Slot) -> Told {
        let resets_in = match slot.locks_until {
            Some(until) => seconds_until(slot.taken_at, until),
            None => self.rules.forget_after.as_secs().unsigned_abs(),
        };
        Told { attempts_left: slot.attempts_left, resets_in }
    }
}

/// A subject that nobody has.
fn nobodys_subject(attempt: &Attempt) -> Option<Subject> {
    let mut text = String::with_capacity(64);
    for byte in attempt.identifier {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
    }
    Subject::parse(&text).ok()
}
