use super::{
    json,
    view::{Watched, draw, plain},
    words,
};
use backstop_application::{
    ports::{Concerns, Depth, Overview, Run, RunRecord, TaskView, Worker},
    use_cases::Work,
};
use backstop_domain::{
    CleanUp, ReportWhen, RunId, RunStatus, Schedule, ScheduleId, ScheduleName, TaskId, TaskKind, TaskState, Timestamp,
    WorkerId,
    clean_up::StartedBy,
    schedule::{Calendar, LastRun, Rhythm, Zone},
};
use jiff::SignedDuration;
use ratatui::{
    Terminal,
    backend::TestBackend,
    style::{Color, Modifier},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub fn at(second: i64) -> Timestamp {
    "2026-02-03T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub fn worker(number: u128) -> Worker {
    Worker {
        id: WorkerId::new(Uuid::from_u128(number)),
        host: format!("host-{number}:42"),
        started_at: at(-30),
        seen_at: at(-3),
        slots: 8,
        busy: 2,
        done: 9,
        failed: 1,
    }
}

fn depth(kind: TaskKind, state: TaskState, tasks: u64) -> Depth {
    Depth { kind, state, tasks }
}

fn idle() -> Work {
    Work {
        at: at(0),
        overview: Overview::default(),
        workers: Vec::new(),
        schedules: Vec::new(),
        runs: Vec::new(),
        failed: Vec::new(),
        done: Vec::new(),
    }
}

const ERROR: &str = "the server said 550 \u{1b}[31m<ann@example.com>:\nno such user, and it went on for quite a while";

fn failed_task(number: u128) -> TaskView {
    TaskView {
        id: TaskId::new(Uuid::from_u128(number)),
        kind: TaskKind::SendMail,
        state: TaskState::Failed,
        concerns: Concerns::default(),
        created_at: at(-4_000),
        due_at: at(-500),
        begun_at: Some(at(-400)),
        ended_at: Some(at(-370)),
        attempt: 10,
        attempts: 10,
        worker: None,
        summary: None,
        error: Some(ERROR.to_owned()),
    }
}

fn schedule(name: &str, enabled: bool, last: Option<LastRun>) -> Schedule {
    Schedule {
        id: ScheduleId::new(Uuid::from_u128(7)),
        name: ScheduleName::parse(name).unwrap(),
        of: CleanUp::Codes,
        retention_days: 30,
        calendar: Calendar { first: "2026-01-01T03:00:00".parse().unwrap(), zone: Zone::UTC, rhythm: Rhythm::Once },
        next: Some(at(54_000)),
        extra: None,
        delete_empty: true,
        log_run: false,
        report: ReportWhen::Never,
        enabled,
        saved_by: "root@example.com".to_owned(),
        created_at: at(-900_000),
        modified_at: at(-900_000),
        revision: 1,
        last,
        total_removed: 1_234,
    }
}

fn busy() -> Work {
    let run = Run {
        id: RunId::new(Uuid::from_u128(9)),
        of: CleanUp::Codes,
        started_by: StartedBy::Schedule {
            id: ScheduleId::new(Uuid::from_u128(7)),
            name: "nightly".to_owned(),
            saved_by: "root@example.com".to_owned(),
        },
        started_at: at(-32_400),
        retention_days: 30,
        until: at(-2_600_000),
    };
    let ended = |status, error: Option<&str>| RunRecord {
        run: run.clone(),
        status,
        ended_at: Some(at(-32_388)),
        error: error.map(str::to_owned),
        removed: 120,
        removed_batches: 4,
        range: None,
    };
    let last = |status| LastRun { at: at(-32_400), status, error: None };
    Work {
        overview: Overview {
            depths: vec![
                depth(TaskKind::SendCodes, TaskState::Queued, 12),
                depth(TaskKind::SendCodes, TaskState::Done, 431),
                depth(TaskKind::SendMail, TaskState::Queued, 3),
                depth(TaskKind::SendMail, TaskState::Running, 2),
                depth(TaskKind::SendMail, TaskState::Failed, 5),
                depth(TaskKind::TellNotice, TaskState::Done, 88),
            ],
            oldest_due: Some(at(-250)),
        },
        workers: vec![worker(1), Worker { started_at: at(-9_000), seen_at: at(-61), ..worker(2) }],
        schedules: vec![
            schedule("nightly", true, Some(last(RunStatus::Completed))),
            schedule("audit", true, Some(last(RunStatus::Failed))),
            schedule("off", false, None),
        ],
        runs: vec![
            ended(RunStatus::Completed, None),
            ended(RunStatus::Failed, Some("the database was out")),
            RunRecord { ended_at: None, ..ended(RunStatus::Running, None) },
        ],
        failed: (1..=5).map(failed_task).collect(),
        ..idle()
    }
}

fn watched(work: Work) -> Watched {
    let mut watched = Watched::new(true);
    watched.take(at(0), Ok(work));
    watched
}

fn drawn(watched: &Watched, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, watched)).unwrap();
    terminal
}

