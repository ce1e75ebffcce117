//! argon2 with nothing around it.

use crate::runner::{Sample, Stopwatch};
use anyhow::{Context as _, Result};
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use core::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::thread;

const CODE: &[u8] = b"Qm7RtZb4KxWc9HnPvdG2sLyfTjA8uEw5NkXh";
const SALT: &[u8] = b"sixteen bytes ok";

#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Cost {
    pub const FULL: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    pub const DEFAULT: Self = Self { memory_kib: 4 * 1024, passes: 1 };

    fn argon2(self) -> Result<Argon2<'static>> {
        let params = Params::new(self.memory_kib, self.passes, 1, None)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// As the setting `codes.hash_cost` has it.
    pub fn setting(self) -> String {
        format!("{},{},1", self.memory_kib, self.passes)
    }
}

/// Does something so many times, on a thread for each processor.
fn spread(times: usize, work: impl Fn(&mut dyn FnMut() -> bool) -> Result<()> + Sync) -> Result<()> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let begun = AtomicUsize::new(0);
    let one = || work(&mut || begun.fetch_add(1, Ordering::Relaxed) < times);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(one)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread broke off"))?)
    })
}

/// Sets of ten hashes, one set after the other.
pub fn tens(cost: Cost, sets: usize) -> Result<Sample> {
    let argon2 = cost.argon2()?;
    let stopwatch = Stopwatch::start();
    for _ in 0..sets {
        spread(10, |more| {
            let mut output = [0; 32];
            while more() {
                argon2.hash_password_into(CODE, SALT, &mut output)?;
                core::hint::black_box(&output);
            }
            Ok(())
        })?;
    }
    Ok(stopwatch.stop(sets))
}

/// The same with memory that a thread uses again for its next hash, which spares the faulting in.
pub fn tens_in_the_same_memory(cost: Cost, sets: usize) -> Result<Sample> {
    let argon2 = cost.argon2()?;
    let stopwatch = Stopwatch::start();
    for _ in 0..sets {
        spread(10, |more| {
            let mut memory = vec![Block::new(); cost.memory_kib as usize];
            let mut output = [0; 32];
            while more() {
                argon2.hash_password_into_with_memory(CODE, SALT, &mut output, &mut memory)?;
                core::hint::black_box(&output);
            }
            Ok(())
        })?;
    }
    Ok(stopwatch.stop(sets))
}

/// Verifications, spread over the processors.
pub fn verifications(cost: Cost, times: usize) -> Result<Sample> {
    let argon2 = cost.argon2()?;
    let stored = argon2.hash_password_with_salt(CODE, SALT).context("hashing")?.to_string();
    let stopwatch = Stopwatch::start();
    spread(times, |more| {
        while more() {
            argon2.verify_password(CODE, &PasswordHash::new(&stored)?)?;
        }
        Ok(())
    })?;
    Ok(stopwatch.stop(times))
}
