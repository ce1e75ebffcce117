//! Which codes the purge may take.

use crate::CodeStatus;
use jiff::{SignedDuration, Timestamp};

/// When the events happened that can make a code eligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeTimes {
    pub status: CodeStatus,
    /// When it was used, invalidated or deleted.
    pub status_since: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// The instant before which an event lies long enough in the past.
pub fn threshold(run_start: Timestamp, retention_days: u32) -> Timestamp {
    run_start.saturating_sub(SignedDuration::from_hours(24 * i64::from(retention_days))).unwrap_or(Timestamp::MIN)
}

/// A used, invalidated or deleted code is eligible when that happened, a live one when it expired, at or before the
/// threshold. A live, unexpired code never is.
pub fn is_eligible(times: CodeTimes, threshold: Timestamp) -> bool {
    match times.status {
        CodeStatus::Active => times.expires_at.is_some_and(|end| end <= threshold),
        CodeStatus::Used | CodeStatus::Invalidated | CodeStatus::Deleted => times.status_since <= threshold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(n * 86_400).unwrap()
    }

    #[test]
    fn retention_counts_from_the_event_not_from_the_making() {
        let limit = threshold(day(100), 30);
        assert_eq!(limit, day(70));
        let used = |since| CodeTimes { status: CodeStatus::Used, status_since: since, expires_at: None };
        assert!(is_eligible(used(day(70)), limit));
        assert!(!is_eligible(used(day(100)), limit));
    }

    #[test]
    fn no_retention_takes_what_ended_up_to_now() {
        let expired = CodeTimes { status: CodeStatus::Active, status_since: day(0), expires_at: Some(day(100)) };
        assert!(is_eligible(expired, threshold(day(100), 0)));
        assert!(!is_eligible(expired, threshold(day(99), 0)));
        assert_eq!(threshold(Timestamp::MIN, 30), Timestamp::MIN);
    }

    proptest! {
        #[test]
        fn a_live_unexpired_code_is_never_taken(end in prop::option::of(0i64..1000), now in 0i64..1000, days in 0u32..400) {
            let times = CodeTimes { status: CodeStatus::Active, status_since: day(0), expires_at: end.map(day) };
            if end.is_none_or(|end| end > now) {
                prop_assert!(!is_eligible(times, threshold(day(now), days)));
            }
        }
    }
}
