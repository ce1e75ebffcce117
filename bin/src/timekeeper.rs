//! Keeps the service clock by the clock of the database, and says so when it can't.

use async_trait::async_trait;
use backstop_application::ports::{Clock, FollowingClock, Health, PortError, PortResult, TimeSource};
use jiff::SignedDuration;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Beyond this somebody should look after the machine's clock.
pub const TOLERATED: SignedDuration = SignedDuration::from_secs(2);
const EVERY: Duration = Duration::from_mins(1);
/// While the time is not known, nothing comes here that could wait for a minute.
const AGAIN_AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// Measures at the start and each minute. As a part of `/readyz` it is not ready while the last measurement failed.
pub struct Timekeeper {
    clock: Arc<dyn FollowingClock>,
    /// There is none where the store lives on this machine: the local clock is its clock.
    source: Option<Arc<dyn TimeSource>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Why the last measurement failed, if it did.
    fault: Option<String>,
    /// By how much the source was ahead when it was measured last.
    offset: Option<SignedDuration>,
    /// Whether the offset was beyond what is tolerated, so that it is said once and not each minute.
    is_far: bool,
}

impl Timekeeper {
    /// Measures for the first time. Without an answer nobody could agree with other replicas on anything.
    pub async fn start(clock: Arc<dyn FollowingClock>, source: Option<Arc<dyn TimeSource>>) -> PortResult<Self> {
        let keeper = Self { clock, source, known: Mutex::default() };
        keeper.measure().await?;
        Ok(keeper)
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    /// By how much the database's clock was ahead of this machine's when it was measured last; `None` where it is the
    /// same clock, or nothing is known.
    pub fn offset(&self) -> Option<SignedDuration> {
        self.known().offset
    }

    /// Measures each minute until it is dropped; without a source there is nothing to do.
    pub async fn keep(&self) -> Infallible {
        if self.source.is_none() {
            return core::future::pending().await;
        }
        loop {
            let wait = if self.known().fault.is_some() { AGAIN_AFTER_A_FAULT } else { EVERY };
            wait_for(wait).await;
            // The outcome is kept for `/readyz` and the log.
            let _ = self.measure().await;
        }
    }

    async fn measure(&self) -> PortResult<()> {
        let Some(source) = &self.source else { return Ok(()) };
        let measured = self.clock.follow(source.as_ref()).await;
        match &measured {
            Ok(offset) => self.found(*offset),
            Err(fault) => self.failed(fault),
        }
        measured.map(drop)
    }

    fn found(&self, offset: SignedDuration) {
        let mut known = self.known();
        known.offset = Some(offset);
        if known.fault.take().is_some() {
            tracing::info!(target: "backstop", "the time of the database is known again");
        }
        let (was_far, is_far) = (known.is_far, offset.abs() > TOLERATED);
        known.is_far = is_far;
        if is_far && !was_far {
            tracing::warn!(
                target: "backstop",
                offset_ms = i64::try_from(offset.as_millis()).unwrap_or(i64::MAX),
                "this machine's clock is off from the database's; the service goes by the database's, but the clock \
                 should be set right"
            );
        } else if was_far && !is_far {
            tracing::info!(target: "backstop", "this machine's clock agrees with the database's again");
        }
    }

    fn failed(&self, fault: &PortError) {
        let mut known = self.known();
        if known.fault.replace(fault.to_string()).is_none() {
            tracing::warn!(target: "backstop", %fault, "the time of the database can't be measured");
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait_for(wait: Duration) {
    let mut tick = interval_at(Instant::now() + wait, wait);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick.tick().await;
}

#[async_trait]
impl Health for Timekeeper {
    fn part(&self) -> &'static str {
        "clock"
    }

    async fn check(&self) -> PortResult<()> {
        match &self.known().fault {
            None => Ok(()),
            Some(fault) => Err(PortError::unavailable(format!("the database's time is not known: {fault}"))),
        }
    }
}

#[cfg(test)]
mod tests;
