//! How things are put into words.

use backstop_application::use_cases::Work;
use backstop_domain::{TaskState, Timestamp, clean_up::StartedBy, letter::one_line};
use jiff::SignedDuration;

/// Longer errors are cut.
const LONGEST: usize = 300;

/// What others said, in one line that no terminal takes for a command, and without e-mail addresses.
pub fn safe(text: &str) -> String {
    let line = one_line(text, LONGEST);
    line.split(' ').map(|word| if word.contains('@') { "(address)" } else { word }).collect::<Vec<_>>().join(" ")
}

/// In its two largest units.
pub fn long(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, ..) => format!("{hours}h {minutes:02}m"),
        _ => format!("{days}d {hours:02}h"),
    }
}

pub fn ago(now: Timestamp, then: Timestamp) -> String {
    format!("{} ago", long(now.duration_since(then)))
}

/// A time to come; one that is past is about to be noticed.
pub fn ahead(now: Timestamp, then: Timestamp) -> String {
    if then <= now { "now".to_owned() } else { format!("in {}", long(then.duration_since(now))) }
}

pub fn date_and_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

pub fn started_by(who: &StartedBy) -> String {
    match who {
        StartedBy::Schedule { name, .. } => format!("schedule:{}", safe(name)),
        StartedBy::CommandLine => "command_line".to_owned(),
    }
}

/// For how long the task has been due that waits longest.
pub fn waiting(work: &Work) -> Option<SignedDuration> {
    work.overview.oldest_due.map(|due| work.at.duration_since(due).max(SignedDuration::ZERO))
}

/// All in one line.
pub fn summary(work: &Work) -> String {
    let all = |state: TaskState| -> u64 {
        work.overview.depths.iter().filter(|depth| depth.state == state).map(|depth| depth.tasks).sum()
    };
    let counts = format!(
        "{} queued, {} running, {} failed",
        all(TaskState::Queued),
        all(TaskState::Running),
        all(TaskState::Failed)
    );
    match waiting(work) {
        Some(time) => format!("{counts}; oldest waits {}", long(time)),
        None => format!("{counts}; nothing waits"),
    }
}
