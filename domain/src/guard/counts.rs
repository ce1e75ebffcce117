//! One decision over everything that an attempt is counted by.

use super::{Ceiling, GuardRules, PairAdmission, PairSlot, PairState};
use crate::account::named;
use jiff::Timestamp;

named! {
    /// What refused an attempt before it was evaluated.
    Limit {
        /// Failures of one identifier from one network.
        Pair = "pair",
        /// Failures of one identifier over all networks.
        Account = "account",
        /// Failures from one network over all identifiers.
        Network = "network",
    }
}

/// The states that an attempt is counted in.
pub struct Counts<'s> {
    pub pair: &'s mut PairState,
    pub account: &'s mut Ceiling,
    /// `None` when nobody knows where the attempt comes from.
    pub network: Option<&'s mut Ceiling>,
}

/// A reserved attempt, to be settled with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What is left to the pair if this attempt fails.
    pub attempts_left: u32,
    /// Until when the pair is locked if this attempt fails.
    pub locks_until: Option<Timestamp>,
    /// The ceiling that this attempt reaches if it fails.
    pub reaches: Option<Limit>,
    pub taken_at: Timestamp,
    pub pair: PairSlot,
    /// Of two stores that stand in for each other, the second one counted it.
    pub in_second: bool,
}

impl Slot {
    pub fn new(pair: PairSlot, reaches: Option<Limit>, taken_at: Timestamp) -> Self {
        let PairSlot { attempts_left, locks_until, .. } = pair;
        Self { attempts_left, locks_until, reaches, taken_at, pair, in_second: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Evaluate the attempt, then settle the slot.
    Go(Slot),
    /// Evaluate nothing.
    Locked { until: Timestamp, by: Limit },
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// Never judged, by a fault of ours.
    Fault,
}

impl Counts<'_> {
    /// Reserves a slot before anything is evaluated: it counts as a failure everywhere until it is settled otherwise.
    /// What a ceiling refuses is not counted. `exempt` attempts go past the account's ceiling, and are counted in it.
    pub fn admit(&mut self, rules: &GuardRules, exempt: bool, now: Timestamp) -> Admission {
        let ceiling = self.ceiling(rules, exempt, now);
        if self.pair.locked(now).is_none()
            && let Some((until, by)) = ceiling
        {
            return Admission::Locked { until, by };
        }
        match self.pair.admit(rules, now) {
            PairAdmission::Locked { until } => {
                // Whichever refuses for longer, so that the wait that is told is the one that is kept.
                let (until, by) = ceiling.filter(|(later, _)| *later > until).unwrap_or((until, Limit::Pair));
                Admission::Locked { until, by }
            }
            PairAdmission::Go(slot) => {
                let account = self.account.record(rules.account_ceiling, now);
                let network = self.network.as_mut().is_some_and(|c| c.record(rules.network_ceiling, now));
                let reaches = match (account, network) {
                    (true, _) => Some(Limit::Account),
                    (false, true) => Some(Limit::Network),
                    (false, false) => None,
                };
                Admission::Go(Slot::new(slot, reaches, now))
            }
        }
    }

    /// An accepted attempt clears the pair and was no failure; of the ceilings it clears nothing else. A refused one
    /// changes nothing: it was a failure from the beginning.
    pub fn settle(&mut self, slot: &Slot, verdict: Verdict) {
        match verdict {
            Verdict::Refused => return,
            Verdict::Accepted => self.pair.accept(),
            Verdict::Fault => self.pair.give_back(slot.pair),
        }
        self.account.give_back(slot.taken_at);
        if let Some(network) = &mut self.network {
            network.give_back(slot.taken_at);
        }
    }

    /// The ceiling that refuses for longest, if one does.
    fn ceiling(&mut self, rules: &GuardRules, exempt: bool, now: Timestamp) -> Option<(Timestamp, Limit)> {
        let account = if exempt { None } else { self.account.refuses_until(rules.account_ceiling, now) };
        let network = self.network.as_mut().and_then(|c| c.refuses_until(rules.network_ceiling, now));
        let account = account.map(|until| (until, Limit::Account));
        let network = network.map(|until| (until, Limit::Network));
        match (account, network) {
            (Some(account), Some(network)) => Some(if network.0 > account.0 { network } else { account }),
            (account, network) => account.or(network),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::CeilingRule;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    const RULES: GuardRules = GuardRules {
        account_ceiling: CeilingRule { failures: 8, span: SignedDuration::from_secs(1_000) },
        network_ceiling: CeilingRule { failures: 12, span: SignedDuration::from_secs(100) },
        ..GuardRules::DEFAULT
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    /// Two identifiers and three networks.
    #[derive(Default)]
    struct World {
        pairs: [[PairState; 3]; 2],
        accounts: [Ceiling; 2],
        networks: [Ceiling; 3],
    }

    impl World {
        fn counts(&mut self, account: usize, network: usize) -> Counts<'_> {
            Counts {
                pair: &mut self.pairs[account][network],
                account: &mut self.accounts[account],
                network: Some(&mut self.networks[network]),
            }
        }

        fn admit(&mut self, account: usize, network: usize, exempt: bool, second: i64) -> Admission {
            self.counts(account, network).admit(&RULES, exempt, at(second))
        }

        fn fail(&mut self, account: usize, network: usize, times: u32, second: i64) {
            for _ in 0..times {
                assert!(matches!(self.admit(account, network, false, second), Admission::Go(_)));
            }
        }
    }

    #[test]
    fn failures_over_all_networks_reach_the_accounts_ceiling() {
        let mut world = World::default();
        world.fail(0, 0, 4, 0);
        world.fail(0, 1, 3, 10);
        let Admission::Go(last) = world.admit(0, 2, false, 20) else { panic!("the eighth goes") };
        assert_eq!(last.reaches, Some(Limit::Account));
        assert_eq!(world.admit(0, 2, false, 30), Admission::Locked { until: at(1_000), by: Limit::Account });
        assert!(matches!(world.admit(1, 2, false, 30), Admission::Go(_)), "another account is free");
    }

    #[test]
    fn failures_over_all_identifiers_reach_the_networks_ceiling() {
        let mut world = World::default();
        for second in [0, 1, 2] {
            world.fail(0, 0, 2, second);
            world.counts(0, 0).pair.accept();
            world.fail(1, 0, 2, second);
            world.counts(1, 0).pair.accept();
        }
        assert_eq!(world.admit(1, 0, false, 3), Admission::Locked { until: at(100), by: Limit::Network });
        assert!(matches!(world.admit(1, 1, false, 3), Admission::Go(_)), "another network is free");
    }

    #[test]
    fn an_exempt_attempt_passes_the_accounts_ceiling_and_no_other() {
        let mut world = World::default();
        world.fail(0, 0, 4, 0);
        world.fail(0, 1, 4, 0);
        assert!(matches!(world.admit(0, 2, false, 1), Admission::Locked { by: Limit::Account, .. }));
        for _ in 0..5 {
            assert!(matches!(world.admit(0, 2, true, 1), Admission::Go(_)));
        }
        assert!(matches!(world.admit(0, 2, true, 1), Admission::Locked { by: Limit::Pair, .. }));
    }

    #[test]
    fn an_accepted_attempt_clears_its_pair_and_no_ceiling() {
        let mut world = World::default();
        world.fail(0, 0, 4, 0);
        let Admission::Go(slot) = world.admit(0, 0, false, 1) else { panic!("the fifth goes") };
        world.counts(0, 0).settle(&slot, Verdict::Accepted);
        assert_eq!(world.pairs[0][0], PairState::default());
        assert_eq!(world.accounts[0].failures.len(), 4);
        assert_eq!(world.networks[0].failures.len(), 4);
    }

    #[test]
    fn of_a_lock_and_a_ceiling_the_later_end_is_told() {
        let mut world = World::default();
        world.fail(0, 0, 5, 0);
        world.fail(0, 1, 3, 1);
        let Admission::Locked { until, by } = world.admit(0, 0, false, 2) else { panic!("both refuse") };
        assert_eq!((until, by), (at(1_000), Limit::Account));
        assert!(matches!(world.admit(0, 0, true, 3), Admission::Locked { by: Limit::Pair, .. }));
        assert!(matches!(world.admit(0, 0, false, 999), Admission::Locked { until, .. } if until >= at(1_000)));
    }

    #[test]
    fn what_a_ceiling_refuses_is_not_counted() {
        let mut world = World::default();
        world.fail(0, 0, 4, 0);
        world.fail(0, 1, 4, 0);
        for second in 1..100 {
            assert!(matches!(world.admit(0, 2, false, second), Admission::Locked { .. }));
        }
        assert_eq!(world.pairs[0][2], PairState::default());
        assert!(matches!(world.admit(0, 2, false, 1_000), Admission::Go(_)));
    }

    proptest! {
        #[test]
        fn good_sign_ins_never_count(tries in prop::collection::vec((0usize..2, 0usize..3, 0i64..3_000), 1..300)) {
            let mut world = World::default();
            let mut tries = tries;
            tries.sort_by_key(|(.., second)| *second);
            for (account, network, second) in tries {
                let Admission::Go(slot) = world.admit(account, network, false, second) else {
                    panic!("nobody failed")
                };
                world.counts(account, network).settle(&slot, Verdict::Accepted);
            }
        }

        #[test]
        fn no_budget_is_ever_exceeded(
            tries in prop::collection::vec((0usize..2, 0usize..3, 0i64..3_000, prop::bool::ANY), 1..300)
        ) {
            let mut world = World::default();
            let mut tries = tries;
            tries.sort_by_key(|(_, _, second, _)| *second);
            let mut evaluated: Vec<(usize, usize, i64)> = Vec::new();
            for (account, network, second, fault) in tries {
                if let Admission::Go(slot) = world.admit(account, network, false, second) {
                    if fault {
                        world.counts(account, network).settle(&slot, Verdict::Fault);
                    } else {
                        evaluated.push((account, network, second));
                    }
                }
            }
            let within = |span: i64, end: i64, of: &dyn Fn(&(usize, usize, i64)) -> bool| {
                evaluated.iter().filter(|t| of(t) && t.2 <= end && t.2 > end - span).count()
            };
            for (account, network, second) in &evaluated {
                prop_assert!(within(1_000, *second, &|t| t.0 == *account) <= 8);
                prop_assert!(within(100, *second, &|t| t.1 == *network) <= 12);
                prop_assert!(within(60, *second, &|t| t.0 == *account && t.1 == *network) <= 5);
            }
        }
    }
}
