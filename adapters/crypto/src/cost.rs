//! How much work a hash is.

use argon2::{Block, Params};
use thiserror::Error;

/// Entropy from which a costly hash is not asked for (NIST SP 800-63B-4, 3.1.2.2).
const HIGH_BITS: f64 = 112.0;

/// The cost of an argon2id hash, within bounds that no single hash can hurt a server with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadHashCost {
    #[error("memory must be from 1024 KiB to 1048576 KiB")]
    Memory,
    #[error("passes must be from 1 to 10")]
    Passes,
    #[error("lanes must be from 1 to 4")]
    Lanes,
}

impl HashCost {
    /// For what people choose themselves, and for codes that could be guessed.
    pub const FULL: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// For codes that nobody can guess anyway.
    pub const LIGHT: Self = Self { memory_kib: 4 * 1024, passes: 1, lanes: 1 };

    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, BadHashCost> {
        if !(1024..=1024 * 1024).contains(&memory_kib) {
            return Err(BadHashCost::Memory);
        }
        if !(1..=10).contains(&passes) {
            return Err(BadHashCost::Passes);
        }
        if !(1..=4).contains(&lanes) {
            return Err(BadHashCost::Lanes);
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// The cost that the entropy of a secret asks for.
    pub fn auto(entropy_bits: f64) -> Self {
        if entropy_bits >= HIGH_BITS { Self::LIGHT } else { Self::FULL }
    }

    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    pub const fn passes(self) -> u32 {
        self.passes
    }

    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    pub(crate) fn params(self) -> argon2::Result<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(Params::DEFAULT_OUTPUT_LEN))
    }
}

const _: () = assert!(Block::SIZE == 1024, "the number of blocks is the memory in KiB");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_follows_the_entropy() {
        assert_eq!(HashCost::auto(111.9), HashCost::new(19 * 1024, 2, 1).unwrap());
        assert_eq!(HashCost::auto(112.0), HashCost::new(4 * 1024, 1, 1).unwrap());
    }

    #[test]
    fn a_cost_out_of_bounds_is_refused() {
        for (memory, passes, lanes, why) in [
            (1023, 1, 1, BadHashCost::Memory),
            (1024 * 1024 + 1, 1, 1, BadHashCost::Memory),
            (1024, 0, 1, BadHashCost::Passes),
            (1024, 11, 1, BadHashCost::Passes),
            (1024, 1, 0, BadHashCost::Lanes),
            (1024, 1, 5, BadHashCost::Lanes),
        ] {
            assert_eq!(HashCost::new(memory, passes, lanes), Err(why));
        }
        assert!(HashCost::new(1024 * 1024, 10, 4).is_ok());
    }
}
