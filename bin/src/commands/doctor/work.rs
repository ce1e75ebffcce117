//! Background work: what waits, what failed, what is late.

use super::{counted, finding::Findings};
use crate::{settings::Settings, wiring::Store};
use anyhow::Result;
use backstop_application::{ports::Clock, use_cases::WatchWork};
use backstop_domain::{RunStatus, TaskState, Timestamp};
use jiff::SignedDuration;

const QUEUE: &str = "queue";
const WORKERS: &str = "workers";
const SCHEDULES: &str = "schedules";
/// A worker that works takes what is due within seconds.
const LATE: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn examine(
    store: &Store,
    clock: &dyn Clock,
    settings: &Settings,
    findings: &mut Findings,
) -> Result<()> {
    let now = clock.now();
    workers(store, now, findings).await?;
    queue(store, now, settings, findings).await?;
    schedules(store, now, findings).await
}

async fn workers(store: &Store, now: Timestamp, findings: &mut Findings) -> Result<()> {
    let since = now.saturating_sub(WatchWork::LATELY).unwrap_or(Timestamp::MIN);
    let workers = store.workforce().workers(since).await?;
    if workers.is_empty() {
        let remedy = "none is needed while the service is stopped; else start `backstop serve` or `backstop worker`";
        findings.warn(WORKERS, "none was heard of lately", remedy);
    } else {
        let slots: u32 = workers.iter().map(|worker| worker.slots).sum();
        let who = counted(workers.len() as u64, "is at work", "are at work");
        findings.ok(WORKERS, format!("{who}, for {} at once", counted(slots.into(), "task", "tasks")));
    }
    Ok(())
}

async fn queue(store: &Store, now: Timestamp, settings: &Settings, findings: &mut Findings) -> Result<()> {
    let overview = store.tasks().overview(now).await?;
    let of = |state| overview.depths.iter().filter(move |depth| depth.state == state);
    let waiting: u64 = of(TaskState::Queued).map(|depth| depth.tasks).sum();
    let found = counted(waiting, "task waits", "tasks wait");
    let late = overview.oldest_due.map(|due| due.duration_until(now)).filter(|late| *late > LATE);
    if let Some(late) = late {
        let found = format!("{found}, one of them for {} minutes", late.as_secs() / 60);
        findings.problem(QUEUE, found, "see whether workers run, and `backstop monitor` for what they do");
    } else if waiting > settings.worker.queue_limit.into() {
        findings.warn(QUEUE, found, "run more workers, or raise worker.concurrency; worker.queue_limit is the mark");
    } else {
        findings.ok(QUEUE, found);
    }
    for depth in of(TaskState::Failed) {
        let found = format!("{} of {} given up", counted(depth.tasks, "task", "tasks"), depth.kind);
        let remedy =
            "`backstop monitor` shows why; when it is mended, `backstop flush-tasks --failed` clears them away";
        findings.warn(QUEUE, found, remedy);
    }
    Ok(())
}

async fn schedules(store: &Store, now: Timestamp, findings: &mut Findings) -> Result<()> {
    let all = store.schedules().all().await?;
    let enabled = all.iter().filter(|schedule| schedule.enabled).count();
    if enabled == 0 {
        let remedy = "without one nothing is purged but by `backstop purge`";
        findings.warn(SCHEDULES, "none is enabled", remedy);
    }
    let mut is_well = true;
    for schedule in &all {
        let name = schedule.name.as_str();
        if let Some(late) = schedule.next_run().map(|due| due.duration_until(now)).filter(|late| *late > LATE) {
            is_well = false;
            let found = format!("{name:?} should have run {} minutes ago", late.as_secs() / 60);
            findings.problem(SCHEDULES, found, "see whether workers run");
        }
        if let Some(last) = schedule.last.as_ref().filter(|last| last.status == RunStatus::Failed) {
            is_well = false;
            let why = last.error.as_deref().unwrap_or("it does not say why");
            findings.warn(SCHEDULES, format!("the last run of {name:?} failed: {why}"), "see `backstop monitor`");
        }
    }
    if enabled > 0 && is_well {
        findings.ok(SCHEDULES, format!("{}, none late", counted(enabled as u64, "is enabled", "are enabled")));
    }
    Ok(())
}
