//! How much happened, day by day: counts by quarters of an hour, which make up the days of every time zone there is.

use crate::{AuditEntry, AuditKind, account::named, schedule::Zone};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};

named! {
    /// What is counted.
    Counted {
        /// Codes that were made.
        Issued = "issued",
        /// Codes that somebody signed in with.
        Redeemed = "redeemed",
        /// Attempts at that which were refused.
        Refused = "refused",
        /// Rows of codes that went.
        Purged = "purged",
    }
}

impl Counted {
    /// What an entry of the trail tells of, and how much of it. Runs of clean-ups have records of their own: what they
    /// took is not counted by their entries.
    pub fn told_by(entry: &AuditEntry) -> Option<(Self, u64)> {
        let of = Self::told_by_kind(entry.kind)?;
        let counts_codes = matches!(of, Self::Issued | Self::Purged);
        Some((of, if counts_codes { entry.count.unwrap_or(0).into() } else { 1 }))
    }

    pub const fn told_by_kind(kind: AuditKind) -> Option<Self> {
        Some(match kind {
            AuditKind::Generated => Self::Issued,
            AuditKind::Redeemed => Self::Redeemed,
            AuditKind::RedeemRefused => Self::Refused,
            AuditKind::BatchRemoved => Self::Purged,
            _ => return None,
        })
    }
}

/// A quarter of an hour, by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(Timestamp);

impl Quarter {
    pub const LENGTH: SignedDuration = SignedDuration::from_mins(15);

    /// The one that the instant is in.
    pub fn of(instant: Timestamp) -> Self {
        let second = instant.as_second() - i64::from(instant.subsec_nanosecond() < 0);
        let begins = second - second.rem_euclid(Self::LENGTH.as_secs());
        Self(Timestamp::from_second(begins).unwrap_or(Timestamp::MIN))
    }

    pub const fn begins(self) -> Timestamp {
        self.0
    }

    /// So many quarters later.
    #[must_use]
    pub fn later(self, quarters: u32) -> Self {
        let by = SignedDuration::from_secs(Self::LENGTH.as_secs().saturating_mul(i64::from(quarters)));
        Self(self.0.saturating_add(by).unwrap_or(Timestamp::MAX))
    }
}

/// How much of one thing happened in one quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    pub quarter: Quarter,
    pub of: Counted,
    pub number: u64,
}

/// How much happened in one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCounts {
    pub date: Date,
    pub issued: u64,
    pub redeemed: u64,
    pub refused: u64,
    pub purged: u64,
}

impl DayCounts {
    const fn none(date: Date) -> Self {
        Self { date, issued: 0, redeemed: 0, refused: 0, purged: 0 }
    }

    pub const fn of(&self, of: Counted) -> u64 {
        match of {
            Counted::Issued => self.issued,
            Counted::Redeemed => self.redeemed,
            Counted::Refused => self.refused,
            Counted::Purged => self.purged,
        }
    }

    const fn of_mut(&mut self, of: Counted) -> &mut u64 {
        match of {
            Counted::Issued => &mut self.issued,
            Counted::Redeemed => &mut self.redeemed,
            Counted::Refused => &mut self.refused,
            Counted::Purged => &mut self.purged,
        }
    }
}

/// The last days of a time zone, today among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDays<'z> {
    zone: &'z Zone,
    first: Date,
    today: Date,
}

impl<'z> LastDays<'z> {
    /// So many, at least one.
    pub fn new(zone: &'z Zone, now: Timestamp, days: u16) -> Self {
        let today = zone.date(now);
        let first = today.saturating_sub((i64::from(days) - 1).max(0).days());
        Self { zone, first, today }
    }

    /// When the first of them began.
    pub fn begin(&self) -> Timestamp {
        self.zone.begin_of(self.first)
    }

    /// What happened on each of them, the first one first. What happened before is left out.
    pub fn counts(&self, tallies: impl IntoIterator<Item = Tally>) -> Vec<DayCounts> {
        let dates = self.first.series(1.day()).take_while(|date| *date <= self.today);
        let mut days: Vec<DayCounts> = dates.map(DayCounts::none).collect();
        for tally in tallies {
            let date = self.zone.date(tally.quarter.begins());
            if let Ok(place) = days.binary_search_by_key(&date, |day| day.date) {
                let number = days[place].of_mut(tally.of);
                *number = number.saturating_add(tally.number);
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_in_the_quarter_that_began_last() {
        for (at, begins) in [
            ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
            ("2026-03-01T10:14:59.999999Z", "2026-03-01T10:00:00Z"),
            ("2026-03-01T10:15:00Z", "2026-03-01T10:15:00Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:45:00Z"),
        ] {
            assert_eq!(Quarter::of(instant(at)).begins(), instant(begins), "{at}");
        }
        assert_eq!(Quarter::of(instant("2026-03-01T10:00:00Z")).later(5), Quarter::of(instant("2026-03-01T11:15:00Z")));
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let tally = |at, of, number| Tally { quarter: Quarter::of(instant(at)), of, number };
        // Half an hour off the full one.
        let zone = Zone::parse("Asia/Kolkata").unwrap();
        let days = LastDays::new(&zone, instant("2026-03-03T12:00:00Z"), 2);
        assert_eq!(days.begin(), instant("2026-03-01T18:30:00Z"));
        let counts = days.counts([
            tally("2026-03-01T18:15:00Z", Counted::Issued, 9),
            tally("2026-03-01T18:30:00Z", Counted::Issued, 10),
            tally("2026-03-02T18:15:00Z", Counted::Issued, 5),
            tally("2026-03-02T18:30:00Z", Counted::Redeemed, 1),
            tally("2026-03-03T11:45:00Z", Counted::Refused, 2),
            tally("2026-03-03T11:45:00Z", Counted::Purged, 3),
        ]);
        let (second, third) = ("2026-03-02".parse().unwrap(), "2026-03-03".parse().unwrap());
        assert_eq!(
            counts,
            [
                DayCounts { issued: 15, ..DayCounts::none(second) },
                DayCounts { redeemed: 1, refused: 2, purged: 3, ..DayCounts::none(third) },
            ]
        );
        assert_eq!(Counted::ALL.iter().map(|of| counts[1].of(*of)).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_day_with_a_change_of_clocks_is_one_day() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let days = LastDays::new(&zone, instant("2026-03-30T12:00:00Z"), 30);
        assert_eq!(days.counts([]).len(), 30);
        let at = |at| Tally { quarter: Quarter::of(instant(at)), of: Counted::Redeemed, number: 1 };
        let counts = days.counts([at("2026-03-28T23:00:00Z"), at("2026-03-29T21:45:00Z"), at("2026-03-29T22:00:00Z")]);
        assert_eq!(counts[28..].iter().map(|day| day.redeemed).collect::<Vec<_>>(), [2, 1]);
    }
}
