use core::{fmt, str::FromStr};
use jiff::SignedDuration;
use thiserror::Error;

/// What a rhythm is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beat {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
}

impl Beat {
    pub const ALL: [Self; 5] = [Self::Minutes, Self::Hours, Self::Days, Self::Weeks, Self::Months];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
        }
    }
}

/// How often something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rhythm {
    Once,
    Every(Interval),
}

/// So many minutes, hours, days, weeks or months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    count: u16,
    beat: Beat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadRhythm {
    #[error(
        "a rhythm is once, hourly, daily, weekly, monthly, quarterly, yearly, or every N minutes, hours, days, weeks or \
         months"
    )]
    Unknown,
    #[error("a rhythm has at least 5 minutes and at most 10000 of what it is counted in")]
    Bounds,
}

impl Interval {
    /// More often than this nothing runs.
    const SHORTEST: SignedDuration = SignedDuration::from_mins(5);
    const MOST: u16 = 10_000;

    pub fn new(count: u16, beat: Beat) -> Result<Self, BadRhythm> {
        let too_often = beat == Beat::Minutes && SignedDuration::from_mins(count.into()) < Self::SHORTEST;
        if count == 0 || count > Self::MOST || too_often { Err(BadRhythm::Bounds) } else { Ok(Self { count, beat }) }
    }

    pub const fn count(self) -> u16 {
        self.count
    }

    pub const fn beat(self) -> Beat {
        self.beat
    }
}

/// Rhythms that have names of their own.
const NAMED: [(&str, u16, Beat); 6] = [
    ("hourly", 1, Beat::Hours),
    ("daily", 1, Beat::Days),
    ("weekly", 1, Beat::Weeks),
    ("monthly", 1, Beat::Months),
    ("quarterly", 3, Beat::Months),
    ("yearly", 12, Beat::Months),
];

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Every(Interval { count, beat }) = self else { return f.write_str("once") };
        match NAMED.iter().find(|(_, n, b)| (n, b) == (count, beat)) {
            Some((name, ..)) => f.write_str(name),
            None => write!(f, "every {count} {}", beat.as_str()),
        }
    }
}

impl FromStr for Rhythm {
    type Err = BadRhythm;

    fn from_str(text: &str) -> Result<Self, BadRhythm> {
        if text == "once" {
            return Ok(Self::Once);
        }
        if let Some((_, count, beat)) = NAMED.iter().find(|(name, ..)| *name == text) {
            return Interval::new(*count, *beat).map(Self::Every);
        }
        let (count, beat) =
            text.strip_prefix("every ").and_then(|rest| rest.split_once(' ')).ok_or(BadRhythm::Unknown)?;
        let beat = Beat::ALL.into_iter().find(|known| known.as_str() == beat).ok_or(BadRhythm::Unknown)?;
        let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        let count =
            if digits { count.parse().map_err(|_| BadRhythm::Bounds)? } else { return Err(BadRhythm::Unknown) };
        Interval::new(count, beat).map(Self::Every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rhythms_have_the_names_that_people_use() {
        for name in ["once", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "every 2 days"] {
            assert_eq!(name.parse::<Rhythm>().unwrap().to_string(), name);
        }
        assert_eq!("every 3 months".parse::<Rhythm>().unwrap().to_string(), "quarterly");
        assert_eq!("every 5 minutes".parse::<Rhythm>().unwrap().to_string(), "every 5 minutes");
    }

    #[test]
    fn what_is_no_rhythm_is_refused() {
        for text in [
            "",
            "often",
            "Daily",
            "every days",
            "every 2 fortnights",
            "every two days",
            "every -1 days",
            "every +1 days",
        ] {
            assert_eq!(text.parse::<Rhythm>(), Err(BadRhythm::Unknown), "{text}");
        }
        for text in ["every 4 minutes", "every 0 days", "every 10001 days", "every 70000 weeks"] {
            assert_eq!(text.parse::<Rhythm>(), Err(BadRhythm::Bounds), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_rhythm_reads_back_as_itself(count in 5_u16..=10_000, beat in prop::sample::select(Beat::ALL.to_vec())) {
            let rhythm = Rhythm::Every(Interval::new(count, beat).unwrap());
            prop_assert_eq!(rhythm.to_string().parse::<Rhythm>(), Ok(rhythm));
        }
    }
}
