use crate::{lists::ClientWithKeys, use_cases::Total};
use backstop_domain::{
    CleanUp, ClientId, ClientKeyId, KeyId, KeyPurpose, RunId, Schedule, ScheduleId, ScheduleName, Timestamp,
};
use jiff::SignedDuration;

/// Something that those who run the service should look after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A part does not answer. Without a vital one the service does nothing; another stands in for any other.
    PartOut { part: &'static str, is_vital: bool },
    /// Since the last mail that was sent, these were not: given up, or to be tried again.
    MailFailing {
        mails: Total,
        since: Timestamp,
        /// Whether they are in the e-mail log. Otherwise it is not kept, and the tasks tell of them.
        in_log: bool,
    },
    /// Work has been due since then and nobody does it.
    QueueStanding {
        oldest_due: Timestamp,
        /// Workers of all replicas that were heard of lately.
        workers: usize,
    },
    /// A schedule should have run then.
    ScheduleLate { schedule: ScheduleId, name: ScheduleName, due_at: Timestamp },
    /// The last run of a clean-up failed.
    CleanUpFailed { run: RunId, of: CleanUp, at: Timestamp },
    /// A key of the settings is in force for long, as far as is known.
    KeyOld { purpose: KeyPurpose, id: KeyId, since: Timestamp },
    /// A key of an application opens for long.
    ClientKeyOld { client: ClientId, name: String, key: ClientKeyId, created_at: Timestamp },
    /// A key of an application opens, and was not used for long or never.
    ClientKeyUnused {
        client: ClientId,
        name: String,
        key: ClientKeyId,
        created_at: Timestamp,
        last_used_at: Option<Timestamp>,
    },
    /// In production, and `mail.admin_address` is not set: nobody gets reports and what administrators are told.
    NobodyGetsReports,
}

macro_rules! kinds {
    ($($kind:ident = $text:literal),+ $(,)?) => {
        /// What a warning is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum WarningKind { $($kind),+ }

        impl WarningKind {
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text),+ }
            }
        }
    };
}

kinds! {
    PartOut = "part_out",
    MailFailing = "mail_failing",
    QueueStanding = "queue_standing",
    ScheduleLate = "schedule_late",
    CleanUpFailed = "clean_up_failed",
    KeyOld = "key_old",
    ClientKeyOld = "client_key_old",
    ClientKeyUnused = "client_key_unused",
    NobodyGetsReports = "nobody_gets_reports",
}

const KEYS_GROW_OLD_AFTER: SignedDuration = SignedDuration::from_hours(24 * 365);
const KEYS_ARE_UNUSED_AFTER: SignedDuration = SignedDuration::from_hours(24 * 90);
const SCHEDULES_ARE_LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Longer than a task with nobody before it waits for a worker.
const QUEUES_STAND_AFTER: SignedDuration = SignedDuration::from_mins(5);

fn is_past(since: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    since.duration_until(now) > span
}

impl Warning {
    pub const fn kind(&self) -> WarningKind {
        match self {
            Self::PartOut { .. } => WarningKind::PartOut,
            Self::MailFailing { .. } => WarningKind::MailFailing,
            Self::QueueStanding { .. } => WarningKind::QueueStanding,
            Self::ScheduleLate { .. } => WarningKind::ScheduleLate,
            Self::CleanUpFailed { .. } => WarningKind::CleanUpFailed,
            Self::KeyOld { .. } => WarningKind::KeyOld,
            Self::ClientKeyOld { .. } => WarningKind::ClientKeyOld,
            Self::ClientKeyUnused { .. } => WarningKind::ClientKeyUnused,
            Self::NobodyGetsReports => WarningKind::NobodyGetsReports,
        }
    }

    /// Since when it is so: of a key, since it was made or last used.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::MailFailing { since, .. } | Self::KeyOld { since, .. } => Some(*since),
            Self::QueueStanding { oldest_due: at, .. }
            | Self::ScheduleLate { due_at: at, .. }
            | Self::CleanUpFailed { at, .. }
            | Self::ClientKeyOld { created_at: at, .. } => Some(*at),
            Self::ClientKeyUnused { created_at, last_used_at, .. } => Some(last_used_at.unwrap_or(*created_at)),
            Self::PartOut { .. } | Self::NobodyGetsReports => None,
        }
    }

    pub(super) fn of_queue(oldest_due: Option<Timestamp>, workers: usize, now: Timestamp) -> Option<Self> {
        let oldest_due = oldest_due.filter(|due| is_past(*due, QUEUES_STAND_AFTER, now))?;
        Some(Self::QueueStanding { oldest_due, workers })
    }

    pub(super) fn of_schedule(schedule: &Schedule, now: Timestamp) -> Option<Self> {
        let due_at = schedule.next_run().filter(|due| is_past(*due, SCHEDULES_ARE_LATE_AFTER, now))?;
        Some(Self::ScheduleLate { schedule: schedule.id, name: schedule.name.clone(), due_at })
    }

    pub(super) fn of_key(purpose: KeyPurpose, id: &KeyId, since: Timestamp, now: Timestamp) -> Option<Self> {
        is_past(since, KEYS_GROW_OLD_AFTER, now).then(|| Self::KeyOld { purpose, id: id.clone(), since })
    }

    /// Of each key that opens something, the one thing that says more: a key that nobody needs should go, not be renewed.
    pub(super) fn of_client(ClientWithKeys { client, keys }: &ClientWithKeys, now: Timestamp) -> Vec<Self> {
        let opens = keys.iter().filter(|key| key.revoked_at.is_none_or(|end| end > now));
        let warning = |key: &crate::lists::KeyFacts| {
            let (id, name) = (client.id, client.name.clone());
            let last_sign = key.last_used_at.unwrap_or(key.created_at);
            if is_past(last_sign, KEYS_ARE_UNUSED_AFTER, now) {
                let (created_at, last_used_at) = (key.created_at, key.last_used_at);
                return Some(Self::ClientKeyUnused { client: id, name, key: key.id, created_at, last_used_at });
            }
            let is_old = is_past(key.created_at, KEYS_GROW_OLD_AFTER, now);
            is_old.then_some(Self::ClientKeyOld { client: id, name, key: key.id, created_at: key.created_at })
        };
        opens.filter_map(warning).collect()
    }
}
