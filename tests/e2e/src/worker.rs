use std::process::ExitStatus;
use uuid::Uuid;

use crate::{ServerSpec, process::Process};

/// A process that does background work and answers nobody; killed with the value.
pub struct Worker {
    id: Uuid,
    process: Process,
}

impl ServerSpec {
    /// Starts `backstop worker` with these settings and returns when it has said that it works.
    pub async fn start_worker(&self) -> Worker {
        let process = Process::start(&self.clone().with_args(&["worker"])).await;
        let line = process.greeting().last().expect("a line");
        let id = line.rsplit_once('(').and_then(|(_, id)| id.strip_suffix(')')?.parse().ok());
        Worker { id: id.unwrap_or_else(|| panic!("no worker in {line:?}")), process }
    }
}

impl Worker {
    /// Under which the database knows it.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// What it wrote on standard output until it was ready.
    pub fn greeting(&self) -> &[String] {
        self.process.greeting()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// SIGKILL: it ends at once and gives nothing back.
    pub fn kill(self) {
        self.process.kill();
    }

    /// SIGTERM: it finishes what it has in hand.
    pub async fn stop(self) -> ExitStatus {
        self.process.stop().await
    }

    /// SIGSTOP: it does nothing at all when this returns, and its leases run on.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// SIGCONT: it goes on where it was.
    pub fn resume(&self) {
        self.process.resume();
    }
}
