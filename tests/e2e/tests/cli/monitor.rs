//! Watching the background work, as a script and at a terminal.

use super::{development, fresh, keys_in, pairs, run};
use backstop_application::ports::{Claiming, Concerns, NewTask, Payload, Storage as _, Worker, Workforce as _};
use backstop_domain::{
    Sealed, TaskId, TaskKind, Timestamp, WorkerId,
    task::{Ending, Priority},
};
use backstop_e2e::{Kind, PATIENCE, Program, Site};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use jiff::SignedDuration;
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// A site with a task that waits, one that was given up, and a worker; with what the tasks know.
async fn site_with_work() -> Site {
    let site = Site::new(Kind::Sqlite).await;
    let migrated = backstop_e2e::run(site.folder(), &["migrate"], &site.env());
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    let storage = SqliteStorage::open(&SqliteSettings::new(site.folder().join("backstop.sqlite3"))).await.unwrap();
    let now = Timestamp::now();
    let ago = |seconds| now - SignedDuration::from_secs(seconds);
    let worker = WorkerId::new(Uuid::from_u128(1));
    let task = |number, kind| NewTask {
        id: TaskId::new(Uuid::from_u128(number)),
        kind,
        payload: Payload { version: 1, text: "\"what the task knows\"".to_owned() },
        sealed: Some(Sealed::new(b"what nobody may know".to_vec())),
        unique: None,
        priority: Priority::USUAL,
        concerns: Concerns::default(),
        created_at: ago(300),
        due_at: ago(300),
        attempts: 3,
    };
    let mut unit = storage.begin().await.unwrap();
    let failing = TaskId::new(Uuid::from_u128(2));
    unit.tasks().push(task(2, TaskKind::SendMail)).await.unwrap();
    unit.tasks().push(task(3, TaskKind::SendCodes)).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = storage.begin().await.unwrap();
    let claiming = Claiming { worker, now, until: now + SignedDuration::from_secs(60), only: Some(failing), most: 1 };
    let leased = unit.tasks().claim(&claiming).await.unwrap();
    let error = "550 <ann@example.com>: \u{1b}[31mno such user".to_owned();
    unit.tasks().finish(&leased[0].lease, now, &Ending::Failed { error }).await.unwrap();
    unit.commit().await.unwrap();
    let known = Worker {
        id: worker,
        host: "wörk-1:42".to_owned(),
        started_at: ago(60),
        seen_at: now,
        slots: 8,
        busy: 2,
        done: 7,
        failed: 1,
    };
    storage.beat(&known).await.unwrap();
    storage.close().await;
    site
}

#[tokio::test]
async fn the_monitor_tells_scripts_and_people_what_there_is_and_shows_no_secret() {
    let site = site_with_work().await;
    let monitor = |arguments: &[&str]| {
        let all: Vec<&str> = ["monitor", "--once"].iter().chain(arguments).copied().collect();
        let output = backstop_e2e::run(site.folder(), &all, &site.env());
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
        for secret in ["what the task knows", "what nobody may know", "ann@example.com", "\u{1b}"] {
            assert!(!output.stdout.contains(secret), "{secret:?} is in {}", output.stdout);
        }
        output.stdout
    };
    let told: Value = serde_json::from_str(&monitor(&["--json"])).unwrap();
    assert!(told["at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let queue: Vec<String> = told["queue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|depth| format!("{} {} {}", depth["kind"], depth["state"], depth["tasks"]).replace('"', ""))
        .collect();
    assert_eq!(queue, ["send_codes queued 1", "send_mail failed 1"]);
    assert!((300..400).contains(&told["oldest_waiting_seconds"].as_i64().unwrap()), "{told}");
    assert_eq!((&told["workers"][0]["host"], &told["workers"][0]["busy"]), (&"wörk-1:42".into(), &2.into()));
    assert_eq!(told["failed"][0]["id"], Uuid::from_u128(2).to_string());
    assert_eq!(told["failed"][0]["error"], "550 (address) [31mno such user");
    for list in ["runs", "schedules"] {
        assert!(told[list].is_array(), "{told}");
    }

    let text = monitor(&[]);
    for words in ["1 queued, 0 running, 1 failed; oldest waits 5m", "wörk-1:42", "2/8", "550 (address)"] {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
}

#[test]
fn the_monitor_makes_and_changes_no_database() {
    let folder = fresh();
    let refused = |arguments: &[&str], code, words: &[&str]| {
        let output = run(folder.path(), arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(code), ""), "{}", output.stderr);
        for word in words {
            assert!(output.stderr.contains(word), "{word:?} is missing in {}", output.stderr);
        }
    };
    refused(&["monitor", "--once"], 1, &["no database yet", "backstop migrate"]);
    refused(&["monitor"], 1, &["needs a terminal", "--once --json"]);
    refused(&["monitor", "--json"], 2, &["--once"]);
    refused(&["monitor", "--once", "--every", "5s"], 2, &["--every", "--once"]);
    refused(&["monitor", "--every", "0s"], 2, &["from 1s to 1h"]);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);

    let data = folder.path().join("backstop-data");
    fs::create_dir(&data).unwrap();
    fs::File::create(data.join("backstop.sqlite3")).unwrap();
    refused(&["monitor", "--once"], 1, &["waits for", "`backstop migrate`"]);
    let migrate = run(folder.path(), &["migrate"], &[]);
    assert!(migrate.stdout.starts_with("Applied "), "the monitor applied them: {}", migrate.stdout);
}

