use super::*;
use backstop_domain::SecretText;
use backstop_memory::ManualClock;
use jiff::SignedDuration;
use serde_json::Value;
use sink::Sink;
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use tracing::subscriber::with_default;

/// A log whose clock the test moves.
struct Desk {
    home: TempDir,
    log: LogSettings,
    clock: Arc<ManualClock>,
    console: Sink,
}

impl Desk {
    fn new(settings: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("logs");
        let given = settings.iter().map(|(name, value)| (format!("BACKSTOP_LOG__{name}"), (*value).to_owned()));
        let given = given.chain([("BACKSTOP_LOG__DIR".to_owned(), dir.to_str().unwrap().to_owned())]);
        let log = crate::settings::load(None, given).unwrap().log;
        let clock = Arc::new(ManualClock::new("2026-02-03T23:59:59Z".parse().unwrap()));
        Self { home, log, clock, console: Sink::default() }
    }

    /// Logs as the program does, until every line is written.
    fn while_logging(&self, work: impl FnOnce()) {
        let folder = Folder::new(&self.log.dir, self.log.keep_days);
        let (files, writing) = LogFiles::start(folder, Arc::clone(&self.clock) as _).unwrap();
        with_default(subscriber(&self.log, true, self.console.clone(), files), work);
        drop(writing);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("logs").join(name)
    }

    /// What the lines of a file say.
    fn messages(&self, name: &str) -> Vec<String> {
        let Ok(text) = fs::read_to_string(self.path(name)) else { return Vec::new() };
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["fields"]["message"].as_str().unwrap().to_owned()).collect()
    }

    fn names(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.home.path().join("logs")) else { return Vec::new() };
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn say_something_everywhere() {
    tracing::info!(target: "backstop::generation", "made");
    tracing::info!(target: "backstop::redeem", "redeemed");
    tracing::debug!(target: "backstop::redeem", "how it was redeemed");
    tracing::warn!(target: "backstop::guard", "locked");
    tracing::info!(target: "backstop::guard", "lifted");
    tracing::info!(target: "backstop::mail", "sent");
    tracing::info!(target: "backstop::purge", "purged");
    tracing::info!(target: "backstop::schedule", "scheduled");
    tracing::info!(target: "backstop::audit", "registered");
    tracing::info!(target: "backstop", "stopped");
    tracing::info!(target: "backstop_http::app", "answered");
    tracing::info!(target: "library", "chatter");
    tracing::warn!(target: "library", "trouble");
}

#[test]
fn every_line_is_in_the_file_of_its_topic_and_on_the_console() {
    let desk = Desk::new(&[("FILES", "true")]);
    desk.while_logging(say_something_everywhere);
    let expected: [(&str, &[&str]); 8] = [
        ("audit.log", &["registered"]),
        ("backstop.log", &["stopped", "answered", "trouble"]),
        ("generation.log", &["made"]),
        ("guard.log", &["locked", "lifted"]),
        ("mail.log", &["sent"]),
        ("purge.log", &["purged"]),
        ("redeem.log", &["redeemed"]),
        ("schedule.log", &["scheduled"]),
    ];
    assert_eq!(desk.names(), expected.map(|(name, _)| name));
    for (name, messages) in expected {
        assert_eq!(desk.messages(name), messages, "{name}");
        for message in messages {
            assert_eq!(desk.console.lines("", message), 1, "{message} in\n{}", desk.console.text());
        }
    }
    assert_eq!(desk.console.text().lines().count(), 11);
}

#[test]
fn a_topic_has_a_level_of_its_own() {
    let levels = [("TOPICS__REDEEM", "debug"), ("TOPICS__GUARD", "warn"), ("TOPICS__MAIL", "off"), ("LEVEL", "error")];
    let desk = Desk::new(&[levels.as_slice(), &[("FILES", "true")]].concat());
    desk.while_logging(say_something_everywhere);
    assert_eq!(desk.names(), ["guard.log", "redeem.log"]);
    assert_eq!(desk.messages("redeem.log"), ["redeemed", "how it was redeemed"]);
    assert_eq!(desk.messages("guard.log"), ["locked"]);
    assert_eq!(desk.console.text().lines().count(), 3, "{}", desk.console.text());

    let quiet = Desk::new(&[("TOPICS__REDEEM", "off")]);
    quiet.while_logging(say_something_everywhere);
    assert_eq!((quiet.console.lines("", "redeem"), quiet.console.lines("", "made")), (0, 1));
    assert!(quiet.names().is_empty());
}

#[test]
fn a_purge_run_that_shall_be_logged_is_in_its_file_whatever_the_settings_say() {
    let run = |shall_be_logged: bool| tracing::info!(target: "backstop::purge", log_run = shall_be_logged, "run");
    for files in ["false", "true"] {
        let desk = Desk::new(&[("FILES", files), ("LEVEL", "error"), ("TOPICS__PURGE", "off")]);
        desk.while_logging(|| {
            run(false);
            tracing::info!(target: "backstop::redeem", log_run = true, "elsewhere");
            say_something_everywhere();
        });
        assert_eq!(desk.names(), [""; 0], "log.files = {files}");
        desk.while_logging(|| run(true));
        assert_eq!((desk.names(), desk.messages("purge.log")), (vec!["purge.log".into()], vec!["run".into()]));
        assert_eq!(desk.console.text(), "");
    }
    let desk = Desk::new(&[("FILES", "true")]);
    desk.while_logging(|| [true, false].into_iter().for_each(run));
    assert_eq!(desk.messages("purge.log"), ["run", "run"], "each once");
}

#[test]
fn at_midnight_a_new_file_begins() {
    let desk = Desk::new(&[("FILES", "true")]);
    desk.while_logging(|| {
        tracing::info!(target: "backstop::redeem", "yesterday");
        desk.clock.advance(SignedDuration::from_secs(1));
        tracing::info!(target: "backstop::redeem", "today");
    });
    assert_eq!(desk.messages("redeem.2026-02-03.log"), ["yesterday"]);
    assert_eq!(desk.messages("redeem.log"), ["today"]);
}

#[test]
fn every_line_is_written_before_the_log_ends() {
    let desk = Desk::new(&[("FILES", "true")]);
    desk.while_logging(|| (0..20_000).for_each(|number| tracing::info!(target: "backstop::redeem", "{number}")));
    let all = desk.messages("redeem.log");
    assert_eq!((all.len(), all.last().map(String::as_str)), (20_000, Some("19999")));
}

#[test]
fn a_secret_in_a_line_is_three_stars() {
    let desk = Desk::new(&[("FILES", "true"), ("LEVEL", "trace")]);
    let secret = SecretText::new("hunter2".to_owned());
    desk.while_logging(|| tracing::info!(target: "backstop::redeem", ?secret, "typed"));
    let written = fs::read_to_string(desk.path("redeem.log")).unwrap() + &desk.console.text();
    assert!(!written.contains("hunter2") && written.matches("***").count() == 2, "{written}");
}

#[test]
fn a_log_folder_that_can_not_be_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let mut log = Desk::new(&[("FILES", "true")]).log;
    log.dir = file.join("logs");
    for error in [start(&log).err().unwrap(), check(&log).unwrap_err()] {
        let told = format!("{error:#}");
        assert!(told.contains("file/logs") && told.contains("log.dir"), "{told}");
    }
    log.files = false;
    check(&log).unwrap();
}
