//! How the service is doing, and the settings in force.

use super::clean_ups::RunEntry;
use crate::{
    SettingOrigin, SettingShown, SettingValue,
    dto::{
        fields::{Instant, Word},
        schema::{Schema, one_of},
    },
};
use backstop_application::use_cases::{ServiceOverview, Total, Warning, WarningKind};
use backstop_domain::{CleanUp, DayCounts};
use poem_openapi::registry::MetaSchemaRef;
use serde::{Serialize, Serializer};
use uuid::Uuid;

object! {
    /// What happened on one day.
    DayEntry gives {
        /// The day, in the site's time zone, as in `2027-03-01`.
        date: String,
        /// Codes that were made.
        issued: u64,
        /// Codes that somebody signed in with.
        redeemed: u64,
        /// Attempts at that which were refused.
        refused: u64,
        /// Rows of codes that went.
        purged: u64,
    }
}

impl From<DayCounts> for DayEntry {
    fn from(day: DayCounts) -> Self {
        let DayCounts { date, issued, redeemed, refused, purged } = day;
        Self { date: date.to_string(), issued, redeemed, refused, purged }
    }
}

object! {
    /// How many there are.
    CountEntry gives {
        /// From 10000 on they are not counted any further.
        number: u32,
        /// Whether these are all; else there are more.
        is_exact: bool,
    }
}

impl From<Total> for CountEntry {
    fn from(total: Total) -> Self {
        Self { number: total.number(), is_exact: matches!(total, Total::Exactly(_)) }
    }
}

object! {
    /// How accounts stand with their codes. A count is `null` where counting would have taken too long.
    AccountCountsEntry gives {
        /// Accounts that have no code left, or never had one.
        without_codes: Option<CountEntry>,
        /// Accounts that have one to three codes left.
        with_few: Option<CountEntry>,
        /// Accounts whose codes expire within seven days.
        expiring: Option<CountEntry>,
    }
}

object! {
    /// How much background work there is.
    QueueEntry gives {
        /// Tasks that wait.
        queued: CountEntry,
        /// Tasks in hand.
        running: CountEntry,
        /// Tasks that were given up.
        failed: CountEntry,
        /// Since when the task has been due that waits longest.
        oldest_due: Option<Instant>,
    }
}

object! {
    /// Something that should be looked after. What does not belong to its kind is `null`.
    WarningEntry gives {
        /// What it is about.
        kind: Word<WarningKind>,
        /// Since when; of a schedule or a run, when it was due or ended; of a key, when it was made or last used.
        since: Option<Instant>,
        /// The part that is out, or what a key of the settings is for.
        part: Option<String>,
        /// How many mails did not go out.
        mails: Option<CountEntry>,
        /// How many workers were heard of lately.
        workers: Option<u32>,
        /// The schedule that is late.
        schedule: Option<Uuid>,
        /// The run that failed.
        run: Option<Uuid>,
        /// What it was to clear away.
        clean_up: Option<Word<CleanUp>>,
        /// The application whose key it is.
        client: Option<Uuid>,
        /// The key's id.
        key: Option<String>,
        /// What the schedule or the application is called.
        name: Option<String>,
    }
}

impl WarningEntry {
    const fn of(kind: WarningKind) -> Self {
        Self {
            kind: Word(kind),
            since: None,
            part: None,
            mails: None,
            workers: None,
            schedule: None,
            run: None,
            clean_up: None,
            client: None,
            key: None,
            name: None,
        }
    }
}

