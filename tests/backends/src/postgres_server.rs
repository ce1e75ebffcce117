use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    keeper::Keeper,
    place::{Place, spare_port},
    postgres::PostgresOptions,
    processes,
    programs::Programs,
};

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
    port: u16,
    process: Option<Child>,
    place: Place,
}

impl Running {
    fn start(programs: PathBuf, options: PostgresOptions) -> anyhow::Result<Self> {
        let place = Place::make("postgres", "data/postmaster.pid")?;
        let mut running = Self { programs, options, port: 0, process: None, place };
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
        self.place.folder().join("data")
    }

    fn command(&self, program: &str) -> Command {
        self.place.command(&self.programs.join(program))
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
        let log = File::create(self.place.log())?;
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
        processes::die_with_this_thread(&mut command, libc::SIGQUIT);
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
                bail!("postgres ended with {status}: {}", self.place.last_words());
            }
            if self.process.as_ref().is_some_and(|process| says_ready(&self.data(), process.id())) {
                return Ok(());
            }
            if Instant::now() >= until {
                bail!("postgres is not ready after {READY_WITHIN:?}: {}", self.place.last_words());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn exited(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let Some(process) = &mut self.process else { bail!("postgres was not started") };
        Ok(process.try_wait()?)
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
    }
}

/// The lock file's first line is the server's process, the eighth its state, as `pg_ctl` reads them too.
fn says_ready(data: &Path, process: u32) -> bool {
    let Ok(lock) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = lock.lines().map(str::trim).collect();
    lines.first().is_some_and(|line| *line == process.to_string()) && lines.get(7) == Some(&"ready")
}
