//! Counting failures and making guessers wait: pure arithmetic, so that every adapter decides alike.

mod ceiling;
mod pair;

pub use ceiling::{Ceiling, CeilingRule, MOST_CONSECUTIVE_FAILURES, suspends};
pub use pair::{Admission, PairState, Slot};

use jiff::{SignedDuration, Timestamp};

/// `guard.*` of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardRules {
    /// Failures until the first lock.
    pub max_attempts: u32,
    pub base_cooldown: SignedDuration,
    pub multiplier: u32,
    pub max_cooldown: SignedDuration,
    /// After this long without a try, failures and level are forgotten.
    pub forget_after: SignedDuration,
}

impl GuardRules {
    /// The wait at a level: base × multiplier^level, at most the longest.
    pub fn wait(&self, level: u32) -> SignedDuration {
        let factor = self.multiplier.checked_pow(level).and_then(|f| i32::try_from(f).ok());
        factor
            .and_then(|f| self.base_cooldown.checked_mul(f))
            .map_or(self.max_cooldown, |wait| wait.min(self.max_cooldown))
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_the_multiplier_up_to_the_longest() {
        let rules = GuardRules {
            max_attempts: 5,
            base_cooldown: SignedDuration::from_secs(30),
            multiplier: 2,
            max_cooldown: SignedDuration::from_secs(300),
            forget_after: SignedDuration::from_hours(24),
        };
        let waits: Vec<i64> = (0..6).map(|level| rules.wait(level).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        assert_eq!(rules.wait(u32::MAX).as_secs(), 300);
    }
}
