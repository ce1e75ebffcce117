//! A bound on failures in a sliding span of time, which no try prolongs and no success clears.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// At most this many failures in this span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeilingRule {
    pub failures: u32,
    pub span: SignedDuration,
}

/// The failures that still count, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    pub(super) failures: VecDeque<Timestamp>,
}

impl Ceiling {
    /// Until when the ceiling refuses, if it does now: until its oldest failure falls out of the span.
    pub fn refuses_until(&mut self, rule: CeilingRule, now: Timestamp) -> Option<Timestamp> {
        self.forget(rule, now);
        let over = (self.failures.len() + 1).checked_sub(rule.failures as usize)?;
        let frees = self.failures.get(over.checked_sub(1)?)?;
        Some(super::later(*frees, rule.span))
    }

    /// Counts a failure, and says whether the next one will be refused.
    pub fn record(&mut self, rule: CeilingRule, now: Timestamp) -> bool {
        self.forget(rule, now);
        self.failures.push_back(now);
        self.failures.len() >= rule.failures as usize
    }

    /// Takes back the latest failure of that moment: the attempt was accepted or never judged.
    pub fn give_back(&mut self, at: Timestamp) {
        if let Some(found) = self.failures.iter().rposition(|failure| *failure == at) {
            self.failures.remove(found);
        }
    }

    /// From when on nothing is known any more. `None` when nothing is known now.
    pub fn forgotten_at(&self, rule: CeilingRule) -> Option<Timestamp> {
        self.failures.iter().max().map(|latest| super::later(*latest, rule.span))
    }

    fn forget(&mut self, rule: CeilingRule, now: Timestamp) {
        while self.failures.front().is_some_and(|oldest| super::later(*oldest, rule.span) <= now) {
            self.failures.pop_front();
        }
    }
}

/// Consecutive failures after which an account is suspended (NIST SP 800-63B-4, 3.2.2).
pub const MOST_CONSECUTIVE_FAILURES: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: CeilingRule = CeilingRule { failures: 3, span: SignedDuration::from_secs(60) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn it_refuses_until_the_oldest_failure_falls_out_of_the_span() {
        let mut ceiling = Ceiling::default();
        for second in [0, 10, 20] {
            assert_eq!(ceiling.refuses_until(RULE, at(second)), None);
            ceiling.record(RULE, at(second));
        }
        assert_eq!(ceiling.refuses_until(RULE, at(30)), Some(at(60)));
        assert_eq!(ceiling.refuses_until(RULE, at(59)), Some(at(60)));
        assert_eq!(ceiling.refuses_until(RULE, at(60)), None);
    }

    #[test]
    fn tries_that_it_refuses_do_not_prolong_it() {
        let mut ceiling = Ceiling::default();
        let reached: Vec<bool> = (0..3).map(|_| ceiling.record(RULE, at(0))).collect();
        assert_eq!(reached, [false, false, true]);
        for second in 1..60 {
            assert_eq!(ceiling.refuses_until(RULE, at(second)), Some(at(60)));
        }
        assert_eq!(ceiling.refuses_until(RULE, at(60)), None);
    }

    #[test]
    fn an_attempt_that_was_no_failure_is_given_back() {
        let mut ceiling = Ceiling::default();
        for _ in 0..3 {
            ceiling.record(RULE, at(5));
        }
        ceiling.give_back(at(5));
        ceiling.give_back(at(6));
        assert_eq!(ceiling.refuses_until(RULE, at(6)), None);
    }

    proptest! {
        #[test]
        fn never_more_failures_in_a_span_than_the_rule_allows(mut tries in prop::collection::vec(0i64..600, 1..100)) {
            tries.sort_unstable();
            let mut ceiling = Ceiling::default();
            let mut counted = Vec::new();
            for second in tries {
                if ceiling.refuses_until(RULE, at(second)).is_none() {
                    ceiling.record(RULE, at(second));
                    counted.push(second);
                }
            }
            for window in counted.windows(4) {
                prop_assert!(window[3] - window[0] >= 60);
            }
        }
    }
}
