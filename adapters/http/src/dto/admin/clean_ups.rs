//! Clean-ups with their schedules, and background work.

use super::page_of;
use crate::dto::fields::{Instant, Word};
use backstop_application::{
    lists::{Owned, Runs, Schedules, Tasks},
    ports::{RunRecord, TaskView},
    use_cases::RunWithLines,
};
use backstop_domain::{
    AccountId, BatchId, CleanUp, ReportWhen, RunStatus, Schedule, ScheduleId, TaskKind, TaskState, Timestamp,
    clean_up::StartedBy, letter::BatchLine,
};
use uuid::Uuid;

object! {
    /// A run of a clean-up.
    RunEntry gives {
        /// The run's id.
        id: Uuid,
        /// What was cleared away.
        of: Word<CleanUp>,
        /// The schedule that started it; `null` is the command line.
        schedule: Option<Uuid>,
        /// The name that the schedule had.
        schedule_name: Option<String>,
        /// When it began.
        started_at: Instant,
        /// When it ended.
        ended_at: Option<Instant>,
        /// What became of it.
        status: Word<RunStatus>,
        /// Why it failed.
        error: Option<String>,
        /// How many days are kept.
        retention_days: u32,
        /// What ended then or before was taken.
        until: Instant,
        /// How many rows went.
        removed: u64,
        /// How many sets of codes went as a whole.
        removed_batches: u64,
    }
}

page_of! {
    /// Some of the runs.
    RunsPage of RunEntry from Runs
}

impl RunEntry {
    pub(crate) fn new(record: RunRecord, _now: Timestamp) -> Self {
        let (schedule, schedule_name) = match record.run.started_by {
            StartedBy::Schedule { id, name, .. } => (Some(id.uuid()), Some(name)),
            StartedBy::CommandLine => (None, None),
        };
        Self {
            id: record.run.id.uuid(),
            of: Word(record.run.of),
            schedule,
            schedule_name,
            started_at: Instant(record.run.started_at),
            ended_at: record.ended_at.map(Instant),
            status: Word(record.status),
            error: record.error,
            retention_days: record.run.retention_days,
            until: Instant(record.run.until),
            removed: record.removed,
            removed_batches: record.removed_batches,
        }
    }
}

object! {
    /// What a run took from one set of codes.
    RunLine gives {
        /// The set's id.
        batch: Uuid,
        /// Whose codes they were.
        subject: String,
        /// When they were made.
        made_at: Instant,
        /// When they expired.
        expires_at: Option<Instant>,
        /// How many went.
        removed: u32,
        /// How many were left.
        left: u32,
        /// Whether the set went as a whole.
        batch_removed: bool,
    }
}

object! {
    /// The report of a run.
    RunReport gives {
        /// The run.
        run: RunEntry,
        /// From how many sets it took anything.
        batches: u64,
        /// The sets that lost most, at most a hundred.
        lines: Vec<RunLine>,
    }
}

impl RunReport {
    pub(crate) fn new(report: RunWithLines, now: Timestamp) -> Self {
        let line = |line: BatchLine| RunLine {
            batch: line.batch.uuid(),
            subject: line.subject.as_str().to_owned(),
            made_at: Instant(line.made_at),
            expires_at: line.expires_at.map(Instant),
            removed: line.removed_codes,
            left: line.left,
            batch_removed: line.batch_removed,
        };
        Self {
            run: RunEntry::new(report.record, now),
            batches: report.batches,
            lines: report.lines.into_iter().map(line).collect(),
        }
    }
}

