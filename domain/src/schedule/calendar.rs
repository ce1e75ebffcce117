use super::{Beat, Interval, Rhythm};
use core::fmt;
use jiff::{
    SignedDuration, Span, Timestamp, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use thiserror::Error;

/// A time zone by its name in the IANA database, such as `Europe/Berlin`. The database is part of the program, so that
/// all replicas know the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no time zone has this name; they are called like Europe/Berlin or UTC")]
pub struct BadZone;

impl Zone {
    pub const UTC: Self = Self(TimeZone::UTC);

    pub fn parse(name: &str) -> Result<Self, BadZone> {
        TimeZone::get(name).map(Self).map_err(|_| BadZone)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day that the clocks there show.
    pub fn date(&self, instant: Timestamp) -> Date {
        self.0.to_datetime(instant).date()
    }

    /// When the day begins there.
    pub fn begin_of(&self, date: Date) -> Timestamp {
        let begin = date.to_zoned(self.0.clone()).and_then(|day| day.start_of_day());
        begin.map_or(Timestamp::MIN, |begin| begin.timestamp())
    }

    /// The instant as clocks and calendars show it there.
    pub fn local(&self, instant: Timestamp) -> Zoned {
        instant.to_zoned(self.0.clone())
    }

    /// The instant at which clocks there show this. What they skip is as much later as they skip, what comes twice is the
    /// first of the two; `None` beyond the end of time.
    pub fn instant(&self, shown: DateTime) -> Option<Timestamp> {
        self.0.to_ambiguous_zoned(shown).compatible().ok().map(|zoned| zoned.timestamp())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The occurrences of a schedule: the first as a clock on the wall shows it, and the others by its rhythm.
///
/// Minutes and hours pass as they do everywhere. Days, weeks and months keep the time of day: an occurrence at a time that
/// the clocks skip is as much later as they skip, one at a time that comes twice is at the first of them. All are counted
/// from the first one, so that a month without a 31st changes no month after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub first: DateTime,
    pub zone: Zone,
    pub rhythm: Rhythm,
}

impl Calendar {
    /// The first occurrence of all.
    pub fn begins(&self) -> Option<Timestamp> {
        self.occurrence(0)
    }

    /// The first occurrence after the instant. `None` when there is none any more.
    pub fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let from = self.position_of(instant);
        // The position is one too early at most, or two where clocks change.
        (from..).map_while(|number| self.occurrence(number)).find(|at| *at > instant)
    }

    /// The last occurrence at or before the instant. `None` before the first one.
    ///
    /// However many were missed, this is the one to catch up with.
    pub fn last_until(&self, instant: Timestamp) -> Option<Timestamp> {
        let from = self.position_of(instant);
        (from..).map_while(|number| self.occurrence(number)).take_while(|at| *at <= instant).last()
    }

    /// The occurrences after the instant, in order, each once.
    pub fn all_after(&self, instant: Timestamp) -> impl Iterator<Item = Timestamp> {
        core::iter::successors(self.after(instant), |at| self.after(*at))
    }

    /// The occurrences at the instant and after it, in order, each once.
    pub fn all_from(&self, instant: Timestamp) -> impl Iterator<Item = Timestamp> {
        let just_before = instant.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
        self.all_after(just_before)
    }

    /// Occurrence number so many, counted from zero. `None` beyond the end of time, and after the only one.
    fn occurrence(&self, number: i64) -> Option<Timestamp> {
        let Rhythm::Every(interval) = self.rhythm else {
            return if number == 0 { self.on_the_wall(self.first) } else { None };
        };
        let steps = number.checked_mul(interval.count().into())?;
        match interval.beat() {
            Beat::Minutes => self.on_the_wall(self.first)?.checked_add(SignedDuration::from_mins(steps)).ok(),
            Beat::Hours => self.on_the_wall(self.first)?.checked_add(SignedDuration::from_hours(steps)).ok(),
            Beat::Days => self.on_the_wall(self.first.checked_add(Span::new().try_days(steps).ok()?).ok()?),
            Beat::Weeks => self.on_the_wall(self.first.checked_add(Span::new().try_weeks(steps).ok()?).ok()?),
            Beat::Months => self.on_the_wall(self.first.checked_add(Span::new().try_months(steps).ok()?).ok()?),
        }
    }

    fn on_the_wall(&self, time: DateTime) -> Option<Timestamp> {
        self.zone.instant(time)
    }

    /// The number of an occurrence that is surely not after the instant, and near it; zero before the first.
    fn position_of(&self, instant: Timestamp) -> i64 {
        let Rhythm::Every(interval) = self.rhythm else { return 0 };
        let passed = self.beats_until(instant, interval).unwrap_or(0);
        (passed / i64::from(interval.count()) - 2).max(0)
    }

    fn beats_until(&self, instant: Timestamp, interval: Interval) -> Option<i64> {
        let there = self.zone.0.to_datetime(instant);
        let days = i64::from(self.first.date().until(there.date()).ok()?.get_days());
        Some(match interval.beat() {
            Beat::Minutes => self.on_the_wall(self.first)?.duration_until(instant).as_mins(),
            Beat::Hours => self.on_the_wall(self.first)?.duration_until(instant).as_hours(),
            Beat::Days => days,
            Beat::Weeks => days / 7,
            Beat::Months => {
                let years = i64::from(there.year()) - i64::from(self.first.year());
                years * 12 + i64::from(there.month()) - i64::from(self.first.month())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan as _, civil::datetime};
    use proptest::prelude::*;

    fn calendar(first: &str, zone: &str, rhythm: &str) -> Calendar {
        Calendar { first: first.parse().unwrap(), zone: Zone::parse(zone).unwrap(), rhythm: rhythm.parse().unwrap() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The first ones after an instant, as they are on the wall.
    fn shown(calendar: &Calendar, after: &str, number: usize) -> Vec<String> {
        let show = |at: Timestamp| at.to_zoned(calendar.zone.0.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string();
        calendar.all_after(at(after)).take(number).map(show).collect()
    }

    #[test]
    fn a_daily_time_that_the_clocks_skip_runs_once_and_later() {
        let daily = calendar("2027-03-01 02:30", "Europe/Berlin", "daily");
        let expected = [
            "2027-03-27 02:30 +01:00",
            "2027-03-28 03:30 +02:00",
            "2027-03-29 02:30 +02:00",
            "2027-03-30 02:30 +02:00",
        ];
        assert_eq!(shown(&daily, "2027-03-26T12:00:00Z", 4), expected);
    }

    #[test]
    fn a_daily_time_that_comes_twice_runs_once() {
        let daily = calendar("2026-10-01 02:30", "Europe/Berlin", "daily");
        let expected = ["2026-10-24 02:30 +02:00", "2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"];
        assert_eq!(shown(&daily, "2026-10-23T12:00:00Z", 3), expected);
    }

    #[test]
    fn a_day_that_was_skipped_as_a_whole_brings_no_second_run() {
        let daily = calendar("2011-12-28 10:00", "Pacific/Apia", "daily");
        let expected = ["2011-12-29 10:00 -10:00", "2011-12-31 10:00 +14:00", "2012-01-01 10:00 +14:00"];
        assert_eq!(shown(&daily, "2011-12-29T12:00:00Z", 3), expected);
    }

    #[test]
    fn every_second_day_keeps_its_time_of_day_across_a_change_of_clocks() {
        let alternate = calendar("2027-03-25 08:00", "Europe/Berlin", "every 2 days");
        let expected = ["2027-03-27 08:00 +01:00", "2027-03-29 08:00 +02:00", "2027-03-31 08:00 +02:00"];
        assert_eq!(shown(&alternate, "2027-03-25T07:00:00Z", 3), expected);
    }

    #[test]
    fn hours_pass_as_they_do_whatever_the_clocks_show() {
        let hourly = calendar("2027-03-28 00:15", "Europe/Berlin", "hourly");
        let expected = ["2027-03-28 01:15 +01:00", "2027-03-28 03:15 +02:00", "2027-03-28 04:15 +02:00"];
        assert_eq!(shown(&hourly, "2027-03-27T23:15:00Z", 3), expected);
    }

    #[test]
    fn monthly_from_the_31st_comes_back_to_the_31st() {
        let monthly = calendar("2028-01-31 09:00", "UTC", "monthly");
        let days: Vec<String> = shown(&monthly, "2028-01-01T00:00:00Z", 5).iter().map(|s| s[..10].to_owned()).collect();
        assert_eq!(days, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]);
        let yearly = calendar("2028-02-29 09:00", "UTC", "yearly");
        let days: Vec<String> = shown(&yearly, "2028-01-01T00:00:00Z", 5).iter().map(|s| s[..10].to_owned()).collect();
        assert_eq!(days, ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]);
    }

    #[test]
    fn what_runs_once_has_one_occurrence() {
        let once = calendar("2027-01-01 00:00", "UTC", "once");
        let first = at("2027-01-01T00:00:00Z");
        assert_eq!(once.after(at("2020-01-01T00:00:00Z")), Some(first));
        assert_eq!((once.after(first), once.last_until(first)), (None, Some(first)));
        assert_eq!(once.last_until(at("2026-12-31T23:59:59Z")), None);
    }

    #[test]
    fn of_many_missed_occurrences_the_last_is_caught_up_with() {
        let daily = calendar("2027-01-01 02:00", "UTC", "daily");
        assert_eq!(daily.last_until(at("2027-06-10T01:59:59Z")), Some(at("2027-06-09T02:00:00Z")));
        assert_eq!(daily.last_until(at("2027-06-10T02:00:00Z")), Some(at("2027-06-10T02:00:00Z")));
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        let yearly = calendar("9998-12-31 23:00", "UTC", "yearly");
        assert_eq!(yearly.after(Timestamp::MAX), None);
        assert!(yearly.last_until(Timestamp::MAX).is_some());
        assert!(yearly.after(Timestamp::MIN).is_some());
    }

    #[test]
    fn a_zone_is_known_by_its_name() {
        assert_eq!(Zone::parse("Europe/Berlin").unwrap().to_string(), "Europe/Berlin");
        assert_eq!((Zone::parse("UTC").unwrap(), Zone::UTC.name()), (Zone::UTC, "UTC"));
        for bad in ["", "Berlin", "Europe/Nowhere", "../../etc/localtime", "+01:00"] {
            assert_eq!(Zone::parse(bad), Err(BadZone), "{bad}");
        }
    }

    const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
    const RHYTHMS: [&str; 9] = [
        "every 5 minutes",
        "hourly",
        "every 7 hours",
        "daily",
        "every 2 days",
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
    ];

    proptest! {
        /// What is found by looking near the instant is what counting from the first occurrence finds.
        #[test]
        fn occurrences_are_found_wherever_they_are(
            days in 0_i64..12_000, minute in 0_i64..1_440, later in 0_i64..2_000, second in 0_i64..86_400,
            zone in prop::sample::select(ZONES.to_vec()), rhythm in prop::sample::select(RHYTHMS.to_vec()),
        ) {
            let first = datetime(2000, 1, 1, 0, 0, 0, 0) + days.days() + minute.minutes();
            let calendar = Calendar { first, zone: Zone::parse(zone).unwrap(), rhythm: rhythm.parse().unwrap() };
            let begins = calendar.occurrence(0).unwrap();
            // Counting takes too long for what runs every few minutes over years.
            let is_quick = matches!(rhythm, "every 5 minutes" | "hourly");
            let (later, beyond) = if is_quick { (later % 4, 2) } else { (later, 800) };
            let instant = begins + (later * 24).hours() + second.seconds() - 2.hours();
            let end = instant + (24 * beyond).hours();
            let counted = (0..).map_while(|number| calendar.occurrence(number));
            let all: Vec<Timestamp> = counted.take_while(|at| *at <= end).collect();
            prop_assert!(all.is_sorted());
            prop_assert_eq!(calendar.after(instant), all.iter().copied().find(|at| *at > instant));
            prop_assert_eq!(calendar.last_until(instant), all.iter().copied().rfind(|at| *at <= instant));
        }
    }
}
