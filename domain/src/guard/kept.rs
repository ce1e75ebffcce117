//! Counts as a store keeps them that knows nothing about them: a line of text for each.

use super::{Admission, Ceiling, Counts, GuardRules, PairState, Slot, Verdict};
use core::str::FromStr;
use jiff::Timestamp;
use thiserror::Error;

/// A kept text does not say what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a count can't be read")]
pub struct Unreadable;

/// The counts of one attempt, read from a store and to be written back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pair: PairState,
    account: Ceiling,
    network: Option<Ceiling>,
}

/// What to write in place of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptText {
    pub text: String,
    /// From when on the text says nothing any more, so that it may be dropped.
    pub forget_at: Timestamp,
}

const NOTHING: &str = "-";

impl Kept {
    /// An empty text is a state that nobody tried. Without a network its text is `None`.
    pub fn read(pair: &str, account: &str, network: Option<&str>) -> Result<Self, Unreadable> {
        Ok(Self {
            pair: read_pair(pair)?,
            account: read_ceiling(account)?,
            network: network.map(read_ceiling).transpose()?,
        })
    }

    pub fn admit(&mut self, rules: &GuardRules, exempt: bool, now: Timestamp) -> Admission {
        self.counts().admit(rules, exempt, now)
    }

    pub fn settle(&mut self, slot: &Slot, verdict: Verdict) {
        self.counts().settle(slot, verdict);
    }

    fn counts(&mut self) -> Counts<'_> {
        Counts { pair: &mut self.pair, account: &mut self.account, network: self.network.as_mut() }
    }

    /// In the order in which they were read; what nothing is known of may be dropped at `now`.
    pub fn write(&self, rules: &GuardRules, now: Timestamp) -> (KeptText, KeptText, Option<KeptText>) {
        let pair = KeptText { text: write_pair(&self.pair), forget_at: self.pair.forgotten_at(rules).unwrap_or(now) };
        let ceiling = |ceiling: &Ceiling, rule| KeptText {
            text: write_ceiling(ceiling),
            forget_at: ceiling.forgotten_at(rule).unwrap_or(now),
        };
        let network = self.network.as_ref().map(|network| ceiling(network, rules.network_ceiling));
        (pair, ceiling(&self.account, rules.account_ceiling), network)
    }
}

fn number<T: FromStr>(word: Option<&str>) -> Result<T, Unreadable> {
    word.and_then(|word| word.parse().ok()).ok_or(Unreadable)
}

fn moment(word: Option<&str>) -> Result<Option<Timestamp>, Unreadable> {
    if word == Some(NOTHING) {
        return Ok(None);
    }
    Timestamp::from_microsecond(number(word)?).map(Some).map_err(|_| Unreadable)
}

fn shown(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| NOTHING.to_owned(), |at| at.as_microsecond().to_string())
}

fn read_pair(text: &str) -> Result<PairState, Unreadable> {
    if text.is_empty() {
        return Ok(PairState::default());
    }
    let mut words = text.split(' ');
    let pair = PairState {
        failures: number(words.next())?,
        level: number(words.next())?,
        locked_until: moment(words.next())?,
        raised_at: moment(words.next())?,
        tried_at: moment(words.next())?,
    };
    if words.next().is_none() { Ok(pair) } else { Err(Unreadable) }
}

fn write_pair(pair: &PairState) -> String {
    let PairState { failures, level, locked_until, raised_at, tried_at } = pair;
    format!("{failures} {level} {} {} {}", shown(*locked_until), shown(*raised_at), shown(*tried_at))
}

fn read_ceiling(text: &str) -> Result<Ceiling, Unreadable> {
    let moments = text.split(' ').filter(|word| !word.is_empty());
    let failures = moments.map(|word| moment(Some(word))?.ok_or(Unreadable)).collect::<Result<_, _>>()?;
    Ok(Ceiling { failures })
}

fn write_ceiling(ceiling: &Ceiling) -> String {
    ceiling.failures.iter().map(|at| at.as_microsecond().to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn kept_and_read(kept: &Kept) -> Kept {
        let (pair, account, network) = kept.write(&GuardRules::DEFAULT, at(0));
        Kept::read(&pair.text, &account.text, network.as_ref().map(|n| n.text.as_str())).unwrap()
    }

    #[test]
    fn empty_texts_are_states_that_nobody_tried() {
        assert_eq!(Kept::read("", "", None), Ok(Kept::default()));
    }

    #[test]
    fn nonsense_is_an_error() {
        for bad in ["x", "1", "1 2 3", "1 2 - - - -", "1 2 - - 9223372036854775807", "-1 0 - - -"] {
            assert_eq!(Kept::read(bad, "", None), Err(Unreadable), "{bad}");
        }
        for bad in ["x", "-", "1 x", "9223372036854775807"] {
            assert_eq!(Kept::read("", bad, None), Err(Unreadable), "{bad}");
            assert_eq!(Kept::read("", "", Some(bad)), Err(Unreadable), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            tries in prop::collection::vec((0i64..100, 0u8..3), 0..60), with_network in prop::bool::ANY
        ) {
            let mut kept = Kept::read("", "", with_network.then_some("")).unwrap();
            let mut now = 0;
            for (step, verdict) in tries {
                now += step;
                if let Admission::Go(slot) = kept.admit(&GuardRules::DEFAULT, false, at(now)) {
                    let verdict = [Verdict::Accepted, Verdict::Refused, Verdict::Fault][usize::from(verdict)];
                    kept = kept_and_read(&kept);
                    kept.settle(&slot, verdict);
                }
                prop_assert_eq!(kept_and_read(&kept), kept.clone());
            }
        }
    }
}
