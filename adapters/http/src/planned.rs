//! A schedule as somebody states it, in the API or on a page: every part is read by itself, so that all that is wrong with it
//! can be told at once.

use backstop_domain::{
    ScheduleName,
    schedule::{Calendar, Rhythm, Zone},
};
use core::fmt;

/// More days than anybody keeps anything.
const MOST_DAYS: u32 = 36_500;

/// What is stated as text or number; the rest has no wrong values.
pub(crate) struct Stated<'a> {
    pub(crate) name: &'a str,
    /// `None` for what is no number.
    pub(crate) retention_days: Option<u32>,
    pub(crate) first_run_at: &'a str,
    pub(crate) rhythm: &'a str,
    /// Without one UTC.
    pub(crate) time_zone: Option<&'a str>,
}

pub(crate) struct Read {
    pub(crate) name: ScheduleName,
    pub(crate) retention_days: u32,
    pub(crate) calendar: Calendar,
}

/// A part that can't be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// As the API calls it, and the form.
    pub(crate) field: &'static str,
    pub(crate) why: String,
}

impl Stated<'_> {
    pub(crate) fn read(&self) -> Result<Read, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let name = judged(&mut wrong, "name", ScheduleName::parse(self.name));
        let days = self.retention_days.filter(|days| *days <= MOST_DAYS).ok_or("0 to 36500 days");
        let retention_days = judged(&mut wrong, "retention_days", days);
        let first = self.first_run_at.parse().map_err(|_| "a date and a time such as 2027-03-01T02:30:00");
        let first = judged(&mut wrong, "first_run_at", first);
        let rhythm = judged(&mut wrong, "rhythm", self.rhythm.parse::<Rhythm>());
        let zone = judged(&mut wrong, "time_zone", self.time_zone.map_or(Ok(Zone::UTC), Zone::parse));
        match (name, retention_days, first, rhythm, zone) {
            (Some(name), Some(retention_days), Some(first), Some(rhythm), Some(zone)) => {
                Ok(Read { name, retention_days, calendar: Calendar { first, zone, rhythm } })
            }
            _ => Err(wrong),
        }
    }
}

fn judged<T, E: fmt::Display>(wrong: &mut Vec<Wrong>, field: &'static str, outcome: Result<T, E>) -> Option<T> {
    outcome.map_err(|why| wrong.push(Wrong { field, why: why.to_string() })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let sound = Stated {
            name: "weekly",
            retention_days: Some(0),
            first_run_at: "2027-03-01T02:30",
            rhythm: "every 2 weeks",
            time_zone: None,
        };
        assert!(sound.read().is_ok_and(|read| read.calendar.zone == Zone::UTC));
        let wrong = Stated {
            name: " ",
            retention_days: Some(36_501),
            first_run_at: "soon",
            rhythm: "every 4 minutes",
            time_zone: Some("Europe/Atlantis"),
        };
        let fields: Vec<_> = wrong.read().err().unwrap_or_default().into_iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, ["name", "retention_days", "first_run_at", "rhythm", "time_zone"]);
    }
}
