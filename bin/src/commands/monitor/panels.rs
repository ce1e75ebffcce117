//! What is told of the work, in tables.

use super::{
    pace::Pace,
    table::{Cell, Column, Panel},
    words,
};
use backstop_application::use_cases::{WatchWork, Work};
use backstop_domain::{RunStatus, TaskKind, TaskState, Timestamp};

/// The most important first.
pub fn all(work: &Work, pace: Option<&Pace>) -> [Panel; 5] {
    [queue(work), workers(work, pace), failed(work), schedules(work), runs(work)]
}

fn count(number: u64, is_bad: bool) -> Cell {
    match number {
        0 => Cell::quiet("-"),
        _ if is_bad => Cell::bad(number.to_string()),
        _ => Cell::plain(number.to_string()),
    }
}

/// What is not there.
fn nothing() -> Cell {
    Cell::quiet("-")
}

fn when(at: Option<Timestamp>, words: impl Fn(Timestamp) -> String) -> Cell {
    at.map_or_else(nothing, |at| Cell::plain(words(at)))
}

fn error(text: Option<&String>) -> Cell {
    text.map_or_else(nothing, |text| Cell::plain(words::safe(text)))
}

fn status(status: RunStatus) -> Cell {
    let text = status.as_str();
    if status == RunStatus::Failed { Cell::bad(text) } else { Cell::plain(text) }
}

fn queue(work: &Work) -> Panel {
    let tasks = |kind: TaskKind, state: TaskState| {
        let depth = work.overview.depths.iter().find(|depth| depth.kind == kind && depth.state == state);
        depth.map_or(0, |depth| depth.tasks)
    };
    let row = |kind: TaskKind| {
        let state = |state| count(tasks(kind, state), state == TaskState::Failed);
        vec![
            Cell::plain(kind.as_str()),
            state(TaskState::Queued),
            state(TaskState::Running),
            state(TaskState::Failed),
            state(TaskState::Done),
        ]
    };
    let is_there = |kind: &TaskKind| work.overview.depths.iter().any(|depth| depth.kind == *kind && depth.tasks > 0);
    Panel {
        columns: vec![
            Column::text("Queue", 0),
            Column::number("queued", 0),
            Column::number("running", 0),
            Column::number("failed", 0),
            Column::number("done", 1),
        ],
        rows: TaskKind::ALL.iter().copied().filter(is_there).map(row).collect(),
        empty: "There are no tasks.".to_owned(),
    }
}

fn workers(work: &Work, pace: Option<&Pace>) -> Panel {
    let mut columns = vec![
        Column::giving("Workers"),
        Column::number("busy", 0),
        Column::number("done", 1),
        Column::number("failed", 2),
        Column::text("last heard of", 0),
        Column::text("since", 4),
    ];
    if pace.is_some() {
        columns.insert(3, Column::number("a minute", 3));
    }
    let row = |worker: &backstop_application::ports::Worker| {
        let mut row = vec![
            Cell::plain(words::safe(&worker.host)),
            Cell::plain(format!("{}/{}", worker.busy, worker.slots)),
            count(worker.done, false),
            count(worker.failed, false),
            Cell::plain(words::ago(work.at, worker.seen_at)),
            Cell::plain(words::date_and_time(worker.started_at)),
        ];
        if let Some(pace) = pace {
            row.insert(3, pace.of(worker.id).map_or_else(nothing, |pace| Cell::plain(format!("{pace:.1}"))));
        }
        row
    };
    Panel {
        columns,
        rows: work.workers.iter().map(row).collect(),
        empty: format!(
            "No worker was heard of in the last {} seconds: is `backstop serve` or `backstop worker` running?",
            WatchWork::LATELY.as_secs()
        ),
    }
}

fn failed(work: &Work) -> Panel {
    let rows = work.failed.iter().map(|task| {
        vec![
            Cell::plain(task.kind.as_str()),
            when(task.ended_at, |at| words::ago(work.at, at)),
            Cell::plain(task.attempt.to_string()),
            Cell::plain(task.id.to_string()),
            error(task.error.as_ref()),
        ]
    });
    Panel {
        columns: vec![
            Column::text("Failed tasks", 0),
            Column::text("given up", 2),
            Column::number("attempts", 3),
            Column::text("task", 4),
            Column::giving("error"),
        ],
        rows: rows.collect(),
        empty: "No task was given up.".to_owned(),
    }
}

fn schedules(work: &Work) -> Panel {
    let rows = work.schedules.iter().map(|schedule| {
        let next = match schedule.next_run() {
            _ if !schedule.enabled => Cell::quiet("switched off"),
            next => when(next, |at| words::ahead(work.at, at)),
        };
        let last = schedule.last.as_ref();
        vec![
            Cell::plain(words::safe(schedule.name.as_str())),
            Cell::plain(schedule.of.as_str()),
            next,
            last.map_or_else(nothing, |last| status(last.status)),
            when(last.map(|last| last.at), |at| words::ago(work.at, at)),
            count(schedule.total_removed, false),
            when(schedule.next_run(), words::date_and_time),
        ]
    });
    Panel {
        columns: vec![
            Column::giving("Schedules"),
            Column::text("cleans up", 3),
            Column::text("next run", 0),
            Column::text("last run", 1),
            Column::text("when", 2),
            Column::number("removed", 4),
            Column::text("next run at", 5),
        ],
        rows: rows.collect(),
        empty: "There are no schedules.".to_owned(),
    }
}

fn runs(work: &Work) -> Panel {
    let rows = work.runs.iter().map(|record| {
        let run = &record.run;
        let took = record.ended_at.map(|ended| ended.duration_since(run.started_at));
        vec![
            Cell::plain(run.of.as_str()),
            Cell::plain(words::ago(work.at, run.started_at)),
            status(record.status),
            count(record.removed, false),
            took.map_or_else(nothing, |took| Cell::plain(words::long(took))),
            Cell::plain(words::started_by(&run.started_by)),
            error(record.error.as_ref()),
        ]
    });
    Panel {
        columns: vec![
            Column::text("Clean-ups", 0),
            Column::text("started", 1),
            Column::text("status", 0),
            Column::number("removed", 2),
            Column::text("took", 4),
            Column::text("started by", 5),
            Column { rank: 3, ..Column::giving("error") },
        ],
        rows: rows.collect(),
        empty: "No clean-up has run yet.".to_owned(),
    }
}