impl From<Warning> for WarningEntry {
    fn from(warning: Warning) -> Self {
        let entry = Self { since: warning.since().map(Instant), ..Self::of(warning.kind()) };
        match warning {
            Warning::PartOut { part, is_vital: _ } => Self { part: Some(part.to_owned()), ..entry },
            Warning::MailFailing { mails, .. } => Self { mails: Some(mails.into()), ..entry },
            Warning::QueueStanding { workers, .. } => {
                Self { workers: Some(u32::try_from(workers).unwrap_or(u32::MAX)), ..entry }
            }
            Warning::ScheduleLate { schedule, name, .. } => {
                Self { schedule: Some(schedule.uuid()), name: Some(name.as_str().to_owned()), ..entry }
            }
            Warning::CleanUpFailed { run, of, .. } => Self { run: Some(run.uuid()), clean_up: Some(Word(of)), ..entry },
            Warning::KeyOld { purpose, id, .. } => {
                Self { part: Some(purpose.as_str().to_owned()), key: Some(id.as_str().to_owned()), ..entry }
            }
            Warning::ClientKeyOld { client, name, key, .. } | Warning::ClientKeyUnused { client, name, key, .. } => {
                Self { client: Some(client.uuid()), key: Some(key.to_string()), name: Some(name), ..entry }
            }
            Warning::NobodyGetsReports => entry,
        }
    }
}

object! {
    /// How the service is doing.
    OverviewEntry gives {
        /// When it was so: what was found is answered again for ten seconds.
        at: Instant,
        /// The last thirty days, today at the end.
        days: Vec<DayEntry>,
        /// How accounts stand with their codes.
        accounts: AccountCountsEntry,
        /// How much background work there is.
        queue: QueueEntry,
        /// The last five runs of clean-ups, the newest first.
        clean_ups: Vec<RunEntry>,
        /// What should be looked after, the most urgent first.
        warnings: Vec<WarningEntry>,
    } with {
        const ROOM: usize = 8 * 1024;
    }
}

impl From<ServiceOverview> for OverviewEntry {
    fn from(overview: ServiceOverview) -> Self {
        let ServiceOverview { at, days, accounts, queue, runs, warnings } = overview;
        Self {
            at: Instant(at),
            days: days.into_iter().map(DayEntry::from).collect(),
            accounts: AccountCountsEntry {
                without_codes: accounts.without_codes.map(CountEntry::from),
                with_few: accounts.with_few.map(CountEntry::from),
                expiring: accounts.expiring.map(CountEntry::from),
            },
            queue: QueueEntry {
                queued: queue.queued.into(),
                running: queue.running.into(),
                failed: queue.failed.into(),
                oldest_due: queue.oldest_due.map(Instant),
            },
            clean_ups: runs.into_iter().map(|record| RunEntry::new(record, at)).collect(),
            warnings: warnings.into_iter().map(WarningEntry::from).collect(),
        }
    }
}

/// Where a setting is from.
#[derive(Debug)]
pub(crate) struct OriginWord(&'static str);

impl Serialize for OriginWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl Schema for OriginWord {
    fn schema() -> MetaSchemaRef {
        one_of(SettingOrigin::WORDS.into_iter())
    }
}

object! {
    /// A setting as it is in force.
    SettingEntry gives {
        /// As it is called in the file.
        name: String,
        /// As one would write it, an address without its password; `null` for a secret and for what is not set.
        value: Option<String>,
        /// Whether there is a value.
        is_set: bool,
        /// Whether it is a secret, which is never shown.
        is_secret: bool,
        /// Where it is from.
        origin: OriginWord,
        /// The file or the environment variable.
        place: Option<String>,
    }
}

impl From<&SettingShown> for SettingEntry {
    fn from(setting: &SettingShown) -> Self {
        let value = match &setting.value {
            SettingValue::Text(text) => Some(text.clone()),
            SettingValue::Secret | SettingValue::NotSet => None,
        };
        Self {
            name: setting.name.clone(),
            value,
            is_set: setting.value != SettingValue::NotSet,
            is_secret: setting.value == SettingValue::Secret,
            origin: OriginWord(setting.origin.word()),
            place: setting.origin.place().map(str::to_owned),
        }
    }
}

object! {
    /// The settings in force.
    SettingsEntry gives {
        /// In the order of the reference.
        items: Vec<SettingEntry>,
    } with {
        const ROOM: usize = 16 * 1024;
    }
}

impl SettingsEntry {
    pub(crate) fn new(settings: &[SettingShown]) -> Self {
        Self { items: settings.iter().map(SettingEntry::from).collect() }
    }
}