object! {
    /// A piece of background work: nothing of what it carries.
    TaskEntry gives {
        /// The task's id.
        id: Uuid,
        /// What is to be done.
        kind: Word<TaskKind>,
        /// What became of it.
        state: Word<TaskState>,
        /// The account that it is about.
        account: Option<Uuid>,
        /// The subject of whom it is about.
        subject: Option<String>,
        /// The set of codes that it is about.
        batch: Option<Uuid>,
        /// The schedule that it is about.
        schedule: Option<Uuid>,
        /// When it was queued.
        created_at: Instant,
        /// When it is tried, or was to be.
        due_at: Instant,
        /// When its last attempt began.
        begun_at: Option<Instant>,
        /// When it was done or given up.
        ended_at: Option<Instant>,
        /// How many attempts were begun.
        attempt: u32,
        /// How many it has.
        attempts: u32,
        /// What came of it.
        summary: Option<String>,
        /// Why the last attempt that failed did.
        error: Option<String>,
    }
}

page_of! {
    /// Some of the background work.
    TasksPage of TaskEntry from Tasks
}

impl TaskEntry {
    pub(crate) fn new(entry: Owned<TaskView>, _now: Timestamp) -> Self {
        let Owned { of, owner } = entry;
        Self {
            id: of.id.uuid(),
            kind: Word(of.kind),
            state: Word(of.state),
            account: of.concerns.account.map(AccountId::uuid),
            subject: owner.map(|owner| owner.subject.as_str().to_owned()),
            batch: of.concerns.batch.map(BatchId::uuid),
            schedule: of.concerns.schedule.map(ScheduleId::uuid),
            created_at: Instant(of.created_at),
            due_at: Instant(of.due_at),
            begun_at: of.begun_at.map(Instant),
            ended_at: of.ended_at.map(Instant),
            attempt: of.attempt,
            attempts: of.attempts,
            summary: of.summary,
            error: of.error,
        }
    }
}

object! {
    /// When something is cleared away.
    ScheduleEntry gives {
        /// The schedule's id.
        id: Uuid,
        /// What operators call it.
        name: String,
        /// What is cleared away.
        of: Word<CleanUp>,
        /// How many days are kept.
        retention_days: u32,
        /// The first occurrence, as a clock on the wall of the zone shows it.
        first: String,
        /// The time zone.
        zone: String,
        /// How often.
        rhythm: String,
        /// When it runs next; `null` while it is paused or has nothing before it.
        next_at: Option<Instant>,
        /// Whether it runs, or is paused.
        enabled: bool,
        /// Whether sets without a code go too.
        delete_empty: bool,
        /// Whether each run is told in the log.
        log_run: bool,
        /// When a report is mailed.
        report: Word<ReportWhen>,
        /// When it was made.
        created_at: Instant,
        /// When it last changed.
        modified_at: Instant,
        /// When it last ran.
        last_at: Option<Instant>,
        /// What became of that run.
        last_status: Option<Word<RunStatus>>,
        /// Why that run failed.
        last_error: Option<String>,
        /// How many rows its runs took, all together.
        total_removed: u64,
    }
}

page_of! {
    /// Some of the schedules.
    SchedulesPage of ScheduleEntry from Schedules
}

impl ScheduleEntry {
    pub(crate) fn new(schedule: Schedule, _now: Timestamp) -> Self {
        Self {
            id: schedule.id.uuid(),
            name: schedule.name.as_str().to_owned(),
            of: Word(schedule.of),
            retention_days: schedule.retention_days,
            first: schedule.calendar.first.to_string(),
            zone: schedule.calendar.zone.name().to_owned(),
            rhythm: schedule.calendar.rhythm.to_string(),
            next_at: schedule.next_run().map(Instant),
            enabled: schedule.enabled,
            delete_empty: schedule.delete_empty,
            log_run: schedule.log_run,
            report: Word(schedule.report),
            created_at: Instant(schedule.created_at),
            modified_at: Instant(schedule.modified_at),
            last_at: schedule.last.as_ref().map(|last| Instant(last.at)),
            last_status: schedule.last.as_ref().map(|last| Word(last.status)),
            last_error: schedule.last.and_then(|last| last.error),
            total_removed: schedule.total_removed,
        }
    }
}
