//! The program as a process: how soon it answers, and how much memory it holds.

use crate::{
    Plan,
    report::{Limit, Report},
    runner::{Sample, Series, median},
};
use anyhow::{Context as _, Result, bail, ensure};
use core::time::Duration;
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};
use tempfile::TempDir;

const START: &str = "start";
const MEMORY: &str = "memory";
const MEMORY_AFTER: &str = "memory-after-work";
const PATIENCE: Duration = Duration::from_secs(20);

pub fn compare(plan: &Plan, program: Option<PathBuf>, report: &mut Report) -> Result<()> {
    if !plan.wants_any(&[START, MEMORY, MEMORY_AFTER]) {
        return Ok(());
    }
    let Programs { ours, hello } = Programs::find(program)?;
    let home = Home::migrated(&ours)?;
    if plan.wants(START) {
        starts(plan, &home, &hello, report)?;
    }
    if plan.wants(MEMORY) {
        let found = repeated(plan, || home.memory(&[]))?;
        report.megabytes(MEMORY, "resident after the start and one request", found, Some(30.0));
    }
    if plan.wants(MEMORY_AFTER) {
        let requests = [("PUT", "/api/v1/accounts/ann"), ("POST", "/api/v1/accounts/ann/batches")];
        let found = repeated(plan, || home.memory(&requests))?;
        report.megabytes(MEMORY_AFTER, "resident after making ten codes", found, None);
    }
    Ok(())
}

struct Programs {
    ours: PathBuf,
    hello: PathBuf,
}

impl Programs {
    /// Builds both as this one was built.
    fn find(ours: Option<PathBuf>) -> Result<Self> {
        ensure!(!cfg!(debug_assertions), "only a release build is worth measuring: cargo run --release");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--quiet", "--release", "--package", "backstop", "--package", "backstop-bench", "--bins"])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("starting cargo")?;
        ensure!(output.status.success(), "cargo could not build the program");
        let messages = String::from_utf8_lossy(&output.stdout);
        let built = |name: &str| {
            messages
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .filter(|message| message["target"]["name"] == name)
                .find_map(|message| message["executable"].as_str().map(PathBuf::from))
                .with_context(|| format!("cargo names no program {name}"))
        };
        Ok(Self { ours: ours.map_or_else(|| built("backstop"), Ok)?, hello: built("bench-hello")? })
    }
}

/// A data folder in which everything is made already.
struct Home {
    program: PathBuf,
    folder: TempDir,
    key: String,
}

impl Home {
    fn migrated(program: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("backstop-bench-").tempdir()?;
        let mut home = Self { program: fs::canonicalize(program)?, folder, key: String::new() };
        // The first start makes the folder, the keys, the schema and the demo client.
        drop(home.start()?);
        let scopes = "codes:read,codes:write,codes:redeem";
        let made = home.command().args(["create-client", "bench", "--scopes", scopes, "--json"]).output()?;
        let made: Value = serde_json::from_slice(&made.stdout).context("create-client --json")?;
        made["key"].as_str().context("no key")?.clone_into(&mut home.key);
        Ok(home)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).env_clear().env("BACKSTOP_SERVER__DRAIN", "0s");
        // Codes are made in each round.
        command.env("BACKSTOP_GUARD__BASE_COOLDOWN", "0s");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&self) -> Result<Running> {
        let address = spare_address()?;
        let mut command = self.command();
        command.arg("serve").env("BACKSTOP_SERVER__LISTEN", address.to_string()).stdout(Stdio::null());
        Running::start(command, address)
    }

    /// Megabytes that a fresh process holds after these requests.
    fn memory(&self, requests: &[(&str, &str)]) -> Result<f64> {
        let running = self.start()?;
        for (method, path) in requests {
            let head = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", self.key);
            let status = ask(running.address, method, path, &head, &json!({}).to_string())?;
            ensure!((200..300).contains(&status), "{method} {path} was answered with {status}");
        }
        resident(running.process.id())
    }
}

struct Running {
    process: Child,
    address: SocketAddr,
    answered_after: Duration,
}

impl Running {
    /// Starts, and asks until there is an answer.
    fn start(mut command: Command, address: SocketAddr) -> Result<Self> {
        let began = Instant::now();
        let process = command.spawn().context("starting the program")?;
        let mut running = Self { process, address, answered_after: Duration::ZERO };
        loop {
            if let Ok(200) = ask(address, "GET", "/healthz", "", "") {
                running.answered_after = began.elapsed();
                return Ok(running);
            }
            if let Some(status) = running.process.try_wait()? {
                bail!("the program ended with {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "no answer after {PATIENCE:?}");
            thread::sleep(Duration::from_micros(200));
        }
    }
}

impl Drop for Running {
    /// In good order, so that the next start finds nothing to mend.
    fn drop(&mut self) {
        terminate(&self.process);
        self.process.wait().ok();
    }
}

#[allow(unsafe_code, reason = "std can only send SIGKILL")]
fn terminate(process: &Child) {
    let Ok(id) = libc::pid_t::try_from(process.id()) else { return };
    // SAFETY: `kill` takes plain numbers; the child has not been waited for, so that its number is not another's yet.
    unsafe { libc::kill(id, libc::SIGTERM) };
}

fn spare_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// The status of the answer to one request on a connection of its own.
fn ask(address: SocketAddr, method: &str, path: &str, head: &str, body: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).context("no status")?;
    Ok(status.parse()?)
}

fn resident(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}

fn repeated(plan: &Plan, measure: impl Fn() -> Result<f64>) -> Result<f64> {
    Ok(median((0..plan.rounds.min(7)).map(|_| measure()).collect::<Result<_>>()?))
}

fn starts(plan: &Plan, home: &Home, hello: &Path, report: &mut Report) -> Result<()> {
    let ours = || home.start().map(|running| running.answered_after);
    let bare = || {
        let address = spare_address()?;
        let mut command = Command::new(hello);
        command.arg(address.to_string()).stdin(Stdio::null());
        Running::start(command, address).map(|running| running.answered_after)
    };
    let mut all = [("ours", Vec::new()), ("bare hello", Vec::new())];
    let sample = |wall| Sample { operations: 1, wall, cpu: Duration::ZERO, database_cpu: Duration::ZERO };
    // A start is short, so that more of them are cheap.
    for round in 0..=2 * plan.rounds {
        let (of_ours, of_bare) = if round % 2 == 0 {
            (ours()?, bare()?)
        } else {
            let of_bare = bare()?;
            (ours()?, of_bare)
        };
        if round > 0 {
            all[0].1.push(sample(of_ours));
            all[1].1.push(sample(of_bare));
        }
    }
    let all = all.map(|(name, samples)| Series { name, samples });
    report.measured(START, "start to first answer, SQLite, everything made before", &all);
    report.ratio(&all[0], &all[1], Limit::TimeAtMost(8.0), true);
    Ok(())
}
