use crate::ports::{Alarm, Attempt, Guard, PortResult};
use async_trait::async_trait;
use backstop_domain::{
    Timestamp,
    guard::{Admission, Slot, Verdict},
};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Two guards as one: while the first is out, the second counts. A guesser has at most the attempts of both.
pub struct FallbackGuard {
    first: Arc<dyn Guard>,
    second: Arc<dyn Guard>,
    alarm: Arc<dyn Alarm>,
    /// Until when the first is not asked, after a fault.
    pause: Mutex<Option<Timestamp>>,
}

/// After a fault the first guard is asked again only after this time, so that a slow one slows few attempts.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

const PART: &str = "cache";

impl FallbackGuard {
    pub fn new(first: Arc<dyn Guard>, second: Arc<dyn Guard>, alarm: Arc<dyn Alarm>) -> Self {
        Self { first, second, alarm, pause: Mutex::new(None) }
    }

    fn pause(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the first guard decides; `None` while it is out.
    async fn ask_first(&self, attempt: &Attempt, now: Timestamp) -> Option<Admission> {
        // A pause from a clock that was set back since is none.
        let is_out = self.pause().is_some_and(|until| now < until && now.duration_until(until) <= PAUSE);
        if is_out {
            return None;
        }
        match self.first.admit(attempt, now).await {
            Ok(admission) => {
                if self.pause().take().is_some() {
                    self.alarm.back(PART);
                }
                Some(admission)
            }
            Err(fault) => {
                let until = now.saturating_add(PAUSE).unwrap_or(Timestamp::MAX);
                if self.pause().replace(until).is_none() {
                    self.alarm.out(PART, &fault);
                }
                None
            }
        }
    }
}

#[async_trait]
impl Guard for FallbackGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        if let Some(admission) = self.ask_first(attempt, now).await {
            return Ok(admission);
        }
        self.alarm.stood_in(PART);
        Ok(match self.second.admit(attempt, now).await? {
            Admission::Go(slot) => Admission::Go(Slot { in_second: true, ..slot }),
            locked @ Admission::Locked { .. } => locked,
        })
    }

    /// In the guard that counted the attempt. One that can't be told keeps a failure too many, which is the safe side.
    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        let guard = if slot.in_second { &self.second } else { &self.first };
        guard.settle(attempt, slot, verdict).await
    }
}
