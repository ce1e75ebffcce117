use backstop_domain::Timestamp;
use fred::types::Expiration;

/// Clocks are corrected now and then; a key outlives by this many milliseconds what it says.
const SPARE: i64 = 60_000;

/// How long Redis is to keep what ends at that instant. It frees memory by that, and decides nothing.
pub(crate) fn milliseconds(now: Timestamp, until: Timestamp) -> i64 {
    let left = until.as_millisecond().saturating_sub(now.as_millisecond());
    left.max(0).saturating_add(1 + SPARE)
}

pub(crate) fn expiry(now: Timestamp, until: Timestamp) -> Expiration {
    Expiration::PX(milliseconds(now, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    #[test]
    fn a_key_outlives_what_it_says() {
        assert_eq!(milliseconds(at(0), at(1_999)), 60_002);
        assert_eq!(milliseconds(at(5_000_000), at(0)), 60_001);
        assert!(milliseconds(Timestamp::MIN, Timestamp::MAX) > 0);
    }
}
