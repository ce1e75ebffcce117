//! argon2id, off the async threads.

use crate::{
    HashCost,
    line::Line,
    memory::{Lease, MemoryPool},
    random,
};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use async_trait::async_trait;
use backstop_application::ports::{Hasher, PortError, PortErrorKind, PortResult};
use backstop_domain::{NormalisedCode, Verifier};
use core::{num::NonZero, time::Duration};
use std::{sync::Arc, thread};
use subtle::ConstantTimeEq;
use tokio::{sync::OwnedSemaphorePermit, task::JoinHandle};
use zeroize::Zeroizing;

const OUTPUT: usize = Params::DEFAULT_OUTPUT_LEN;
/// Longer than any verifier of ours.
const LONGEST_TEXT: usize = 256;

pub(crate) const PREFIX: &str = "$argon2id$";

/// How many may wait, and how long each does.
#[derive(Clone, Copy)]
struct Limits {
    batches: usize,
    verifications: usize,
    patience: Duration,
}

/// Whoever has waited longer has most likely gone away.
const LIMITS: Limits = Limits { batches: 64, verifications: 256, patience: Duration::from_secs(10) };

/// Hashes with argon2id at one cost, and verifies what was hashed at any sound one.
///
/// Batches take turns: if all shared the processors code by code, a flood of them would all end late instead of one
/// after the other. A verification does not wait for turns, only for a processor.
pub struct Argon2Hasher {
    cost: HashCost,
    turns: Line,
    processors: Line,
    memory: Arc<MemoryPool>,
}

impl Argon2Hasher {
    /// As many hashes at once as the machine has processors.
    pub fn new(cost: HashCost) -> Self {
        Self::with_parallelism(cost, thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
    }

    pub fn with_parallelism(cost: HashCost, at_once: NonZero<usize>) -> Self {
        Self::limited(cost, at_once, LIMITS)
    }

    fn limited(cost: HashCost, at_once: NonZero<usize>, limits: Limits) -> Self {
        Self {
            cost,
            turns: Line::new(1, limits.batches, limits.patience),
            processors: Line::new(at_once.get(), limits.verifications, limits.patience),
            memory: MemoryPool::new(at_once.get()),
        }
    }

    /// Hands the work to the blocking pool.
    ///
    /// The permit goes along, so that work whose caller went away still counts until it has ended.
    pub(crate) fn start<T: Send + 'static>(
        permit: OwnedSemaphorePermit,
        lease: Arc<Lease>,
        cost: HashCost,
        work: impl FnOnce(&mut [Block]) -> PortResult<T> + Send + 'static,
    ) -> JoinHandle<PortResult<T>> {
        #[expect(clippy::disallowed_methods, reason = "the permit bounds how many of these there are")]
        tokio::task::spawn_blocking(move || {
            let mut memory = lease.take(cost.memory_kib() as usize);
            let done = work(&mut memory);
            lease.put_back(memory);
            drop(lease);
            drop(permit);
            done
        })
    }
}

#[async_trait]
impl Hasher for Argon2Hasher {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        let cost = self.cost;
        let turn = self.turns.enter().await?;
        let lease = Arc::new(self.memory.lease());
        let mut running = Vec::with_capacity(codes.len());
        for code in codes {
            let permit = self.processors.enter_without_place().await?;
            let code = code.clone();
            running
                .push(Self::start(permit, Arc::clone(&lease), cost, move |memory| hash(cost, code.reveal(), memory)));
        }
        // The next batch takes the processors that this one no longer fills.
        drop(turn);
        let mut verifiers = Vec::with_capacity(codes.len());
        for hash in running {
            verifiers.push(hash.await.map_err(|e| stopped().because(e))??);
        }
        Ok(verifiers)
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        let stored = Stored::read(verifier.as_str())?;
        let permit = self.processors.enter().await?;
        let code = code.clone();
        let running = Self::start(permit, Arc::new(self.memory.lease()), stored.cost, move |memory| {
            stored.fits(code.reveal(), memory)
        });
        running.await.map_err(|e| stopped().because(e))?
    }
}

/// A verifier as it was stored, with its cost within bounds.
pub(crate) struct Stored {
    pub(crate) cost: HashCost,
    salt: Salt,
    output: Output,
}

impl Stored {
    pub(crate) fn read(text: &str) -> PortResult<Self> {
        if text.len() > LONGEST_TEXT {
            return Err(unreadable());
        }
        let hash = PasswordHash::new(text).map_err(|_| unreadable())?;
        let number = |name: &str| hash.params.get_decimal(name).ok_or_else(unreadable);
        let known = hash.params.iter().all(|(name, _)| matches!(name.as_str(), "m" | "t" | "p"));
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) || !known {
            return Err(unreadable());
        }
        let cost = HashCost::new(number("m")?, number("t")?, number("p")?)
            .map_err(|e| PortError::corrupt("a stored verifier asks for more work than is sound").because(e))?;
        match (hash.salt, hash.hash) {
            (Some(salt), Some(output)) if output.len() == OUTPUT => Ok(Self { cost, salt, output }),
            _ => Err(unreadable()),
        }
    }

    pub(crate) fn fits(&self, secret: &str, memory: &mut [Block]) -> PortResult<bool> {
        let computed = compute(self.cost, secret, &self.salt, memory)?;
        Ok(computed.ct_eq(self.output.as_bytes()).into())
    }
}

pub(crate) fn hash(cost: HashCost, secret: &str, memory: &mut [Block]) -> PortResult<Verifier> {
    let mut bytes = [0; Salt::RECOMMENDED_LENGTH];
    random::fill(&mut bytes)?;
    let salt = Salt::new(&bytes).map_err(failed)?;
    let output = compute(cost, secret, &salt, memory)?;
    let text = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(cost.params().map_err(failed)?).map_err(failed)?,
        salt: Some(salt),
        hash: Some(Output::new(output.as_slice()).map_err(failed)?),
    };
    Ok(Verifier::new(text.to_string()))
}

pub(crate) fn compute(
    cost: HashCost,
    secret: &str,
    salt: &[u8],
    memory: &mut [Block],
) -> PortResult<Zeroizing<[u8; OUTPUT]>> {
    let mut output = Zeroizing::new([0; OUTPUT]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params().map_err(failed)?)
        .hash_password_into_with_memory(secret.as_bytes(), salt, output.as_mut_slice(), memory)
        .map_err(failed)?;
    Ok(output)
}

pub(crate) fn unreadable() -> PortError {
    PortError::corrupt("a stored verifier can't be read")
}

pub(crate) fn stopped() -> PortError {
    PortError::unavailable("hashing was stopped")
}

fn failed(error: impl core::fmt::Display) -> PortError {
    PortError::new(PortErrorKind::Rejected, "a secret could not be hashed").because(error.to_string())
}

#[cfg(test)]
mod tests;
