//! What administrators order, and what came of it.

use super::{
    fields::{Instant, Name, Text, Within, Word, judged},
    schema::{Schema, one_of, text},
};
use crate::problems::{FieldError, Problem};
use backstop_application::use_cases::{self, CreatedClient, Flush, Planned, ReviseCodes};
use backstop_domain::{
    BatchStatus, CleanUp, CodeId, CodeStatus, ReportWhen, RunStatus, Schedule, ScheduleName, Scope, Scopes, SecretText,
    Timestamp,
    schedule::{Calendar, Rhythm, Zone},
};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;

/// Ids of codes, as lists show them.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeIds(Vec<Uuid>);

impl Schema for CodeIds {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            items: Some(Box::new(<Uuid as Schema>::schema())),
            min_items: Some(1),
            max_items: Some(ReviseCodes::MOST),
            ..MetaSchema::new("array")
        })
    }
}

object! {
    /// Codes that are picked from a list.
    PickedCodes takes {
        /// The ids of the codes.
        codes: CodeIds,
    } like { "codes": ["0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"] }
}

impl PickedCodes {
    pub(crate) fn judge(self) -> Result<Vec<CodeId>, Problem> {
        if (1..=ReviseCodes::MOST).contains(&self.codes.0.len()) {
            return Ok(self.codes.0.into_iter().map(CodeId::new).collect());
        }
        Err(Problem::invalid(vec![FieldError::new("#/codes", "1 to 50 codes are picked at once")]))
    }
}

object! {
    /// What became of a code.
    RevisedCode gives {
        /// The code's id.
        id: Uuid,
        /// Whether this changed it; a used code stays used.
        changed: bool,
        /// What it is now; `null` for one that the user does not have.
        status: Option<Word<CodeStatus>>,
    }
}

object! {
    /// What became of the codes, in the order in which they were named.
    RevisedCodes gives {
        /// One entry for each.
        codes: Vec<RevisedCode>,
    }
}

impl RevisedCodes {
    pub(crate) fn new(codes: Vec<use_cases::RevisedCode>) -> Self {
        let each = codes.into_iter().map(|code| RevisedCode {
            id: code.code.uuid(),
            changed: code.changed,
            status: code.status.map(Word),
        });
        Self { codes: each.collect() }
    }
}

object! {
    /// A set as it is now.
    SetStatus gives {
        /// The set's id.
        id: Uuid,
        /// What it is.
        status: Word<BatchStatus>,
        /// How many codes can be redeemed now.
        remaining: u32,
    }
}

impl SetStatus {
    pub(crate) fn new(batch: &backstop_domain::Batch, now: Timestamp) -> Self {
        Self { id: batch.id.uuid(), status: Word(batch.status(now)), remaining: batch.remaining(now) }
    }
}

object! {
    /// A set went.
    RemovedSet gives {
        /// How many codes went with it.
        removed: u32,
    }
}

object! {
    /// Sessions ended.
    EndedSessions gives {
        /// How many there were.
        ended: u32,
    }
}

/// Which tasks are cleared away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flushing(Flush);

const FLUSHES: [(&str, Flush); 3] = [("failed", Flush::Failed), ("schedules", Flush::Schedules), ("all", Flush::All)];

impl<'de> Deserialize<'de> for Flushing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = String::deserialize(deserializer)?;
        let known = FLUSHES.iter().find(|(name, _)| *name == said).map(|(_, flush)| Self(*flush));
        known.ok_or_else(|| serde::de::Error::custom("one of failed, schedules, all"))
    }
}

impl Schema for Flushing {
    fn schema() -> MetaSchemaRef {
        one_of(FLUSHES.iter().map(|(name, _)| *name))
    }
}

object! {
    /// What is to be cleared away. Mail that was not delivered never is.
    WhatToFlush takes {
        /// `failed`: tasks that were given up. `schedules`: all schedules with what they had waiting. `all`: both, and
        /// clean-ups that wait.
        which: Flushing,
    } like { "which": "failed" }
}

impl WhatToFlush {
    pub(crate) fn flush(&self) -> Flush {
        self.which.0
    }
}

object! {
    /// What went.
    Flushed gives {
        /// How many tasks and schedules.
        cleared: u32,
    }
}

/// Scopes of a client.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct ScopeNames(Vec<Word<Scope>>);