fn lines(watched: &Watched, width: u16, height: u16) -> Vec<String> {
    let terminal = drawn(watched, width, height);
    let cells = terminal.backend().buffer().content();
    let line = |row: &[ratatui::buffer::Cell]| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    cells.chunks(width.into()).map(|row| line(row).trim_end().to_owned()).collect()
}

#[track_caller]
fn looks_like(watched: &Watched, width: u16, height: u16, expected: &str) {
    let seen = lines(watched, width, height).join("\n");
    let expected = expected.trim_matches('\n');
    assert!(seen.trim_end() == expected, "it looks like this:\n{seen}\nand not like this:\n{expected}");
}

#[test]
fn everything_fits_on_a_usual_terminal() {
    let expected = r"
Background work                                 2026-02-03 12:00:00 UTC  q quits
15 queued, 2 running, 5 failed; oldest waits 4m 10s; 20.0 done a minute
Queue        queued  running  failed  done
send_codes       12        -       -   431
send_mail         3        2       5     -
tell_notice       -        -       -    88
Workers    busy  done  a minute  failed  last heard of  since
host-1:42   2/8     9      20.0       1  3s ago         2026-02-03 11:59:30 UTC
host-2:42   2/8     9         -       1  1m 01s ago     2026-02-03 09:30:00 UTC
Failed tasks  given up    attempts  error
send_mail     6m 10s ago        10  the server said 550 (address) no such user,…
send_mail     6m 10s ago        10  the server said 550 (address) no such user,…
send_mail     6m 10s ago        10  the server said 550 (address) no such user,…
send_mail     6m 10s ago        10  the server said 550 (address) no such user,…
send_mail     6m 10s ago        10  the server said 550 (address) no such user,…
Schedules  cleans up  next run      last run   when        removed
nightly    codes      in 15h 00m    completed  9h 00m ago     1234
audit      codes      in 15h 00m    failed     9h 00m ago     1234
off        codes      switched off  -          -              1234
Clean-ups  started     status     removed  took  error
codes      9h 00m ago  completed      120  12s   -
codes      9h 00m ago  failed         120  12s   the database was out
codes      9h 00m ago  running        120  -     -
";
    looks_like(&watched(busy()), 80, 24, expected);
}

#[test]
fn a_large_terminal_has_tables_side_by_side() {
    let seen = lines(&watched(busy()), 200, 50);
    let row = |begins: &str| seen.iter().find(|line| line.starts_with(begins)).unwrap().as_str();
    assert_eq!(row("Queue").split_whitespace().nth(5), Some("Workers"), "{seen:?}");
    assert!(row("send_codes").ends_with("3s ago         2026-02-03 11:59:30 UTC"), "{seen:?}");
    assert!(row("Schedules").contains("Clean-ups") && row("audit").ends_with("the database was out"), "{seen:?}");
    let whole = "00000000-0000-0000-0000-000000000001  the server said 550 (address) no such user, and it went on for";
    assert!(row("send_mail     6m").contains(whole), "{seen:?}");
    assert!(!seen.iter().any(|line| line.contains("Not all shown") || line.contains("more")), "{seen:?}");
}

