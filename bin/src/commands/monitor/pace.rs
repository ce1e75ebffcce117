//! How fast the workers get on.

use backstop_application::ports::Worker;
use backstop_domain::{Timestamp, WorkerId};
use jiff::SignedDuration;
use std::collections::{BTreeMap, VecDeque};

/// Tasks done per minute, from how the workers' totals change from beat to beat.
#[derive(Debug, Default)]
pub struct Pace(BTreeMap<WorkerId, VecDeque<Mark>>);

/// How many tasks a worker had done by a time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Timestamp,
    done: u64,
}

/// What is older says nothing of how it goes now.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

impl Pace {
    /// Takes note of what the workers last told of themselves.
    pub fn note(&mut self, workers: &[Worker]) {
        self.0.retain(|id, _| workers.iter().any(|worker| worker.id == *id));
        for worker in workers {
            let start = Mark { at: worker.started_at, done: 0 };
            let marks = self.0.entry(worker.id).or_insert_with(|| VecDeque::from([start]));
            if marks.back().is_none_or(|last| last.at < worker.seen_at) {
                marks.push_back(Mark { at: worker.seen_at, done: worker.done });
            }
            while marks.front().is_some_and(|mark| worker.seen_at.duration_since(mark.at) > WINDOW) {
                marks.pop_front();
            }
        }
    }

    /// Of one worker; `None` until it was heard of twice.
    pub fn of(&self, worker: WorkerId) -> Option<f64> {
        let marks = self.0.get(&worker)?;
        let (first, last) = (marks.front()?, marks.back()?);
        let time = last.at.duration_since(first.at);
        #[expect(clippy::cast_precision_loss, reason = "nobody does 2^52 tasks a minute")]
        let done = last.done.saturating_sub(first.done) as f64;
        time.is_positive().then(|| done * 60.0 / time.as_secs_f64())
    }

    /// Of all together, as far as it is known.
    pub fn of_all(&self) -> Option<f64> {
        self.0.keys().filter_map(|worker| self.of(*worker)).reduce(|one, other| one + other)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};

    #[test]
    fn the_pace_is_what_was_done_between_two_beats() {
        let mut pace = Pace::default();
        let old = Worker { started_at: at(-9_000), ..worker(1) };
        let beat = |second, done| Worker { seen_at: at(second), done, ..old.clone() };
        pace.note(&[beat(0, 1_000)]);
        assert_eq!(pace.of_all(), None, "one beat tells no pace");
        pace.note(&[beat(0, 1_000)]);
        assert_eq!(pace.of_all(), None, "and neither does the same one seen again");
        pace.note(&[beat(10, 1_005)]);
        assert_eq!((pace.of(old.id), pace.of_all()), (Some(30.0), Some(30.0)));
        for second in 2..=12 {
            pace.note(&[beat(second * 10, 1_005)]);
        }
        assert_eq!(pace.of_all(), Some(0.0), "what was done over a minute ago does not count");
    }

    #[test]
    fn a_worker_that_began_just_now_began_with_nothing_done() {
        let mut pace = Pace::default();
        let new = Worker { started_at: at(0), seen_at: at(30), done: 7, ..worker(1) };
        let other = Worker { started_at: at(0), seen_at: at(20), done: 2, ..worker(2) };
        pace.note(&[new.clone(), other.clone()]);
        assert_eq!((pace.of(new.id), pace.of(other.id), pace.of_all()), (Some(14.0), Some(6.0), Some(20.0)));
        pace.note(&[other]);
        assert_eq!((pace.of(new.id), pace.of_all()), (None, Some(6.0)), "who left counts no more");
        pace.note(&[]);
        assert_eq!(pace.of_all(), None);
    }
}
