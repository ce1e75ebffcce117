use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    browser::{Browser, browser},
    keeper::Keeper,
    place::Place,
    processes,
};

const READY_WITHIN: Duration = Duration::from_mins(1);
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// It takes a port for one family of addresses, which may be taken in the other.
const PORTS_TRIED: usize = 5;
const PROCESS_FILE: &str = "chromedriver.pid";
/// How it says which port it took.
const STARTED: &str = "was started successfully on port ";

/// A chromedriver with a folder of its own, in which its browsers keep everything. It ends with the value, and also
/// when this process is killed; its browsers end with it.
pub struct ChromeDriver {
    pub url: String,
    folder: PathBuf,
    browser: &'static Browser,
    _keeper: Keeper<Running>,
}

/// Starts a chromedriver on a spare port.
pub async fn chromedriver() -> anyhow::Result<ChromeDriver> {
    tokio::task::spawn_blocking(|| {
        let browser = browser()?;
        let keeper = Keeper::start("chromedriver", || Running::start_on_some_port(&browser.driver))?;
        let (port, folder) = keeper.ask(|running| Ok((running.port, running.place.folder().to_owned())))?;
        Ok(ChromeDriver { url: format!("http://127.0.0.1:{port}"), folder, browser, _keeper: keeper })
    })
    .await?
}

impl ChromeDriver {
    /// The browser that fits it.
    pub fn browser(&self) -> &'static Browser {
        self.browser
    }

    /// Goes with the value.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

struct Running {
    port: u16,
    process: Child,
    place: Place,
}

impl Running {
    fn start_on_some_port(program: &Path) -> anyhow::Result<Self> {
        for _ in 1..PORTS_TRIED {
            match Self::start(program) {
                Err(error) if error.to_string().contains("port not available") => {}
                outcome => return outcome,
            }
        }
        Self::start(program)
    }

    fn start(program: &Path) -> anyhow::Result<Self> {
        let place = Place::make_own("chromedriver", PROCESS_FILE)?;
        let said = File::create(place.log())?;
        let mut command = place.command(program);
        // Its guardian knows it by the folder in its command line.
        command.arg("--port=0").arg(format!("--log-path={}", place.folder().join("driver.log").display()));
        // Browsers put their profiles and sockets there.
        command.env("TMPDIR", place.folder()).env("HOME", place.folder());
        command.stdout(said.try_clone()?).stderr(said).process_group(0);
        processes::die_with_this_thread(&mut command, libc::SIGKILL);
        let process = command.spawn().context("starting chromedriver")?;
        let mut running = Self { port: 0, process, place };
        fs::write(running.place.folder().join(PROCESS_FILE), running.process.id().to_string())?;
        running.port = running.wait_until_ready()?;
        Ok(running)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<u16> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = self.process.try_wait()? {
                bail!("chromedriver ended with {status}: {}", self.place.last_words());
            }
            if let Some(port) = port(&fs::read_to_string(self.place.log())?) {
                return Ok(port);
            }
            if Instant::now() >= until {
                bail!("chromedriver is not ready after {READY_WITHIN:?}: {}", self.place.last_words());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Browsers end when their driver does, a little later; until then they write to the folder.
    fn wait_for_browsers(&self) {
        let until = Instant::now() + GONE_WITHIN;
        while !self.place.processes().is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        self.wait_for_browsers();
    }
}

fn port(said: &str) -> Option<u16> {
    let (_, after) = said.split_once(STARTED)?;
    let (port, _) = after.split_once('.')?;
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_one_that_it_says() {
        assert_eq!(port("Starting ChromeDriver 1 on port 0\nChromeDriver was started successfully on port 412"), None);
        assert_eq!(port("ChromeDriver was started successfully on port 41235.\n"), Some(41235));
    }
}