/// A command at a terminal of its own, which `script` makes. Afterwards the state of the terminal is told.
struct AtTerminal {
    process: Child,
    keys: ChildStdin,
    seen: Arc<Mutex<Vec<u8>>>,
}

const ENTERED: &str = "\u{1b}[?1049h";
const LEFT: &str = "\u{1b}[?1049l";
const CURSOR: &str = "\u{1b}[?25h";

impl AtTerminal {
    fn start(folder: &Path, arguments: &str, environment: &[(&str, &str)]) -> Self {
        let program = Program::Plain.path();
        // The number of the shell is the one of the program in the end.
        let line = format!(
            "stty cols 80 rows 24; sh -c 'echo $$ > pid; exec \"{}\" {arguments}'; code=$?; stty -a; exit $code",
            program.display()
        );
        let ours = std::env::vars_os().map(|(name, _)| name);
        let mut command = Command::new("script");
        for name in ours.filter(|name| name.to_string_lossy().starts_with("BACKSTOP_") || name == "NO_COLOR") {
            command.env_remove(name);
        }
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.current_dir(folder).envs(pairs(environment)).env("SHELL", "/bin/sh").env("TERM", "xterm");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("script, of the package util-linux or bsdutils");
        let (keys, mut screen) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&seen);
        thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(number @ 1..) = screen.read(&mut some) {
                copy.lock().unwrap().extend_from_slice(&some[..number]);
            }
        });
        Self { process, keys, seen }
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    fn wait_for(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.seen().contains(words) {
            assert!(Instant::now() < until, "{words:?} never came: {:?}", self.seen());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    /// Its exit code, once everything that it wrote was read.
    fn ended(mut self) -> (Option<i32>, String) {
        self.wait_for("icanon");
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status.code(), self.seen());
            }
            assert!(Instant::now() < until, "the terminal does not close");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for AtTerminal {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[track_caller]
fn the_terminal_is_as_before(seen: &str) {
    let after = seen.rsplit_once(LEFT).expect("the alternate screen was left").1;
    assert_eq!(seen.matches(ENTERED).count(), 1, "{seen:?}");
    assert!(!after.contains(ENTERED) && after.contains(CURSOR), "{after:?}");
    for mode in ["-icanon", "-echo ", "-isig"] {
        assert!(!after.contains(mode), "{mode} is left: {after}");
    }
}

#[tokio::test]
async fn the_live_view_follows_the_work_and_ends_as_it_is_asked_to() {
    let folder = fresh();
    let server = development(folder.path()).start().await;
    assert_eq!(keys_in(server.greeting()).len(), 1);
    for (how, keys) in [("q", Some(b"q")), ("Escape", Some(b"\x1b")), ("Ctrl-C", Some(b"\x03")), ("SIGTERM", None)] {
        let mut terminal = AtTerminal::start(folder.path(), "monitor --every 1s", &[]);
        // Where the screen was empty before: of what changes only the changed letters are written.
        terminal.wait_for("q quits");
        terminal.wait_for("Workers");
        // A key that means nothing ends nothing.
        terminal.press(b"x");
        if let Some(key) = keys {
            terminal.press(key);
        } else {
            let process = fs::read_to_string(folder.path().join("pid")).unwrap();
            assert!(Command::new("kill").args(["-TERM", process.trim()]).status().unwrap().success());
        }
        let (code, seen) = terminal.ended();
        assert_eq!(code, Some(0), "{how}: {seen:?}");
        the_terminal_is_as_before(&seen);
    }
}

#[tokio::test]
async fn the_live_view_shows_no_colours_to_who_wants_none() {
    let site = site_with_work().await;
    let red = |more: &[(&str, &str)]| {
        let own = site.env();
        let own = own.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let environment: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        let mut terminal = AtTerminal::start(site.folder(), "monitor", &environment);
        terminal.wait_for("550");
        terminal.press(b"q");
        let (code, seen) = terminal.ended();
        assert_eq!(code, Some(0), "{seen:?}");
        seen.contains("\u{1b}[38;5;1m") || seen.contains("\u{1b}[38;5;1;49m") || seen.contains("\u{1b}[31m")
    };
    assert!(red(&[]), "what failed is red");
    assert!(!red(&[("NO_COLOR", "1")]));
    assert!(red(&[("NO_COLOR", "")]));
}

#[tokio::test]
async fn the_live_view_goes_on_while_the_database_does_not_answer() {
    let site = site_with_work().await;
    let own = site.env();
    let environment: Vec<(&str, &str)> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut terminal = AtTerminal::start(site.folder(), "monitor --every 1s", &environment);
    terminal.wait_for("Workers");
    let mut database = SqliteConnection::connect(site.database()).await.unwrap();
    sqlx::raw_sql("ALTER TABLE tasks RENAME TO away").execute(&mut database).await.unwrap();
    terminal.wait_for("The database has not");
    // No other word has letters like these, so that all of them are written.
    let back = "ALTER TABLE away RENAME TO tasks; UPDATE tasks SET error = 'ZZZZZZZZ' WHERE error IS NOT NULL";
    sqlx::raw_sql(back).execute(&mut database).await.unwrap();
    terminal.wait_for("ZZZZZZZZ");
    terminal.press(b"q");
    let (code, seen) = terminal.ended();
    assert_eq!(code, Some(0), "{seen:?}");
    the_terminal_is_as_before(&seen);
}
