use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::{guardian::Guardian, processes};

/// A temporary folder for one server, and the user as whom its programs run there.
pub(crate) struct Place {
    folder: TempDir,
    owner: Option<Owner>,
    guardian: Guardian,
}

impl Place {
    /// Makes the folder for a server whose process id will be in this file of it.
    pub(crate) fn make(name: &str, process_file: &str) -> anyhow::Result<Self> {
        Self::of(Owner::for_server(name)?, name, process_file)
    }

    /// Likewise, for a program that runs as whoever runs the tests.
    pub(crate) fn make_own(name: &str, process_file: &str) -> anyhow::Result<Self> {
        Self::of(None, name, process_file)
    }

    fn of(owner: Option<Owner>, name: &str, process_file: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("backstop-{name}-")).tempdir_in(open_temp_folder())?;
        if let Some(owner) = &owner {
            chown(folder.path(), Some(owner.uid), Some(owner.gid)).context("giving the data folder away")?;
        }
        let guardian = Guardian::watch(folder.path(), process_file).context("starting the guardian")?;
        Ok(Self { folder, owner, guardian })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Every process that was told of the folder, but for the one that watches over it.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let mut found = processes::with_argument(self.folder());
        found.retain(|process| *process != self.guardian.id());
        found
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder().join("server.log")
    }

    /// What the server said last, for a person to read.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // A server refuses a working folder it may not enter, and the caller's may be root's.
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        if let Some(owner) = &self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(self.folder.path()).ok();
        self.guardian.dismiss();
    }
}

/// The user as whom a server runs when this process is root.
struct Owner {
    uid: u32,
    gid: u32,
}

impl Owner {
    /// The user of this name where there is one, else `nobody`.
    fn for_server(name: &str) -> anyhow::Result<Option<Self>> {
        if !processes::is_root() {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let found = [name, "nobody"].iter().find_map(|name| Self::named(name, &users));
        match found {
            Some(owner) => Ok(Some(owner)),
            None => bail!("root may not run the server, and there is no user `{name}` or `nobody`"),
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

pub(crate) fn spare_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("looking for a spare port")?.local_addr()?.port())
}
