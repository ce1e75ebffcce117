//! The work as scripts read it. Names and forms are for good.

use super::words;
use backstop_application::{
    ports::{RunRecord, TaskView, Worker},
    use_cases::Work,
};
use backstop_domain::{Schedule, Timestamp};
use serde_json::{Value, json};

pub fn object(work: &Work) -> Value {
    let depths = work.overview.depths.iter();
    json!({
        "at": time(work.at),
        "queue": depths.map(|depth| json!({
            "kind": depth.kind.as_str(),
            "state": depth.state.as_str(),
            "tasks": depth.tasks,
        })).collect::<Value>(),
        "oldest_waiting_seconds": words::waiting(work).map(|waiting| waiting.as_secs()),
        "workers": work.workers.iter().map(worker).collect::<Value>(),
        "runs": work.runs.iter().map(run).collect::<Value>(),
        "schedules": work.schedules.iter().map(schedule).collect::<Value>(),
        "failed": work.failed.iter().map(failed).collect::<Value>(),
    })
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

fn error(text: Option<&String>) -> Option<String> {
    text.map(|text| words::safe(text))
}

fn worker(worker: &Worker) -> Value {
    json!({
        "id": worker.id.to_string(),
        "host": words::safe(&worker.host),
        "started_at": time(worker.started_at),
        "seen_at": time(worker.seen_at),
        "slots": worker.slots,
        "busy": worker.busy,
        "done": worker.done,
        "failed": worker.failed,
    })
}

fn run(record: &RunRecord) -> Value {
    let RunRecord { run, status, ended_at, error: why, removed, removed_batches, .. } = record;
    json!({
        "id": run.id.to_string(),
        "of": run.of.as_str(),
        "status": status.as_str(),
        "started_by": words::started_by(&run.started_by),
        "started_at": time(run.started_at),
        "ended_at": ended_at.map(time),
        "retention_days": run.retention_days,
        "removed": removed,
        "removed_batches": removed_batches,
        "error": error(why.as_ref()),
    })
}

fn schedule(schedule: &Schedule) -> Value {
    json!({
        "id": schedule.id.to_string(),
        "name": words::safe(schedule.name.as_str()),
        "of": schedule.of.as_str(),
        "enabled": schedule.enabled,
        "next_run": schedule.next_run().map(time),
        "last_run": schedule.last.as_ref().map(|last| json!({
            "at": time(last.at),
            "status": last.status.as_str(),
            "error": error(last.error.as_ref()),
        })),
        "removed": schedule.total_removed,
    })
}

fn failed(task: &TaskView) -> Value {
    json!({
        "id": task.id.to_string(),
        "kind": task.kind.as_str(),
        "created_at": time(task.created_at),
        "failed_at": task.ended_at.map(time),
        "attempts": task.attempt,
        "error": error(task.error.as_ref()),
    })
}
