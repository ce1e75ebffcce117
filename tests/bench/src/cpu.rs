//! Processor time, which a busy machine stretches less than the clock on the wall.

use anyhow::{Context as _, Result};
use core::{mem::MaybeUninit, time::Duration};
use std::fs;

/// What this process used so far, on all its threads.
#[allow(unsafe_code, reason = "std does not tell the processor time")]
pub fn of_this_process() -> Duration {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is valid for a write of the whole structure, and zeroes are a value of it if the call fails.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time =
        |t: libc::timeval| Duration::new(t.tv_sec.unsigned_abs(), 0) + Duration::from_micros(t.tv_usec.unsigned_abs());
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// What other processes of this machine used so far. One that has ended counts nothing.
pub fn of_processes(ids: &[i32]) -> Duration {
    let ticks: u64 = ids.iter().filter_map(|id| ticks(*id).ok()).sum();
    Duration::from_millis(ticks * 1_000 / ticks_per_second())
}

fn ticks(process: i32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
    let (_, fields) = text.rsplit_once(')').context("no name")?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || Ok::<u64, anyhow::Error>(times.next().context("no time")?.parse()?);
    Ok(next()? + next()?)
}

#[allow(unsafe_code, reason = "std does not tell the length of a tick")]
fn ticks_per_second() -> u64 {
    // SAFETY: `sysconf` has no preconditions.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100).max(1)
}
