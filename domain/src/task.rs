//! Background work: what a task is, when it is tried again, and when it is given up.

use crate::{TaskId, WorkerId, account::named};
use jiff::{SignedDuration, Timestamp};

named! {
    /// What is to be done.
    TaskKind {
        /// Send a set of codes to its owner.
        SendCodes = "send_codes",
        /// Send any other mail.
        SendMail = "send_mail",
        /// Tell a person that something happened.
        TellNotice = "tell_notice",
        /// Tell a person what was held back.
        TellHeld = "tell_held",
        /// Run a clean-up.
        CleanUp = "clean_up",
        /// Clear away what is over.
        ClearAway = "clear_away",
        /// Look for codes that are about to expire.
        FindExpiring = "find_expiring",
    }
}

named! {
    TaskState {
        /// Waiting for its time or for a worker.
        Queued = "queued",
        /// Leased to a worker.
        Running = "running",
        Done = "done",
        /// Given up; kept for a person to see.
        Failed = "failed",
    }
}

/// Which task goes first when several are due: the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(pub i16);

impl Priority {
    /// Somebody waits for it.
    pub const SOON: Self = Self(10);
    pub const USUAL: Self = Self(100);
}

/// A worker's right to do a task until an instant. The number of the attempt tells a lease from those before it, so that
/// a worker who lost it can't finish what another has taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    pub task: TaskId,
    pub worker: WorkerId,
    /// Counted from 1.
    pub attempt: u32,
}

/// How tasks that failed come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub first: SignedDuration,
    pub longest: SignedDuration,
}

impl Backoff {
    pub const USUAL: Self = Self { first: SignedDuration::from_secs(5), longest: SignedDuration::from_hours(1) };

    /// The wait after attempt number so many: it doubles each time up to the longest, and `spread` (of 256) takes up to
    /// a half of it away, so that what failed together does not come again together.
    pub fn wait(self, attempt: u32, spread: u8) -> SignedDuration {
        let doublings = attempt.saturating_sub(1).min(30);
        let full = self.first.checked_mul(1 << doublings).map_or(self.longest, |wait| wait.min(self.longest));
        full - full * i32::from(spread) / 512
    }

    pub fn next(self, now: Timestamp, attempt: u32, spread: u8) -> Timestamp {
        now.saturating_add(self.wait(attempt, spread)).unwrap_or(Timestamp::MAX)
    }
}

/// How an attempt at a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With what came of it, in a few words.
    Done(Option<String>),
    /// It is tried again at that time.
    Again { at: Timestamp, error: String },
    /// For good.
    Failed { error: String },
    /// The worker stops, and nothing was tried: the attempt does not count.
    Released,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<i64> = (1..=12).map(|attempt| Backoff::USUAL.wait(attempt, 0).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    }

    proptest! {
        #[test]
        fn the_spread_takes_at_most_half(attempt in 0_u32..=u32::MAX, spread in 0_u8..=u8::MAX) {
            let (full, spread) = (Backoff::USUAL.wait(attempt, 0), Backoff::USUAL.wait(attempt, spread));
            prop_assert!(spread <= full && spread >= full / 2);
        }
    }
}
