//! Failures of one identifier from one network.

use super::{GuardRules, later};
use jiff::{SignedDuration, Timestamp};

/// A try during a lock raises the level at most once in this time, so that a double click counts once.
const RAISE_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// What is kept about a pair. The default is a pair that nobody tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairState {
    /// Failures and slots in flight; a slot that is never settled stays a failure.
    pub(super) failures: u32,
    pub(super) level: u32,
    pub(super) locked_until: Option<Timestamp>,
    pub(super) raised_at: Option<Timestamp>,
    pub(super) tried_at: Option<Timestamp>,
}

/// A reserved attempt, to be settled with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairSlot {
    /// What is left if this attempt fails.
    pub attempts_left: u32,
    /// Until when the pair is locked if this attempt fails.
    pub locks_until: Option<Timestamp>,
    /// What the lock was before, to put it back.
    pub before: Option<Timestamp>,
    /// The one try after a wait, whose failure raises the level.
    pub raised_level: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairAdmission {
    /// Evaluate the attempt, then settle the slot.
    Go(PairSlot),
    /// Evaluate nothing.
    Locked { until: Timestamp },
}

impl PairState {
    /// Reserves a slot before anything is evaluated: it counts as a failure until it is settled otherwise.
    pub fn admit(&mut self, rules: &GuardRules, now: Timestamp) -> PairAdmission {
        if self.is_forgotten(rules, now) {
            *self = Self::default();
        }
        self.tried_at = Some(now);
        match self.locked_until {
            Some(until) if now < until => PairAdmission::Locked { until: self.raise(rules, now, until) },
            _ if self.failures + 1 < rules.max_attempts => {
                self.failures += 1;
                PairAdmission::Go(self.slot(rules, None, false))
            }
            None => {
                self.failures = rules.max_attempts;
                self.locked_until = Some(later(now, rules.wait(self.level)));
                PairAdmission::Go(self.slot(rules, None, false))
            }
            // The wait is over: one try is let through, and locks until it has succeeded.
            Some(until) => {
                self.level = self.level.saturating_add(1);
                self.raised_at = Some(now);
                self.locked_until = Some(later(now, rules.wait(self.level)));
                PairAdmission::Go(self.slot(rules, Some(until), true))
            }
        }
    }

    /// The attempt was accepted: the pair starts anew.
    pub fn accept(&mut self) {
        *self = Self::default();
    }

    /// The attempt was never judged, by a fault of ours: its slot is given back.
    pub fn give_back(&mut self, slot: PairSlot) {
        if slot.raised_level {
            self.level = self.level.saturating_sub(1);
        } else {
            self.failures = self.failures.saturating_sub(1);
        }
        // Someone else's try during the lock may have prolonged it; then it stays.
        if slot.locks_until.is_some() && self.locked_until == slot.locks_until {
            self.locked_until = slot.before;
        }
    }

