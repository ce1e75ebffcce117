use super::Calendar;
use crate::{
    CleanUp, ReportWhen, RunStatus, ScheduleId,
    account::{BadValue, bounded},
};
use core::fmt;
use jiff::Timestamp;

/// What a schedule is called: 1 to 100 characters without control characters, unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScheduleName(String);

impl ScheduleName {
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        bounded(text.trim(), 100)
            .map(Self)
            .ok_or(BadValue("a schedule's name has 1 to 100 characters and no control characters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the last run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    pub at: Timestamp,
    pub status: RunStatus,
    pub error: Option<String>,
}

/// A rule that says when a clean-up runs, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub id: ScheduleId,
    pub name: ScheduleName,
    pub of: CleanUp,
    /// 0 takes what is over at once.
    pub retention_days: u32,
    pub calendar: Calendar,
    /// The next occurrence of the calendar. `None` when there is none any more.
    pub next: Option<Timestamp>,
    /// One run more, at this time.
    pub extra: Option<Timestamp>,
    pub delete_empty: bool,
    pub log_run: bool,
    pub report: ReportWhen,
    pub enabled: bool,
    /// Who saved it last.
    pub saved_by: String,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    /// Raised by each change that somebody makes, so that none is lost.
    pub revision: u32,
    pub last: Option<LastRun>,
    pub total_removed: u64,
}

/// One time at which a schedule is due. Its name is the same for every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub schedule: ScheduleId,
    pub at: Timestamp,
}

impl fmt::Display for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schedule:{}:{}", self.schedule, self.at)
    }
}

/// What is to be done about a schedule that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub occurrence: Occurrence,
    /// The schedule with its next times.
    pub after: Schedule,
}

impl Schedule {
    /// When it runs from now on, as long as nobody changes it.
    pub fn next_runs(&self) -> impl Iterator<Item = Timestamp> {
        let (mut extra, next) = if self.enabled { (self.extra, self.next) } else { (None, None) };
        let later = next.into_iter().flat_map(|next| self.calendar.all_after(next));
        let mut usual = next.into_iter().chain(later).peekable();
        core::iter::from_fn(move || {
            let next = usual.peek().copied();
            if extra.is_some_and(|at| next.is_none_or(|next| at < next)) {
                return extra.take();
            }
            // Both at one time are one run.
            extra = extra.filter(|at| Some(*at) != next);
            usual.next()
        })
    }

    /// When it runs next, be it by its calendar or as an extra run.
    pub fn next_run(&self) -> Option<Timestamp> {
        if !self.enabled {
            return None;
        }
        match (self.next, self.extra) {
            (Some(next), Some(extra)) => Some(next.min(extra)),
            (next, extra) => next.or(extra),
        }
    }

    /// The run that is due. However many occurrences were missed, and even if an extra run is due as well, it is one.
    pub fn due(&self, now: Timestamp) -> Option<Due> {
        if self.next_run()? > now {
            return None;
        }
        let mut after = self.clone();
        let extra = after.extra.take_if(|extra| *extra <= now);
        let regular = self.next.filter(|next| *next <= now).map(|next| {
            after.next = self.calendar.after(now);
            self.calendar.last_until(now).unwrap_or(next).max(next)
        });
        let occurrence = Occurrence { schedule: self.id, at: regular.or(extra)? };
        Some(Due { occurrence, after })
    }