#[test]
fn a_small_terminal_has_what_matters_most() {
    let expected = r"
Background work    12:00:00 UTC  q quits
15 queued, 2 running, 5 failed; oldest
waits 4m 10s; 20.0 done a minute
Queue        queued  running  failed
send_codes       12        -       -
Workers    busy  done  last heard of
host-1:42   2/8     9  3s ago
Failed tasks  error
send_mail     the server said 550 (addr…
Not all shown: Queue, Workers, Failed t…
";
    looks_like(&watched(busy()), 40, 10, expected);
}

#[test]
fn empty_states_are_told_in_words() {
    let expected = r"
Background work                                 2026-02-03 12:00:00 UTC  q quits
0 queued, 0 running, 0 failed; nothing waits

Queue  queued  running  failed  done
There are no tasks.

Workers  busy  done  a minute  failed  last heard of  since
No worker was heard of in the last 90 seconds: is `backstop serve` or `backstop
worker` running?

Failed tasks  given up  attempts  task  error
No task was given up.

Schedules  cleans up  next run  last run  when  removed  next run at
There are no schedules.

Clean-ups  started  status  removed  took  started by  error
No clean-up has run yet.
";
    looks_like(&watched(idle()), 80, 24, expected);
}

#[test]
fn no_size_is_too_small() {
    for width in [0, 1, 2, 5, 17, 39, 139, 140] {
        for height in [0, 1, 2, 3, 4, 7, 30] {
            for work in [idle(), busy()] {
                let mut watched = watched(work);
                drawn(&watched, width, height);
                watched.take(at(1), Err("out".to_owned()));
                drawn(&watched, width, height);
            }
        }
    }
}

#[test]
fn a_database_that_is_away_is_told_and_what_was_seen_stays() {
    let mut watched = Watched::new(true);
    assert_eq!(lines(&watched, 80, 24)[1], "Looking for the first time …");
    watched.take(at(0), Err("nobody answers".to_owned()));
    let told = "The database has not answered since 12:00:00 UTC: nobody answers. It is asked";
    assert_eq!(lines(&watched, 80, 24)[1..4], [told, "again and again.", ""]);
    watched.take(at(5), Ok(busy()));
    assert!(lines(&watched, 80, 24)[1].starts_with("15 queued"));
    watched.take(at(10), Err("nobody answers".to_owned()));
    watched.take(at(20), Err("still nobody".to_owned()));
    let seen = lines(&watched, 80, 24);
    assert_eq!(seen[1], "The database has not answered since 12:00:10 UTC: still nobody. It is asked");
    assert_eq!(seen[2], "again and again. What is below was seen before.");
    assert!(seen[3].starts_with("15 queued"), "{seen:?}");
    watched.take(at(30), Ok(idle()));
    assert!(lines(&watched, 80, 24)[1].starts_with("0 queued"));
}

#[test]
fn colour_means_that_something_is_bad_and_there_is_none_without_colours() {
    let coloured = |watched: &Watched| -> Vec<String> {
        let terminal = drawn(watched, 80, 24);
        let cells = terminal.backend().buffer().content();
        let runs = cells.chunk_by(|one, other| one.fg == other.fg && one.bg == other.bg);
        let coloured = runs.filter(|run| run[0].fg != Color::Reset || run[0].bg != Color::Reset);
        coloured
            .map(|run| run.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim().to_owned())
            .collect()
    };
    assert_eq!(coloured(&watched(busy())), ["5", "failed", "failed"]);
    assert_eq!(coloured(&watched(idle())), [""; 0]);
    let mut plain = Watched::new(false);
    plain.take(at(0), Ok(busy()));
    assert_eq!(coloured(&plain), [""; 0]);
    let terminal = drawn(&plain, 80, 24);
    let bold = terminal.backend().buffer().content().iter().filter(|cell| cell.modifier.contains(Modifier::BOLD));
    assert!(
        bold.map(ratatui::buffer::Cell::symbol).collect::<String>().contains("failed"),
        "it is bold in place of red"
    );
}

#[test]
fn plain_text_has_everything_and_no_escape() {
    let text = plain(&busy());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Background work at 2026-02-03 12:00:00 UTC");
    assert_eq!(lines[1], "15 queued, 2 running, 5 failed; oldest waits 4m 10s");
    for row in [
        "send_mail         3        2       5     -",
        "host-2:42   2/8     9       1  1m 01s ago     2026-02-03 09:30:00 UTC",
        "audit      codes      in 15h 00m    failed     9h 00m ago     1234  2026-02-04 03:00:00 UTC",
        "codes      9h 00m ago  failed         120  12s   schedule:nightly  the database was out",
    ] {
        assert!(lines.contains(&row), "{row:?} is missing in {text}");
    }
    let errors = lines.iter().filter(|line| line.ends_with("no such user, and it went on for quite a while"));
    assert_eq!(errors.count(), 5, "{text}");
    assert!(!lines.iter().any(|line| line.ends_with(' ')) && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn json_has_what_scripts_rely_on() {
    let object = json::object(&busy());
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&object), "at failed oldest_waiting_seconds queue runs schedules workers");
    assert_eq!((&object["at"], &object["oldest_waiting_seconds"]), (&"2026-02-03T12:00:00Z".into(), &250.into()));
    assert_eq!(object["queue"][4], json!({"kind": "send_mail", "state": "failed", "tasks": 5}));
    assert_eq!(
        object["workers"][0],
        json!({
            "id": "00000000-0000-0000-0000-000000000001", "host": "host-1:42",
            "started_at": "2026-02-03T11:59:30Z", "seen_at": "2026-02-03T11:59:57Z",
            "slots": 8, "busy": 2, "done": 9, "failed": 1,
        })
    );
    assert_eq!(
        object["runs"][1],
        json!({
            "id": "00000000-0000-0000-0000-000000000009", "of": "codes", "status": "failed",
            "started_by": "schedule:nightly", "started_at": "2026-02-03T03:00:00Z",
            "ended_at": "2026-02-03T03:00:12Z", "retention_days": 30, "removed": 120, "removed_batches": 4,
            "error": "the database was out",
        })
    );
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000007", "name": "audit", "of": "codes", "enabled": true,
        "next_run": "2026-02-04T03:00:00Z",
        "last_run": {"at": "2026-02-03T03:00:00Z", "status": "failed", "error": null}, "removed": 1_234,
    });
    assert_eq!(object["schedules"][1], expected);
    assert_eq!(
        (&object["schedules"][2]["next_run"], &object["schedules"][2]["last_run"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        object["failed"][0],
        json!({
            "id": "00000000-0000-0000-0000-000000000001", "kind": "send_mail",
            "created_at": "2026-02-03T10:53:20Z", "failed_at": "2026-02-03T11:53:50Z", "attempts": 10,
            "error": "the server said 550 (address) no such user, and it went on for quite a while",
        })
    );
    let nothing = json::object(&idle());
    for list in ["queue", "workers", "runs", "schedules", "failed"] {
        assert_eq!(nothing[list], json!([]), "{list}");
    }
    assert_eq!(nothing["oldest_waiting_seconds"], Value::Null);
}

#[test]
fn no_address_and_nothing_that_a_terminal_obeys_is_shown() {
    let all = [
        plain(&busy()),
        json::object(&busy()).to_string(),
        lines(&watched(busy()), 200, 50).join("\n"),
        words::safe("a\u{1b}]0;title\u{7} of\r\nann@example.com, \"<bob@example.com>\" \u{202e}x"),
    ];
    for text in all {
        assert!(!text.contains('@') && !text.contains("example.com"), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    }
}

#[test]
fn times_are_told_in_two_units() {
    let told = |seconds| words::long(SignedDuration::from_secs(seconds));
    assert_eq!([-5, 0, 59, 60, 3_599].map(told), ["0s", "0s", "59s", "1m 00s", "59m 59s"]);
    assert_eq!([3_600, 86_399, 86_400, 900_000].map(told), ["1h 00m", "23h 59m", "1d 00h", "10d 10h"]);
    assert_eq!((words::ahead(at(0), at(0)), words::ahead(at(0), at(61))), ("now".into(), "in 1m 01s".into()));
}
