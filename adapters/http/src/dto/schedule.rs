//! Schedules, as administrators make them, and as they stand.

use super::{
    fields::{Instant, Name, Text, Within, Word},
    schema::{Schema, text},
};
use crate::{
    planned,
    problems::{FieldError, Problem},
};
use backstop_application::use_cases::Planned;
use backstop_domain::{CleanUp, ReportWhen, RunStatus, Schedule, Timestamp};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::Serialize;
use uuid::Uuid;

object! {
    /// When a clean-up runs, and how.
    PlannedSchedule takes {
        /// What it is called; no two have the same name.
        name: Text<Name>,
        /// What it cleans up.
        of: Word<CleanUp>,
        /// How many days something must be over; 0 takes it at once.
        retention_days: Within<0, 36_500>,
        /// The first run, as a clock on the wall of the time zone shows it.
        first_run_at: String,
        /// `once`, `hourly`, `daily`, `weekly`, `monthly`, `quarterly`, `yearly`, or `every N minutes`, `hours`, `days`,
        /// `weeks` or `months`; at least 5 minutes.
        rhythm: String,
        /// A time zone by its name, such as Europe/Berlin. Without it UTC.
        #[serde(default)]
        time_zone: Option<String>,
        /// Whether sets go when their last code has gone. Without it they do.
        #[serde(default)]
        delete_empty: Option<bool>,
        /// Whether each run is written into the log.
        #[serde(default)]
        log_run: Option<bool>,
        /// When the administrator gets a report. Without it when something was removed.
        #[serde(default)]
        report: Option<Word<ReportWhen>>,
        /// Whether it runs. Without it it does.
        #[serde(default)]
        enabled: Option<bool>,
        /// Of a change: the revision that was seen, so that nobody's change is lost.
        #[serde(default)]
        revision: Option<Within<0, 4_294_967_295>>,
    } like {
        "name": "daily purge", "of": "codes", "retention_days": 90, "first_run_at": "2027-03-01T02:30:00",
        "rhythm": "daily", "time_zone": "Europe/Berlin"
    }
}

impl PlannedSchedule {
    pub(crate) fn revision(&self) -> Result<u32, Problem> {
        let revision = self.revision.and_then(|seen| u32::try_from(seen.0).ok());
        revision.ok_or_else(|| {
            Problem::invalid(vec![FieldError::new("#/revision", "a change names the revision that was seen")])
        })
    }

    pub(crate) fn judge(self) -> Result<Planned, Problem> {
        let stated = planned::Stated {
            name: &self.name.0,
            retention_days: u32::try_from(self.retention_days.0).ok(),
            first_run_at: &self.first_run_at,
            rhythm: &self.rhythm,
            time_zone: self.time_zone.as_deref(),
        };
        let wrong = |planned::Wrong { field, why }| FieldError::new(format!("#/{field}"), why);
        let read = stated.read().map_err(|all| Problem::invalid(all.into_iter().map(wrong).collect()))?;
        Ok(Planned {
            name: read.name,
            of: self.of.0,
            retention_days: read.retention_days,
            calendar: read.calendar,
            delete_empty: self.delete_empty.unwrap_or(true),
            log_run: self.log_run.unwrap_or(false),
            report: self.report.map_or(ReportWhen::WhenRemoved, |word| word.0),
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

object! {
    /// One run more.
    ExtraRun takes {
        /// When; without it now. A time that has passed is now.
        #[serde(default)]
        at: Option<String>,
    } like { "at": "2027-03-01T02:30:00Z" }
}

impl ExtraRun {
    pub(crate) fn judge(self) -> Result<Option<Timestamp>, Problem> {
        let Some(said) = self.at else { return Ok(None) };
        let wrong = |_| Problem::invalid(vec![FieldError::new("#/at", "an instant such as 2027-03-01T02:30:00Z")]);
        said.parse().map(Some).map_err(wrong)
    }
}

object! {
    /// A schedule as it stands.
    SavedSchedule gives {
        /// Its id.
        id: Uuid,
        /// What it is called.
        name: String,
        /// What it cleans up.
        of: Word<CleanUp>,
        /// How many days something must be over.
        retention_days: u32,
        /// The first run, as a clock on the wall of the time zone shows it.
        first_run_at: String,
        /// How often it runs.
        rhythm: String,
        /// Where that clock hangs.
        time_zone: String,
        /// Whether sets go when their last code has gone.
        delete_empty: bool,
        /// Whether each run is written into the log.
        log_run: bool,
        /// When the administrator gets a report.
        report: Word<ReportWhen>,
        /// Whether it runs.
        enabled: bool,
        /// Raised by each change.
        revision: u32,
        /// Who saved it last.
        saved_by: String,
        /// When it last changed.
        modified_at: Instant,
        /// The next five runs.
        next_runs: Vec<Instant>,
        /// When it last ran.
        last_run_at: Option<Instant>,
        /// How that ended.
        last_status: Option<Word<RunStatus>>,
        /// Why it failed, if it did.
        last_error: Option<String>,
        /// How many rows it has removed in all.
        total_removed: Uncapped,
    }
}

/// A number without a bound.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Uncapped(u64);

impl Schema for Uncapped {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema { minimum: Some(0.0), ..MetaSchema::new_with_format("integer", "int64") })
    }
}

impl SavedSchedule {
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self {
            next_runs: schedule.next_runs().take(5).map(Instant).collect(),
            id: schedule.id.uuid(),
            name: schedule.name.as_str().to_owned(),
            of: Word(schedule.of),
            retention_days: schedule.retention_days,
            first_run_at: schedule.calendar.first.to_string(),
            rhythm: schedule.calendar.rhythm.to_string(),
            time_zone: schedule.calendar.zone.name().to_owned(),
            delete_empty: schedule.delete_empty,
            log_run: schedule.log_run,
            report: Word(schedule.report),
            enabled: schedule.enabled,
            revision: schedule.revision,
            saved_by: schedule.saved_by,
            modified_at: Instant(schedule.modified_at),
            last_run_at: schedule.last.as_ref().map(|last| Instant(last.at)),
            last_status: schedule.last.as_ref().map(|last| Word(last.status)),
            last_error: schedule.last.and_then(|last| last.error),
            total_removed: Uncapped(schedule.total_removed),
        }
    }
}
