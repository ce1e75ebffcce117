//! Counting failures and making guessers wait: pure arithmetic, so that every adapter decides alike.

mod ceiling;
mod counts;
mod generation;
mod kept;
mod pair;

pub use ceiling::{Ceiling, CeilingRule, MOST_CONSECUTIVE_FAILURES};
pub use counts::{Admission, Counts, Limit, Slot, Verdict};
pub use generation::GenerationWait;
pub use kept::{Kept, KeptText, Unreadable};
pub use pair::{PairAdmission, PairSlot, PairState};

use crate::account::named;
use jiff::{SignedDuration, Timestamp};

named! {
    /// What guessing may aim at. Each has its own attempts.
    Budget {
        /// Redeem, verify, invalidate or delete by typing a code.
        Codes = "codes",
        Password = "password",
        Totp = "totp",
        /// Asking for mails.
        Mail = "mail",
    }
}

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
    /// Failures of one identifier over all networks.
    pub account_ceiling: CeilingRule,
    /// Failures from one network over all identifiers.
    pub network_ceiling: CeilingRule,
}

impl GuardRules {
    /// The defaults of the settings.
    pub const DEFAULT: Self = Self {
        max_attempts: 5,
        base_cooldown: SignedDuration::from_secs(60),
        multiplier: 2,
        max_cooldown: SignedDuration::from_secs(3_600),
        forget_after: SignedDuration::from_hours(24),
        account_ceiling: CeilingRule { failures: 20, span: SignedDuration::from_hours(1) },
        network_ceiling: CeilingRule { failures: 50, span: SignedDuration::from_mins(10) },
    };

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
            base_cooldown: SignedDuration::from_secs(30),
            max_cooldown: SignedDuration::from_secs(300),
            ..GuardRules::DEFAULT
        };
        let waits: Vec<i64> = (0..6).map(|level| rules.wait(level).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        assert_eq!(rules.wait(u32::MAX).as_secs(), 300);
    }
}
