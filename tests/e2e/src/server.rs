use std::{path::PathBuf, process::ExitStatus};

use crate::{Program, process::Process};

/// How a server process is to run.
#[derive(Clone, Debug)]
pub struct ServerSpec {
    pub program: Program,
    /// Where the program runs and logs to; must exist.
    pub folder: PathBuf,
    /// The command, with its arguments; none starts the service.
    pub args: Vec<String>,
    /// Every variable that the program gets on top of those that any program has.
    pub env: Vec<(String, String)>,
}

/// Limits that no test reaches. What suspends an account can't be set.
pub const OPEN_GUARD: [(&str, &str); 4] = [
    crate::NO_WAIT,
    ("BACKSTOP_GUARD__MAX_ATTEMPTS", "1000000"),
    ("BACKSTOP_GUARD__ACCOUNT_CEILING", "1000000"),
    ("BACKSTOP_GUARD__NETWORK_CEILING", "1000000"),
];

impl ServerSpec {
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// With another command.
    #[must_use]
    pub fn with_args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self
    }

    /// With a guard that is in nobody's way.
    #[must_use]
    pub fn with_open_guard(self) -> Self {
        OPEN_GUARD.iter().fold(self, |spec, (name, value)| spec.with(name, *value))
    }

    /// As a build with fault points, which are reported as [`crate::Rendezvous::at`] says.
    #[must_use]
    pub fn with_fault_points(mut self, points: &str) -> Self {
        self.program = Program::WithFaultPoints;
        // The points wait for what callers ask for, and background work would come to them as well.
        self = self.with_args(&["serve", "--no-worker"]);
        self.with("BACKSTOP_FAULT_POINTS", points)
    }

    /// On a machine whose clock is so many seconds ahead, or behind if negative. Only the time of day is another: what
    /// waits for a while waits as long as ever.
    #[must_use]
    pub fn with_clock_ahead(self, seconds: i64) -> Self {
        let library = backstop_backends::faketime().expect("libfaketime, of the package faketime");
        self.with("LD_PRELOAD", library.to_str().expect("a readable path"))
            .with("FAKETIME", format!("{seconds:+}s"))
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("DONT_FAKE_MONOTONIC", "1")
    }

    /// Starts the program and returns when it has said where it answers.
    pub async fn start(&self) -> Server {
        Server::start(self).await
    }
}

/// A running server process; killed with the value.
pub struct Server {
    base: String,
    process: Process,
}

fn address(line: &str) -> Option<String> {
    let from = line.find("http://")?;
    let rest = &line[from + "http://".len()..];
    let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
    Some(format!("http://{}", &rest[..end]))
}

impl Server {
    async fn start(spec: &ServerSpec) -> Self {
        let process = Process::start(spec).await;
        let base = process.greeting().iter().find_map(|line| address(line));
        let base = base.unwrap_or_else(|| panic!("no address in {:?}", process.greeting()));
        Self { base, process }
    }

    /// `http://address:port`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it wrote on standard output until it was ready.
    pub fn greeting(&self) -> &[String] {
        self.process.greeting()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// SIGKILL: it ends at once and tidies nothing up.
    pub fn kill(self) {
        self.process.kill();
    }

    /// SIGTERM: it finishes what it has begun.
    pub async fn stop(self) -> ExitStatus {
        self.process.stop().await
    }
}