impl Schema for ScopeNames {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            items: Some(Box::new(<Word<Scope> as Schema>::schema())),
            min_items: Some(1),
            ..MetaSchema::new("array")
        })
    }
}

object! {
    /// An application that may call the API from now on.
    NewClient takes {
        /// What it is called; no two have the same name.
        name: Text<Name>,
        /// What its keys open: nothing that the calling key does not open itself.
        scopes: ScopeNames,
    } like { "name": "shop", "scopes": ["codes:read", "codes:redeem"] }
}

impl NewClient {
    pub(crate) fn parts(self) -> (String, Scopes) {
        (self.name.0, self.scopes.0.into_iter().map(|word| word.0).collect())
    }
}

object! {
    /// Another key for an application.
    NewKey takes {
        /// For how many seconds the keys before it go on, at most 604800 (7 days).
        #[serde(default)]
        overlap_seconds: Option<Within<0, 604_800>>,
    } like { "overlap_seconds": 86400 }
}

impl NewKey {
    /// What is far too long is judged where all of it is.
    pub(crate) fn overlap(&self) -> jiff::SignedDuration {
        let seconds = self.overlap_seconds.map_or(0, |seconds| seconds.0);
        jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// A key that is shown this once.
#[derive(Debug)]
pub(crate) struct ShownKey(SecretText);

impl Serialize for ShownKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl Schema for ShownKey {
    fn schema() -> MetaSchemaRef {
        let example =
            Some(json!("backstop_0191f6b23c4d7e5f8a9b0c1d2e3f4a5b_yP4vXw9TqLc5ZbYh7NdPs2GmJf8AeUi4Oy6Ht1KgBxVRk3"));
        text(MetaSchema { example, ..MetaSchema::new_with_format("string", "password") })
    }
}

object! {
    /// An application with a new key, which is shown this once.
    IssuedKey gives {
        /// The application's id.
        client_id: Uuid,
        /// Its name.
        name: String,
        /// What its keys open.
        scopes: Vec<Word<Scope>>,
        /// The key, for `Authorization: Bearer`.
        key: ShownKey,
        /// When the keys before it end; `null` where there are none.
        others_end_at: Option<Instant>,
    } with {
        const SECRET: bool = true;
    }
}

impl IssuedKey {
    pub(crate) fn first(created: CreatedClient) -> Self {
        Self::of(&created.client, created.key, None)
    }

    pub(crate) fn next(made: use_cases::NewKey) -> Self {
        Self::of(&made.client, made.key, made.others_end_at)
    }

    fn of(client: &backstop_domain::Client, key: SecretText, others_end_at: Option<Timestamp>) -> Self {
        Self {
            client_id: client.id.uuid(),
            name: client.name.clone(),
            scopes: client.scopes.iter().map(Word).collect(),
            key: ShownKey(key),
            others_end_at: others_end_at.map(Instant),
        }
    }
}

object! {
    /// Keys that open nothing any more.
    EndedKeys gives {
        /// How many ended by this.
        ended: u32,
    }
}

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
        let mut errors = Vec::new();
        let name = judged(&mut errors, "#/name", ScheduleName::parse(&self.name.0));
        let days = u32::try_from(self.retention_days.0).ok().filter(|days| *days <= 36_500);
        let days = judged(&mut errors, "#/retention_days", days.ok_or("0 to 36500 days"));
        let first = self.first_run_at.parse().map_err(|_| "a date and a time such as 2027-03-01T02:30:00");
        let first = judged(&mut errors, "#/first_run_at", first);
        let rhythm = judged(&mut errors, "#/rhythm", self.rhythm.parse::<Rhythm>());
        let zone = self.time_zone.as_deref().map_or(Ok(Zone::UTC), Zone::parse);
        let zone = judged(&mut errors, "#/time_zone", zone);
        match (name, days, first, rhythm, zone) {
            (Some(name), Some(retention_days), Some(first), Some(rhythm), Some(zone)) => Ok(Planned {
                name,
                of: self.of.0,
                retention_days,
                calendar: Calendar { first, zone, rhythm },
                delete_empty: self.delete_empty.unwrap_or(true),
                log_run: self.log_run.unwrap_or(false),
                report: self.report.map_or(ReportWhen::WhenRemoved, |word| word.0),
                enabled: self.enabled.unwrap_or(true),
            }),
            _ => Err(Problem::invalid(errors)),
        }
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
