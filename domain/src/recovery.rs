//! A successful sign-in with a code, and what the person still owes after it.

use crate::{AccountId, BatchId, CodeId, Network, RecoveryId, account::named};
use jiff::Timestamp;

named! {
    /// Something to be done after a recovery.
    Duty {
        /// Enrol a new authenticator with the application.
        EnrolAuthenticator = "enrol_authenticator",
        /// Make a new set of codes.
        NewCodes = "new_codes",
    }
}

impl Duty {
    const fn bit(self) -> u8 {
        match self {
            Self::EnrolAuthenticator => 1,
            Self::NewCodes => 2,
        }
    }
}

/// A set of duties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties(u8);

impl Duties {
    pub const NONE: Self = Self(0);

    /// As a store keeps them; bits that mean nothing are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Duty::ALL.iter().filter(|d| bits & d.bit() != 0).copied().collect()
    }

    pub const fn bits(self) -> u8 {
        self.0
    }

    pub const fn contains(self, duty: Duty) -> bool {
        self.0 & duty.bit() != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Duty> {
        Duty::ALL.iter().copied().filter(move |d| self.contains(*d))
    }
}

impl FromIterator<Duty> for Duties {
    fn from_iter<I: IntoIterator<Item = Duty>>(duties: I) -> Self {
        Self(duties.into_iter().fold(0, |bits, duty| bits | duty.bit()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    pub id: RecoveryId,
    pub account: AccountId,
    pub batch: BatchId,
    pub code: CodeId,
    pub at: Timestamp,
    /// From where the code came, if anybody said so.
    pub network: Option<Network>,
    pub owed: Duties,
    pub settled: Duties,
}

impl Recovery {
    pub const fn open(&self) -> Duties {
        self.owed.without(self.settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_are_a_set_that_a_store_can_keep_as_bits() {
        let both: Duties = [Duty::NewCodes, Duty::EnrolAuthenticator, Duty::NewCodes].into_iter().collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), [Duty::EnrolAuthenticator, Duty::NewCodes]);
        assert_eq!(Duties::from_bits(both.bits()), both);
        assert_eq!(Duties::from_bits(0b1111_1110), [Duty::NewCodes].into_iter().collect());
        assert_eq!(both.without([Duty::NewCodes].into_iter().collect()).iter().count(), 1);
    }
}
