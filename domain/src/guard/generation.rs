//! How often an account may make new codes.

use super::{GuardRules, later};
use jiff::{SignedDuration, Timestamp};

/// The wait that a generation leaves. The default is an account that never made codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerationWait {
    pub until: Option<Timestamp>,
    /// The length of the present wait; a request before its end is answered with a longer one.
    pub length: SignedDuration,
}

impl GenerationWait {
    /// Until when nothing is made, if so.
    pub fn is_on(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| now < *until)
    }

    /// The wait after a generation at this moment.
    #[must_use]
    pub fn after_generation(rules: &GuardRules, now: Timestamp) -> Self {
        Self::from(now, rules.base_cooldown.min(rules.max_cooldown))
    }

    /// The wait after a request that came too early.
    #[must_use]
    pub fn after_refusal(self, rules: &GuardRules, now: Timestamp) -> Self {
        let longer = i32::try_from(rules.multiplier).ok().and_then(|factor| self.length.checked_mul(factor));
        Self::from(now, longer.map_or(rules.max_cooldown, |length| length.min(rules.max_cooldown)))
    }

    fn from(now: Timestamp, length: SignedDuration) -> Self {
        Self { until: Some(later(now, length)), length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: GuardRules = GuardRules {
        base_cooldown: SignedDuration::from_secs(30),
        max_cooldown: SignedDuration::from_secs(300),
        ..GuardRules::DEFAULT
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn requests_before_the_end_lengthen_the_wait_up_to_the_longest() {
        let mut wait = GenerationWait::after_generation(&RULES, at(0));
        let mut lengths = vec![wait.length.as_secs()];
        for _ in 0..5 {
            wait = wait.after_refusal(&RULES, at(1));
            lengths.push(wait.length.as_secs());
            assert_eq!(wait.until, Some(at(1 + wait.length.as_secs())));
        }
        assert_eq!(lengths, [30, 60, 120, 240, 300, 300]);
    }

    #[test]
    fn the_wait_ends_when_it_says_and_the_next_starts_anew() {
        let wait = GenerationWait::after_generation(&RULES, at(0)).after_refusal(&RULES, at(10));
        assert_eq!(wait.is_on(at(69)), Some(at(70)));
        assert_eq!(wait.is_on(at(70)), None);
        assert_eq!(GenerationWait::after_generation(&RULES, at(70)).length.as_secs(), 30);
        assert_eq!(GenerationWait::default().is_on(at(0)), None);
    }
}
