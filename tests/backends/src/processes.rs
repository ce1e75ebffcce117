use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _, process::CommandExt as _},
    path::Path,
    process::Command,
};

use anyhow::Context as _;

use crate::binaries;

/// The direct children of a process, as far as this system tells.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|process| parent_of(*process) == Some(parent))
        .collect()
}

pub(crate) fn exists(process: u32) -> bool {
    // A process that ended and was not waited for yet still has a number, but holds nothing.
    status_fields(process).is_some_and(|fields| fields.first().is_some_and(|state| state != "Z"))
}

/// Every process with this path somewhere in its command line.
pub(crate) fn with_argument(path: &Path) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let wanted = path.as_os_str().as_bytes();
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|process| {
            let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            line.windows(wanted.len()).any(|part| part == wanted)
        })
        .collect()
}

/// Each test may be a process of its own: one does it, the others wait and find it done.
pub(crate) fn one_at_a_time<T>(name: &str, act: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let lock = File::create(binaries::suite_folder()?.join(format!("{name}.lock")))?;
    lock.lock().context("waiting for another test")?;
    act()
}

fn parent_of(process: u32) -> Option<u32> {
    status_fields(process)?.get(1)?.parse().ok()
}

/// What follows the name, which is in brackets and may hold spaces: state, parent, and more.
fn status_fields(process: u32) -> Option<Vec<String>> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = status.rsplit_once(')')?;
    Some(after_name.split_whitespace().map(str::to_owned).collect())
}

#[allow(unsafe_code, reason = "std can only send SIGKILL")]
pub(crate) fn send(process: u32, signal: libc::c_int) -> anyhow::Result<()> {
    let process = libc::pid_t::try_from(process)?;
    // SAFETY: `kill` takes plain numbers and touches no memory of this process.
    let sent = unsafe { libc::kill(process, signal) };
    if sent == -1 {
        let error = std::io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::ESRCH) {
            return Err(error).context("sending a signal to a server");
        }
    }
    Ok(())
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").map_or_else(|_| effective_user() == 0, |data| data.uid() == 0)
}

#[allow(unsafe_code, reason = "std does not tell the user of this process")]
fn effective_user() -> u32 {
    // SAFETY: `geteuid` has no preconditions and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whoever kills the test process leaves no server behind. The wish is tied to the thread that starts the server,
/// which is why a `Keeper` starts it.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the wish can only be made between fork and exec")]
pub(crate) fn die_with_this_thread(command: &mut Command, signal: libc::c_int) {
    let parent = std::process::id();
    // SAFETY: only system calls that are safe after a fork; nothing is allocated. The user is changed before this
    // runs, which matters, as changing it would clear the wish.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, signal) == -1 {
                return Err(std::io::Error::last_os_error());
            }
            if libc::getppid().cast_unsigned() != parent {
                return Err(std::io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_this_thread(_command: &mut Command, _signal: libc::c_int) {}
