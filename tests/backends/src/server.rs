use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::{guardian::Guardian, keeper::Keeper, postgres::PostgresOptions, processes, programs::Programs};

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Another process can take a spare port between looking and binding.
const PORTS_TRIED: usize = 5;

/// A PostgreSQL server in a temporary folder, started from programs on this machine; it ends with the value, and also
/// when this process is killed.
pub(crate) struct Server {
    pub(crate) port: u16,
    keeper: Keeper<Running>,
}

impl Server {
    pub(crate) fn start(programs: &Programs, options: PostgresOptions) -> anyhow::Result<Self> {
        let folder = programs.folder.clone();
        let keeper = Keeper::start("postgres", move || Running::start(folder, options))?;
        let port = keeper.ask(|running| Ok(running.port))?;
        Ok(Self { port, keeper })
    }

    pub(crate) fn admin_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        self.keeper.ask(Running::stop)
    }

    pub(crate) fn kill(&self) -> anyhow::Result<()> {
        self.keeper.ask(Running::kill)
    }

    pub(crate) fn restart(&self) -> anyhow::Result<()> {
        self.keeper.ask(Running::restart)
    }
}

struct Running {
    programs: PathBuf,
    options: PostgresOptions,
    owner: Option<Owner>,
    folder: TempDir,
    guardian: Guardian,
    port: u16,
    process: Option<Child>,
}

impl Running {
    fn start(programs: PathBuf, options: PostgresOptions) -> anyhow::Result<Self> {
        let owner = Owner::for_server()?;
        let folder = tempfile::Builder::new().prefix("backstop-postgres-").tempdir_in(open_temp_folder())?;
        if let Some(owner) = &owner {
            chown(folder.path(), Some(owner.uid), Some(owner.gid)).context("giving the data folder away")?;
        }
        let guardian = Guardian::watch(folder.path()).context("starting the guardian")?;
        let mut running = Self { programs, options, owner, folder, guardian, port: 0, process: None };
        running.make_data()?;
        for tried in 1..=PORTS_TRIED {
            running.port = spare_port()?;
            match running.launch() {
                Ok(()) => break,
                Err(error) if tried == PORTS_TRIED => return Err(error),
                Err(_) => {}
            }
        }
        Ok(running)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        // The server refuses a working folder it may not enter, and the caller's may be root's.
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        if let Some(owner) = &self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    fn make_data(&self) -> anyhow::Result<()> {
        let output = self
            .command("initdb")
            .arg("--pgdata")
            .arg(self.data())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .output()
            .context("starting initdb")?;
        if !output.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let log = File::create(self.log())?;
        let durable = if self.options.durable { "on" } else { "off" };
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        for (name, value) in [
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", ""),
            ("port", &self.port.to_string()),
            ("max_connections", &self.options.max_connections.to_string()),
            ("fsync", durable),
            ("full_page_writes", durable),
        ] {
            command.args(["-c", &format!("{name}={value}")]);
        }
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        processes::die_with_this_thread(&mut command);
        self.process = Some(command.spawn().context("starting postgres")?);
        let ready = self.wait_until_ready();
        if ready.is_err() {
            self.kill().ok();
        }
        ready
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = self.exited()? {
                bail!("postgres ended with {status}: {}", self.last_words());
            }
            if self.process.as_ref().is_some_and(|process| says_ready(&self.data(), process.id())) {
                return Ok(());
            }
            if Instant::now() >= until {
                bail!("postgres is not ready after {READY_WITHIN:?}: {}", self.last_words());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn exited(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let Some(process) = &mut self.process else { bail!("postgres was not started") };
        Ok(process.try_wait()?)
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        let until = Instant::now() + STOPPED_WITHIN;
        // Where the backends of a killed server can't be listed they take a moment to notice, and hold the data so long.
        while let Err(error) = self.launch() {
            if Instant::now() >= until {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// PostgreSQL's fast shutdown: it cuts open connections.
    fn stop(&mut self) -> anyhow::Result<()> {
        self.end_by(libc::SIGINT)
    }

    fn end_by(&mut self, signal: libc::c_int) -> anyhow::Result<()> {
        let Some(process) = &mut self.process else { return Ok(()) };
        processes::send(process.id(), signal)?;
        let until = Instant::now() + STOPPED_WITHIN;
        while process.try_wait()?.is_none() {
            if Instant::now() >= until {
                self.kill()?;
                bail!("postgres did not stop within {STOPPED_WITHIN:?} and was killed");
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.process = None;
        Ok(())
    }

    /// The backends too: left alone they answer one more query before they notice that their parent is gone.
    fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // Stopped first, so that it starts no backend while they are listed.
        processes::send(process.id(), libc::SIGSTOP)?;
        let backends = processes::children(process.id());
        process.kill()?;
        for backend in &backends {
            processes::send(*backend, libc::SIGKILL)?;
        }
        process.wait()?;
        let until = Instant::now() + STOPPED_WITHIN;
        while backends.iter().any(|backend| processes::exists(*backend)) {
            if Instant::now() >= until {
                bail!("backends of the killed postgres still run after {STOPPED_WITHIN:?}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // PostgreSQL's immediate shutdown: nobody needs the data any more.
        self.end_by(libc::SIGQUIT).ok();
        fs::remove_dir_all(self.folder.path()).ok();
        self.guardian.dismiss();
    }
}

/// The user as whom the server runs when this process is root, as whom it refuses to run.
struct Owner {
    uid: u32,
    gid: u32,
}

impl Owner {
    fn for_server() -> anyhow::Result<Option<Self>> {
        if !processes::is_root() {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let found = ["postgres", "nobody"].iter().find_map(|name| Self::named(name, &users));
        match found {
            Some(owner) => Ok(Some(owner)),
            None => bail!("root may not run the server, and there is no user `postgres` or `nobody`"),
        }
    }

    fn named(name: &str, users: &str) -> Option<Self> {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name)?;
        Some(Self { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    }
}

/// A temporary folder that every user may pass through.
fn open_temp_folder() -> PathBuf {
    let candidates = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    let open = |folder: &PathBuf| {
        folder.is_dir()
            && folder
                .ancestors()
                .all(|part| fs::metadata(part).is_ok_and(|data| data.permissions().mode() & 0o001 != 0))
    };
    candidates.iter().find(|folder| open(folder)).unwrap_or(&candidates[0]).clone()
}

fn spare_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("looking for a spare port")?.local_addr()?.port())
}

/// The lock file's first line is the server's process, the eighth its state, as `pg_ctl` reads them too.
fn says_ready(data: &Path, process: u32) -> bool {
    let Ok(lock) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = lock.lines().map(str::trim).collect();
    lines.first().is_some_and(|line| *line == process.to_string()) && lines.get(7) == Some(&"ready")
}