    /// Until when the pair is locked, if it is.
    pub fn locked(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| now < *until)
    }

    /// Whether nothing is known any more, so that the state may be dropped.
    pub fn is_forgotten(&self, rules: &GuardRules, now: Timestamp) -> bool {
        self.forgotten_at(rules).is_none_or(|at| at <= now)
    }

    /// From when on nothing is known any more. `None` when nothing is known now.
    pub fn forgotten_at(&self, rules: &GuardRules) -> Option<Timestamp> {
        let idle = self.tried_at.map(|tried| later(tried, rules.forget_after));
        idle.max(self.locked_until)
    }

    fn slot(&self, rules: &GuardRules, before: Option<Timestamp>, raised_level: bool) -> PairSlot {
        PairSlot {
            attempts_left: rules.max_attempts.saturating_sub(self.failures),
            locks_until: self.locked_until,
            before,
            raised_level,
        }
    }

    fn raise(&mut self, rules: &GuardRules, now: Timestamp, until: Timestamp) -> Timestamp {
        if self.raised_at.is_none_or(|at| later(at, RAISE_EVERY) <= now) {
            self.raised_at = Some(now);
            self.level = self.level.saturating_add(1);
            let until = until.max(later(now, rules.wait(self.level)));
            self.locked_until = Some(until);
            return until;
        }
        until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: GuardRules = GuardRules {
        base_cooldown: SignedDuration::from_secs(30),
        max_cooldown: SignedDuration::from_secs(300),
        ..GuardRules::DEFAULT
    };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000_000_000 + millis).unwrap()
    }

    fn go(admission: PairAdmission) -> PairSlot {
        match admission {
            PairAdmission::Go(slot) => slot,
            PairAdmission::Locked { until } => panic!("locked until {until}"),
        }
    }

    fn locked_at(second: i64) -> PairState {
        let mut pair = PairState::default();
        for left in (0..5).rev() {
            assert_eq!(go(pair.admit(&RULES, at(second * 1000))).attempts_left, left);
        }
        pair
    }

    fn wait_of(admission: PairAdmission, now: Timestamp) -> i64 {
        match admission {
            PairAdmission::Locked { until } => now.duration_until(until).as_secs(),
            PairAdmission::Go(_) => panic!("let through"),
        }
    }

    #[test]
    fn the_last_failure_locks_for_the_base_wait() {
        let pair = locked_at(0);
        assert_eq!(pair.locked(at(29_999)), Some(at(30_000)));
        assert_eq!(pair.locked(at(30_000)), None);
    }

    #[test]
    fn tries_during_a_lock_raise_the_wait_up_to_the_longest() {
        let mut pair = locked_at(0);
        let waits: Vec<i64> =
            (1..=6).map(|second| wait_of(pair.admit(&RULES, at(second * 1000)), at(second * 1000))).collect();
        assert_eq!(waits, [60, 120, 240, 300, 300, 300]);
    }

    #[test]
    fn a_burst_during_a_lock_raises_once() {
        let mut pair = locked_at(0);
        for millis in 0..900 {
            assert!(wait_of(pair.admit(&RULES, at(millis)), at(0)) <= 60);
        }
        assert_eq!(wait_of(pair.admit(&RULES, at(1_000)), at(1_000)), 120);
    }

    #[test]
    fn after_the_wait_exactly_one_try_is_let_through_and_its_failure_raises_the_level() {
        let mut pair = locked_at(0);
        let slot = go(pair.admit(&RULES, at(30_000)));
        assert_eq!((slot.attempts_left, slot.locks_until), (0, Some(at(90_000))));
        assert!(matches!(pair.admit(&RULES, at(30_000)), PairAdmission::Locked { .. }));
    }

    #[test]
    fn a_double_click_on_the_try_after_the_wait_raises_once() {
        let mut pair = locked_at(0);
        go(pair.admit(&RULES, at(30_000)));
        assert_eq!(wait_of(pair.admit(&RULES, at(30_100)), at(30_000)), 60);
        assert_eq!(wait_of(pair.admit(&RULES, at(31_000)), at(31_000)), 120);
    }

    #[test]
    fn an_accepted_code_clears_the_pair() {
        let mut pair = locked_at(0);
        go(pair.admit(&RULES, at(30_000)));
        pair.accept();
        assert_eq!(go(pair.admit(&RULES, at(30_001))).attempts_left, 4);
    }

    #[test]
    fn a_fault_of_ours_gives_the_slot_back() {
        let mut pair = PairState::default();
        let slot = go(pair.admit(&RULES, at(0)));
        pair.give_back(slot);
        for _ in 0..4 {
            go(pair.admit(&RULES, at(1)));
        }
        let last = go(pair.admit(&RULES, at(2)));
        pair.give_back(last);
        assert_eq!(pair.locked(at(3)), None);
        assert_eq!(go(pair.admit(&RULES, at(3))).attempts_left, 0);
        let probe = go(pair.admit(&RULES, at(30_003)));
        pair.give_back(probe);
        assert_eq!(pair.locked(at(30_004)), None);
        let again = go(pair.admit(&RULES, at(30_004)));
        assert_eq!(again.locks_until, Some(at(90_004)));
    }

    #[test]
    fn an_idle_pair_is_forgotten() {
        let mut pair = locked_at(0);
        let day = 24 * 3600 * 1000;
        assert!(!pair.is_forgotten(&RULES, at(day - 1)));
        assert_eq!(go(pair.admit(&RULES, at(day))).attempts_left, 4);
    }

    proptest! {
        #[test]
        fn a_burst_never_evaluates_more_than_the_budget(tries in prop::collection::vec(0i64..30_000, 1..200)) {
            let mut pair = PairState::default();
            let mut tries = tries;
            tries.sort_unstable();
            let first_lock = tries.get(4).copied().unwrap_or(0);
            let evaluated = tries.iter().filter(|t| matches!(pair.admit(&RULES, at(**t)), PairAdmission::Go(_))).count();
            let budget = tries.iter().filter(|t| **t < first_lock + 30_000).count().min(5);
            prop_assert_eq!(evaluated, budget);
        }

        #[test]
        fn the_announced_end_is_the_enforced_one(steps in prop::collection::vec(0i64..400_000, 1..40)) {
            let mut pair = locked_at(0);
            let mut now = 0;
            for step in steps {
                now += step;
                if let PairAdmission::Locked { until } = pair.admit(&RULES, at(now)) {
                    prop_assert_eq!(pair.locked(at(now)), Some(until));
                    let mut later = pair;
                    prop_assert!(matches!(later.admit(&RULES, until), PairAdmission::Go(_)));
                }
            }
        }
    }
}
