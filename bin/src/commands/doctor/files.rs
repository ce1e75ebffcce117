//! The disk: what is where, who may read it, and how much room is left.

use super::finding::Findings;
use crate::{
    development::KEY_FILES,
    logging,
    settings::{DatabaseSettings, Settings},
};
use std::{
    fs::{self, Metadata, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

const FILES: &str = "files";
const DISK: &str = "disk";
/// Below this the database and the logs may not get far.
const LITTLE: u64 = 1 << 30;
const TOO_LITTLE: u64 = 100 << 20;

pub(super) fn examine(settings: &Settings, findings: &mut Findings) {
    folder(settings, findings);
    secrets(settings, findings);
    if let Err(error) = logging::check(&settings.log) {
        findings.problem("log", format!("{error:#}"), "let the service's user write there, or set log.dir");
    }
}

fn folder(settings: &Settings, findings: &mut Findings) {
    let folder = &settings.data_dir;
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            findings.ok(FILES, format!("the data folder {shown} is not there yet; it is made when it is needed"));
        }
        Err(error) => findings.problem(FILES, format!("the data folder {shown}: {error}"), "set data_dir"),
        Ok(about) if !about.is_dir() => {
            findings.problem(FILES, format!("{shown} is no folder"), "remove it, or set data_dir");
        }
        Ok(about) => {
            if for_others(&about) == 0 {
                findings.ok(FILES, format!("the data folder {shown} is its owner's only"));
            } else {
                let found = format!("others on this machine may look into the data folder {shown}");
                findings.warn(FILES, found, format!("chmod 700 {shown}"));
            }
            if let Err(error) = write_into(folder) {
                let remedy = "let the service's user write there, or set data_dir";
                findings.problem(FILES, format!("nothing can be written into {shown}: {error}"), remedy);
            }
        }
    }
    room(&nearest(folder), findings);
}

/// A file that is there for a moment.
fn write_into(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".doctor.{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe)?;
    fs::remove_file(probe)
}

/// The folder itself, or the one in which it would be made.
fn nearest(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|above| above.exists() && !above.as_os_str().is_empty());
    there.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn room(folder: &Path, findings: &mut Findings) {
    let shown = folder.display();
    match rustix::fs::statvfs(folder) {
        Err(error) => findings.warn(DISK, format!("{shown}: {error}"), "look whether the disk is well"),
        Ok(about) => {
            let free = about.f_bavail.saturating_mul(about.f_frsize);
            let found = format!("{} MiB are free in {shown}", free >> 20);
            match free {
                TOO_LITTLE.. if free < LITTLE => findings.warn(DISK, found, "make room before it is full"),
                LITTLE.. => findings.ok(DISK, found),
                _ => findings.problem(DISK, found, "make room: a full disk stops everything"),
            }
        }
    }
}

/// What others than the owner may do.
fn for_others(about: &Metadata) -> u32 {
    about.permissions().mode() & 0o077
}

/// What holds secrets is for nobody else to read.
fn secrets(settings: &Settings, findings: &mut Findings) {
    let mut files: Vec<PathBuf> = settings.secret_files.clone();
    files.extend(KEY_FILES.map(|name| settings.data_dir.join(name)));
    if let DatabaseSettings::Sqlite(path) = &settings.database {
        files.push(path.clone());
    }
    let there: Vec<(PathBuf, u32)> =
        files.into_iter().filter_map(|file| Some((file.clone(), for_others(&fs::metadata(file).ok()?)))).collect();
    let open = there.iter().filter(|(_, others)| *others != 0);
    for (file, others) in open.clone() {
        let (shown, who) = (file.display(), if others & 0o007 != 0 { "everybody on this machine" } else { "a group" });
        findings.warn(
            FILES,
            format!("{who} may read or write {shown}, which holds secrets"),
            format!("chmod 600 {shown}"),
        );
    }
    if open.count() == 0 && !there.is_empty() {
        findings.ok(
            FILES,
            format!("{} with secrets: their owner's only", super::counted(there.len() as u64, "file", "files")),
        );
    }
}
