//! What is told of a task in the log: its kind and id, never what it carries.

use backstop_application::{
    ports::{Leased, PortError, RunRecord},
    use_cases::TaskOutcome,
};
use backstop_domain::{TaskKind, clean_up::StartedBy, schedule::Occurrence, task::Ending};

/// One line of the topic that the task belongs to.
macro_rules! tell {
    ($level:ident, $kind:expr, $($rest:tt)*) => {
        match $kind {
            TaskKind::SendCodes | TaskKind::SendMail | TaskKind::TellNotice | TaskKind::TellHeld => {
                tracing::$level!(target: "backstop::mail", $($rest)*)
            }
            TaskKind::CleanUp => tracing::$level!(target: "backstop::purge", $($rest)*),
            TaskKind::ClearAway | TaskKind::FindExpiring => tracing::$level!(target: "backstop", $($rest)*),
        }
    };
}

pub(crate) fn ended(leased: &Leased, outcome: &TaskOutcome) {
    let (kind, task, attempt) = (leased.kind, leased.lease.task, leased.lease.attempt);
    match outcome {
        TaskOutcome::Ran { record, log } => ran(record, *log),
        TaskOutcome::Ended(Ending::Done(summary)) => {
            let summary = summary.as_deref().unwrap_or_default();
            tell!(info, kind, %kind, %task, attempt, summary, "done");
        }
        TaskOutcome::Ended(Ending::Again { at, error }) => {
            tell!(warn, kind, %kind, %task, attempt, %at, error, "it failed and is tried again");
        }
        TaskOutcome::Ended(Ending::Failed { error }) => {
            tell!(error, kind, %kind, %task, attempt, error, "it is given up, and stays for somebody to see");
        }
        TaskOutcome::Ended(Ending::Released) => tell!(info, kind, %kind, %task, attempt, "given back untried"),
        TaskOutcome::Unfinished => tell!(info, kind, %kind, %task, attempt, "it goes on later"),
        TaskOutcome::Lost => {
            tell!(warn, kind, %kind, %task, attempt, "the lease was lost; somebody else has the task, or it is gone");
        }
        // These never leave the use case.
        TaskOutcome::Done(_) | TaskOutcome::Hopeless(_) => {}
    }
}

/// Tells of a run of a clean-up that ended, in the log of purges if it shall be there.
pub fn ran(record: &RunRecord, log: bool) {
    let started_by = match &record.run.started_by {
        StartedBy::Schedule { name, .. } => format!("schedule {name}"),
        StartedBy::CommandLine => "command line".to_owned(),
    };
    macro_rules! line {
        ($level:ident, $log_run:literal) => {
            tracing::$level!(
                target: "backstop::purge",
                run = %record.run.id,
                of = %record.run.of,
                started_by,
                status = %record.status,
                removed = record.removed,
                removed_batches = record.removed_batches,
                retention_days = record.run.retention_days,
                until = %record.run.until,
                log_run = $log_run,
                "a clean-up ran"
            )
        };
    }
    // With `log_run` the line is always in the purge's file. The trail's entry is told in any case.
    if log { line!(info, true) } else { line!(debug, false) }
}

pub(crate) fn fault(leased: &Leased, fault: &PortError) {
    let (kind, task) = (leased.kind, leased.lease.task);
    tell!(warn, kind, %kind, %task, %fault, "how it ended can't be written down; it comes again when its lease is over");
}

pub(crate) fn fired(occurrences: &[Occurrence]) {
    for occurrence in occurrences {
        tracing::info!(target: "backstop::schedule", schedule = %occurrence.schedule, at = %occurrence.at, "due, and queued");
    }
}
