use core::sync::atomic::{AtomicU32, Ordering};
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

use crate::{PATIENCE, Program};

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
    greeting: Vec<String>,
    log: PathBuf,
    child: Child,
    reading: Option<JoinHandle<()>>,
}

/// The last line that the program writes when it starts.
fn ends_greeting(line: &str) -> bool {
    line.contains("Stop it with") || line.contains("answers at")
}

fn address(line: &str) -> Option<String> {
    let from = line.find("http://")?;
    let rest = &line[from + "http://".len()..];
    let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
    Some(format!("http://{}", &rest[..end]))
}

impl Server {
    async fn start(spec: &ServerSpec) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let (log, said) = (log_file(&spec.folder, "log", number), log_file(&spec.folder, "out", number));
        let mut command = spec.program.command(&spec.folder, &spec.env);
        command.args(&spec.args);
        command.stdout(Stdio::piped()).stderr(File::create(&log).expect("a log file"));
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("a piped output");
        let (tell, greeted) = oneshot::channel();
        let reading = thread::spawn(move || read(stdout, &said, tell));
        // Made before anything can fail, so that the process ends with it.
        let mut server = Self { base: String::new(), greeting: Vec::new(), log, child, reading: Some(reading) };
        let greeting = tokio::time::timeout(PATIENCE, greeted).await.expect("the server starts in time");
        server.greeting = greeting.unwrap_or_else(|ended| panic!("{ended} at its start: {}", server.log()));
        let base = server.greeting.iter().find_map(|line| address(line));
        server.base = base.unwrap_or_else(|| panic!("no address in {:?}", server.greeting));
        server
    }

    /// `http://address:port`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it wrote on standard output until it was ready.
    pub fn greeting(&self) -> &[String] {
        &self.greeting
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: it ends at once and tidies nothing up.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM: it finishes what it has begun.
    pub async fn stop(mut self) -> ExitStatus {
        terminate(&self.child);
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.child.wait().expect("a child to wait for");
            self.end();
            status
        });
        tokio::time::timeout(PATIENCE, ended).await.expect("the server stops in time").expect("it was waited for")
    }

    fn end(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(reading) = self.reading.take() {
            reading.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn log_file(folder: &Path, kind: &str, number: u32) -> PathBuf {
    folder.join(format!("server-{number}.{kind}"))
}

/// Copies everything into a file, which the hygiene tests search, and tells the greeting.
fn read(stdout: ChildStdout, copy: &Path, tell: oneshot::Sender<Vec<String>>) {
    let mut copy = File::create(copy).expect("a file for the output");
    let (mut greeting, mut tell) = (Vec::new(), Some(tell));
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        writeln!(copy, "{line}").expect("the output can be written");
        if tell.is_none() {
            continue;
        }
        let last = ends_greeting(&line);
        greeting.push(line);
        if let Some(tell) = tell.take_if(|_| last) {
            tell.send(core::mem::take(&mut greeting)).ok();
        }
    }
}

#[allow(unsafe_code, reason = "std can only send SIGKILL")]
fn terminate(child: &Child) {
    let process = libc::pid_t::try_from(child.id()).expect("a process id");
    // SAFETY: `kill` takes plain numbers; the child has not been waited for, so that its number is not another's yet.
    let sent = unsafe { libc::kill(process, libc::SIGTERM) };
    assert_eq!(sent, 0, "{}", std::io::Error::last_os_error());
}
