use async_trait::async_trait;
use backstop_application::ports::{Clock, FollowingClock, PortError, PortResult, TimeSource};
use backstop_domain::Timestamp;
use core::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
};
use jiff::SignedDuration;
use std::sync::Arc;

/// How often a measurement asks: the first question may open a connection, and any may be held up.
const QUESTIONS: usize = 5;
/// The longest that time may stand still, in microseconds. What is further ahead than this was never the time of any
/// other replica, and to stand still for it would hold up every wait and expiry here for as long.
const LONGEST_STANDSTILL: i64 = 10_000_000;

/// The local clock, corrected by what was last measured; by nothing before the first measurement.
///
/// A correction may be a few milliseconds less than the one before. Time stands still for as long then: within one
/// process nothing happens before what caused it, and a wait that is over stays over.
pub struct ServiceClock {
    local: Arc<dyn Clock>,
    /// By how many microseconds the source is ahead.
    offset: AtomicI64,
    /// The latest time that was handed out, in microseconds since 1970.
    shown: AtomicI64,
}

impl ServiceClock {
    pub fn new(local: Arc<dyn Clock>) -> Self {
        Self { local, offset: AtomicI64::new(0), shown: AtomicI64::new(i64::MIN) }
    }

    fn corrected(&self) -> i64 {
        self.local.now().as_microsecond().saturating_add(self.offset.load(Ordering::Relaxed))
    }

    async fn ask(&self, source: &dyn TimeSource) -> PortResult<Answer> {
        let asked = self.local.now();
        let there = source.time().await?;
        Ok(Answer { there, asked, heard: self.local.now() })
    }
}

struct Answer {
    there: Timestamp,
    asked: Timestamp,
    heard: Timestamp,
}

impl Answer {
    /// How long it took; `None` if the local clock was put back meanwhile, which tells nothing.
    fn took(&self) -> Option<SignedDuration> {
        Some(self.asked.duration_until(self.heard)).filter(|took| !took.is_negative())
    }

    fn offset(&self) -> i64 {
        let middle = i128::midpoint(self.asked.as_microsecond().into(), self.heard.as_microsecond().into());
        let ahead = i128::from(self.there.as_microsecond()) - middle;
        i64::try_from(ahead).unwrap_or(0)
    }
}

impl Clock for ServiceClock {
    fn now(&self) -> Timestamp {
        let mut now = i64::MIN;
        // The time is read anew whenever another thread was quicker, so that a late one puts nothing back.
        self.shown.update(Ordering::Relaxed, Ordering::Relaxed, |shown| {
            let corrected = self.corrected();
            let stands_still = corrected < shown && shown.saturating_sub(corrected) <= LONGEST_STANDSTILL;
            now = if stands_still { shown } else { corrected };
            now
        });
        Timestamp::from_microsecond(now).unwrap_or_else(|_| self.local.now())
    }
}

#[async_trait]
impl FollowingClock for ServiceClock {
    async fn follow(&self, source: &dyn TimeSource) -> PortResult<SignedDuration> {
        let mut answers = Vec::with_capacity(QUESTIONS);
        for _ in 0..QUESTIONS {
            let answer = self.ask(source).await?;
            answers.extend(answer.took().map(|took| (took, answer)));
        }
        let Some((_, quickest)) = answers.into_iter().min_by_key(|(took, _)| *took) else {
            return Err(PortError::unavailable("the local clock was put back during every question"));
        };
        self.offset.store(quickest.offset(), Ordering::Relaxed);
        Ok(SignedDuration::from_micros(quickest.offset()))
    }
}

impl fmt::Debug for ServiceClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceClock").field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// The time of what lives on this machine, where nobody needs to be agreed with.
pub struct LocalTime(Arc<dyn Clock>);

impl LocalTime {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }
}

#[async_trait]
impl TimeSource for LocalTime {
    async fn time(&self) -> PortResult<Timestamp> {
        Ok(self.0.now())
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalTime")
    }
}
