//! A running process of the service, whatever it is there for.

use core::sync::atomic::{AtomicU32, Ordering};
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

use crate::{PATIENCE, ServerSpec};

/// Killed with the value.
pub(crate) struct Process {
    greeting: Vec<String>,
    log: PathBuf,
    child: Child,
    reading: Option<JoinHandle<()>>,
}

/// The last line that the program writes when it starts.
fn ends_greeting(line: &str) -> bool {
    ["Stop it with", "answers at", "does background work"].iter().any(|end| line.contains(end))
}

impl Process {
    /// Returns when it has said that it is ready.
    pub(crate) async fn start(spec: &ServerSpec) -> Self {
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
        let mut process = Self { greeting: Vec::new(), log, child, reading: Some(reading) };
        let greeting = tokio::time::timeout(PATIENCE, greeted).await.expect("the program starts in time");
        process.greeting = greeting.unwrap_or_else(|ended| panic!("{ended} at its start: {}", process.log()));
        process
    }

    /// What it wrote on standard output until it was ready.
    pub(crate) fn greeting(&self) -> &[String] {
        &self.greeting
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: it ends at once and tidies nothing up.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// SIGTERM: it finishes what it has begun.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        self.signal(libc::SIGTERM);
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.child.wait().expect("a child to wait for");
            self.end();
            status
        });
        tokio::time::timeout(PATIENCE, ended).await.expect("the program stops in time").expect("it was waited for")
    }

    /// SIGSTOP: it does nothing at all when this returns, and whatever it holds it goes on holding.
    pub(crate) fn pause(&self) {
        self.signal(libc::SIGSTOP);
        self.wait_until_paused();
    }

    /// SIGCONT: it goes on where it was.
    pub(crate) fn resume(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: libc::c_int) {
        send(&self.child, signal);
    }

    #[allow(unsafe_code, reason = "std can only wait for the end of a process")]
    fn wait_until_paused(&self) {
        // SAFETY: `siginfo_t` is plain numbers, for which zero is a value.
        let mut told: libc::siginfo_t = unsafe { core::mem::zeroed() };
        // SAFETY: the call only writes what it is given, and leaves the end of the child to be waited for.
        let waited = unsafe { libc::waitid(libc::P_PID, self.child.id(), &raw mut told, libc::WSTOPPED) };
        assert_eq!(waited, 0, "{}", std::io::Error::last_os_error());
    }

    fn end(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(reading) = self.reading.take() {
            reading.join().ok();
        }
    }
}

impl Drop for Process {
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

/// SIGINT, as Ctrl-C sends it.
pub fn interrupt(child: &Child) {
    send(child, libc::SIGINT);
}

#[allow(unsafe_code, reason = "std can only send SIGKILL")]
fn send(child: &Child, signal: libc::c_int) {
    let process = libc::pid_t::try_from(child.id()).expect("a process id");
    // SAFETY: `kill` takes plain numbers; the child has not been waited for, so that its number is not another's yet.
    let sent = unsafe { libc::kill(process, signal) };
    assert_eq!(sent, 0, "{}", std::io::Error::last_os_error());
}
