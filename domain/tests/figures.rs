//! The figures that `docs/security.md` gives for a guesser who knows every limit and wastes no try.
#![allow(clippy::unwrap_used, reason = "a surprise ends the test")]

use backstop_domain::guard::{Admission, Ceiling, Counts, GuardRules, Limit, MOST_CONSECUTIVE_FAILURES, PairState};
use jiff::Timestamp;

const DAY: usize = 24 * 3600;
const RULES: GuardRules = GuardRules::DEFAULT;

/// One account under attack, with the limits of the defaults.
struct Attack {
    networks: Vec<(PairState, Ceiling)>,
    account: Ceiling,
    /// Whether the guesser passes the account's ceiling, as one who has the password does.
    exempt: bool,
}

impl Attack {
    fn from(networks: usize) -> Self {
        Self { networks: vec![Default::default(); networks], account: Ceiling::default(), exempt: false }
    }

    fn with_the_password(self) -> Self {
        Self { exempt: true, ..self }
    }

    /// How many wrong codes are looked at from each network in this second. Nobody tries while the pair is locked,
    /// because that makes the wait longer.
    fn guess(&mut self, second: usize) -> usize {
        let now = Timestamp::from_second(1_000_000_000 + i64::try_from(second).unwrap()).unwrap();
        let mut looked_at = 0;
        for (pair, network) in &mut self.networks {
            while pair.locked(now).is_none() {
                let mut counts = Counts { pair, account: &mut self.account, network: Some(network) };
                match counts.admit(&RULES, self.exempt, now) {
                    Admission::Go(_) => looked_at += 1,
                    Admission::Locked { by: Limit::Account | Limit::Network, .. } => break,
                    Admission::Locked { by: Limit::Pair, .. } => unreachable!("it was not locked"),
                }
            }
        }
        looked_at
    }

    /// How many wrong codes are looked at on each of so many days.
    fn days(mut self, days: usize) -> Vec<usize> {
        (0..days).map(|day| (day * DAY..(day + 1) * DAY).map(|second| self.guess(second)).sum()).collect()
    }

    /// The second of the wrong code that suspends the account.
    fn suspends_at(mut self) -> usize {
        let mut left = MOST_CONSECUTIVE_FAILURES as usize;
        let mut seconds = 0..100 * DAY;
        seconds
            .find(|second| {
                left = left.saturating_sub(self.guess(*second));
                left == 0
            })
            .unwrap()
    }
}

#[test]
fn one_network_has_33_guesses_on_the_first_day_and_24_on_every_later_one() {
    assert_eq!(Attack::from(1).days(4), [33, 24, 24, 24]);
    assert_eq!(Attack::from(1).with_the_password().days(1), [33]);
}

#[test]
fn twenty_networks_and_a_hundred_have_480_guesses_a_day_together() {
    for networks in [20, 100] {
        assert_eq!(Attack::from(networks).days(3), [480, 480, 480], "{networks}");
    }
    assert_eq!(Attack::from(20).with_the_password().days(2), [660, 480]);
}

#[test]
fn the_hundredth_guess_takes_twenty_networks_four_hours_and_one_network_three_days() {
    assert_eq!(Attack::from(20).suspends_at(), 4 * 3600);
    assert_eq!(Attack::from(1).suspends_at() / DAY, 3);
    assert_eq!(Attack::from(20).with_the_password().suspends_at(), 0);
}
