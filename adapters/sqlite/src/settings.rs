use core::time::Duration;
use std::path::PathBuf;

/// Where the file is, and how long anything there may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The file and its folder are made if they are missing, readable by their owner only.
    pub path: PathBuf,
    pub readers: u32,
    /// How long a unit waits in the queue of writers, or a read for a free connection.
    pub acquire_timeout: Duration,
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// How long looking through a list may take. Whoever looks for something rare among many has to narrow it down.
    pub list_timeout: Duration,
}

impl SqliteSettings {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            acquire_timeout: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(5),
            list_timeout: Duration::from_secs(10),
        }
    }
}