    /// Sets the next time by the calendar, as after a change of it. What was missed before is not caught up with.
    pub fn replan(&mut self, now: Timestamp) {
        self.next = self.calendar.all_from(now).next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Zone;
    use jiff::SignedDuration;
    use uuid::Uuid;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn nightly() -> Schedule {
        let calendar =
            Calendar { first: "2027-01-01T02:00".parse().unwrap(), zone: Zone::UTC, rhythm: "daily".parse().unwrap() };
        let mut schedule = Schedule {
            id: ScheduleId::new(Uuid::from_u128(1)),
            name: ScheduleName::parse("nightly").unwrap(),
            of: CleanUp::Codes,
            retention_days: 90,
            calendar,
            next: None,
            extra: None,
            delete_empty: true,
            log_run: false,
            report: ReportWhen::WhenRemoved,
            enabled: true,
            saved_by: "command line".to_owned(),
            created_at: at("2027-01-01T00:00:00Z"),
            modified_at: at("2027-01-01T00:00:00Z"),
            revision: 1,
            last: None,
            total_removed: 0,
        };
        schedule.replan(at("2027-01-01T00:00:00Z"));
        schedule
    }

    #[test]
    fn what_is_ahead_is_told_in_order_with_the_extra_run_and_nothing_while_it_is_paused() {
        let mut schedule = nightly();
        let told = |schedule: &Schedule| schedule.next_runs().take(3).map(|at| at.to_string()).collect::<Vec<_>>();
        let [first, second, third] = ["2027-01-01T02:00:00Z", "2027-01-02T02:00:00Z", "2027-01-03T02:00:00Z"];
        assert_eq!(told(&schedule), [first, second, third]);
        schedule.extra = Some(at("2027-01-01T23:00:00Z"));
        assert_eq!(told(&schedule), [first, "2027-01-01T23:00:00Z", second]);
        schedule.extra = Some(at(second));
        assert_eq!(told(&schedule), [first, second, third]);
        schedule.enabled = false;
        assert_eq!(told(&schedule), [""; 0]);
        let calendar = Calendar { rhythm: "once".parse().unwrap(), ..schedule.calendar.clone() };
        let mut once = Schedule { calendar, enabled: true, ..nightly() };
        once.replan(at("2027-01-01T00:00:00Z"));
        assert_eq!(told(&once), [first]);
    }

    #[test]
    fn it_runs_at_its_times() {
        let schedule = nightly();
        assert_eq!(schedule.due(at("2027-01-01T01:59:59Z")), None);
        let due = schedule.due(at("2027-01-01T02:00:00Z")).unwrap();
        assert_eq!(due.occurrence.at, at("2027-01-01T02:00:00Z"));
        assert_eq!(due.after.next, Some(at("2027-01-02T02:00:00Z")));
        assert_eq!(due.after.due(at("2027-01-01T02:00:00Z")), None);
    }

    #[test]
    fn of_what_was_missed_one_runs_late() {
        let due = nightly().due(at("2027-01-09T12:00:00Z")).unwrap();
        assert_eq!(due.occurrence.at, at("2027-01-09T02:00:00Z"));
        assert_eq!(due.after.next, Some(at("2027-01-10T02:00:00Z")));
    }

    #[test]
    fn an_extra_run_changes_no_other() {
        let mut schedule = nightly();
        schedule.extra = Some(at("2027-01-01T01:00:00Z"));
        let due = schedule.due(at("2027-01-01T01:00:00Z")).unwrap();
        assert_eq!(due.occurrence.at, at("2027-01-01T01:00:00Z"));
        assert_eq!((due.after.next, due.after.extra), (Some(at("2027-01-01T02:00:00Z")), None));
        // Both at once are one run.
        let late = schedule.due(at("2027-01-01T03:00:00Z")).unwrap();
        assert_eq!(late.occurrence.at, at("2027-01-01T02:00:00Z"));
        assert_eq!(late.after.extra, None);
    }

    #[test]
    fn what_is_paused_never_runs() {
        let schedule = Schedule { enabled: false, ..nightly() };
        assert_eq!((schedule.next_run(), schedule.due(Timestamp::MAX)), (None, None));
    }

    #[test]
    fn a_month_of_hourly_runs_has_each_hour_once() {
        let mut schedule = nightly();
        schedule.calendar.rhythm = "hourly".parse().unwrap();
        let mut now = at("2027-01-01T02:00:00Z");
        let mut seen = Vec::new();
        for _ in 0..31 * 24 {
            let due = schedule.due(now).unwrap();
            seen.push(due.occurrence.at);
            schedule = due.after;
            now += SignedDuration::from_hours(1);
        }
        seen.dedup();
        assert_eq!(seen.len(), 31 * 24);
    }

    #[test]
    fn names_are_one_line() {
        assert!(ScheduleName::parse(" ").is_err());
        assert!(ScheduleName::parse("a\nb").is_err());
        assert_eq!(ScheduleName::parse(" nightly ").unwrap().as_str(), "nightly");
    }
}
