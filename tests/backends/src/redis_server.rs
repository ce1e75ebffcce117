use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    keeper::Keeper,
    place::{Place, spare_port},
    processes,
    programs::Programs,
};

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Another process can take a spare port between looking and binding.
const PORTS_TRIED: usize = 5;
const PROCESS_FILE: &str = "redis.pid";

/// A Redis in a temporary folder, started from programs on this machine; it ends with the value, and also when this
/// process is killed.
pub(crate) struct RedisServer {
    pub(crate) port: u16,
    keeper: Keeper<Running>,
}

impl RedisServer {
    pub(crate) fn start(programs: &Programs) -> anyhow::Result<Self> {
        let program = programs.folder.join("redis-server");
        let keeper = Keeper::start("redis", move || Running::start(program))?;
        let port = keeper.ask(|running| Ok(running.port))?;
        Ok(Self { port, keeper })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        self.keeper.ask(Running::stop)
    }

    pub(crate) fn kill(&self) -> anyhow::Result<()> {
        self.keeper.ask(Running::kill)
    }

    pub(crate) fn restart(&self) -> anyhow::Result<()> {
        self.keeper.ask(|running| {
            running.kill()?;
            running.launch()
        })
    }

    pub(crate) fn pause(&self) -> anyhow::Result<()> {
        self.keeper.ask(|running| running.send(libc::SIGSTOP))
    }

    pub(crate) fn resume(&self) -> anyhow::Result<()> {
        self.keeper.ask(|running| running.send(libc::SIGCONT))
    }
}

struct Running {
    program: PathBuf,
    port: u16,
    process: Option<Child>,
    place: Place,
}

impl Running {
    fn start(program: PathBuf) -> anyhow::Result<Self> {
        let place = Place::make("redis", PROCESS_FILE)?;
        let mut running = Self { program, port: 0, process: None, place };
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

    fn launch(&mut self) -> anyhow::Result<()> {
        let log = File::create(self.place.log())?;
        let mut command = self.place.command(&self.program);
        command.arg("--dir").arg(self.place.folder());
        command.arg("--pidfile").arg(self.place.folder().join(PROCESS_FILE));
        for (name, value) in [
            ("bind", "127.0.0.1"),
            ("port", &*self.port.to_string()),
            // Nothing is written down: tests start with an empty server.
            ("save", ""),
            ("appendonly", "no"),
            // The guardian knows the process by the folder in its command line, which Redis would write over.
            ("set-proc-title", "no"),
        ] {
            command.args([&format!("--{name}"), value]);
        }
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        processes::die_with_this_thread(&mut command, libc::SIGKILL);
        self.process = Some(command.spawn().context("starting redis-server")?);
        let ready = self.wait_until_ready();
        if ready.is_err() {
            self.kill().ok();
        }
        ready
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            let Some(process) = &mut self.process else { bail!("redis-server was not started") };
            if let Some(status) = process.try_wait()? {
                bail!("redis-server ended with {status}: {}", self.place.last_words());
            }
            if own_process(self.port) == Some(process.id()) {
                return Ok(());
            }
            if Instant::now() >= until {
                bail!("redis-server is not ready after {READY_WITHIN:?}: {}", self.place.last_words());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn send(&mut self, signal: libc::c_int) -> anyhow::Result<()> {
        let Some(process) = &self.process else { bail!("redis-server does not run") };
        processes::send(process.id(), signal)
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        let Some(process) = &mut self.process else { return Ok(()) };
        processes::send(process.id(), libc::SIGTERM)?;
        let until = Instant::now() + STOPPED_WITHIN;
        while process.try_wait()?.is_none() {
            if Instant::now() >= until {
                self.kill()?;
                bail!("redis-server did not stop within {STOPPED_WITHIN:?} and was killed");
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.process = None;
        Ok(())
    }

    fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.kill()?;
        process.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill().ok();
    }
}

/// The id of the process that answers on the port, as it says itself: another server may have taken the port.
fn own_process(port: u16) -> Option<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(b"INFO server\r\nQUIT\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().find_map(|line| line.strip_prefix("process_id:"))?.trim().parse().ok()
}
