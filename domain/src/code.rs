//! One code: where it stands, what may still happen to it, and why an attempt with it fails.

use crate::{AccountId, BatchId, CodeId, Counters, SecretText, account::named, profile::ProfileName};
use core::fmt;
use jiff::Timestamp;
use thiserror::Error;

named! {
    CodeStatus {
        /// Can be redeemed, if its set is active and unexpired.
        Active = "active",
        Used = "used",
        /// Revoked, by its owner or by a newer set.
        Invalidated = "invalidated",
        /// Waits for the purge.
        Deleted = "deleted",
    }
}

/// What somebody does to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAct {
    Redeem,
    Invalidate,
    Delete,
}

impl CodeStatus {
    /// The status after `act`, or `None` when the act leaves the code as it is.
    pub const fn after(self, act: CodeAct) -> Option<Self> {
        match (self, act) {
            (Self::Active, CodeAct::Redeem) => Some(Self::Used),
            (Self::Active, CodeAct::Invalidate) => Some(Self::Invalidated),
            (Self::Active | Self::Invalidated, CodeAct::Delete) => Some(Self::Deleted),
            _ => None,
        }
    }
}

named! {
    /// What a key of the settings is for.
    KeyPurpose {
        /// Codes are found by it.
        Lookup = "lookup",
        /// What waits or is shown again is sealed under it.
        Seal = "seal",
    }
}

/// Names one of the keys that lookup tags or verifiers are made under: 1 to 16 of `a-z`, `0-9`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key id has 1 to 16 of a-z, 0-9 and _")]
pub struct BadKeyId;

impl KeyId {
    pub const LONGEST: usize = 16;

    pub fn parse(text: &str) -> Result<Self, BadKeyId> {
        let fits = (1..=Self::LONGEST).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadKeyId) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// By which a code is found: a keyed hash over the account's id and the code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LookupTag {
    pub key: KeyId,
    pub bytes: [u8; 32],
}

/// What a code is checked against once it is found: the text form of a password or keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(SecretText);

impl Verifier {
    pub fn new(text: String) -> Self {
        Self(SecretText::new(text))
    }

    pub fn as_str(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A code as a store knows it, with what its set says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    pub id: CodeId,
    pub account: AccountId,
    pub batch: BatchId,
    pub profile: ProfileName,
    pub status: CodeStatus,
    pub verifier: Verifier,
    pub expires_at: Option<Timestamp>,
}

impl StoredCode {
    /// Whether the code could be redeemed now, as far as the code and its set say.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            CodeStatus::Used => Err(Refusal::Used),
            CodeStatus::Invalidated => Err(Refusal::Invalidated),
            CodeStatus::Deleted => Err(Refusal::Deleted),
            CodeStatus::Active if is_over(self.expires_at, now) => Err(Refusal::Expired),
            CodeStatus::Active => Ok(()),
        }
    }
}

/// From the expiry instant on a code is refused.
pub fn is_over(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|end| now >= end)
}

named! {
    /// The true reason of a refused attempt. Callers are told `invalid-code`, whichever it is; the audit trail has it.
    Refusal {
        UnknownAccount = "unknown_account",
        UnknownCode = "unknown_code",
        Used = "used",
        Invalidated = "invalidated",
        Deleted = "deleted",
        Expired = "expired",
        Suspended = "suspended",
        /// The tag was found but the verifier does not fit: the row was tampered with.
        Mismatch = "mismatch",
        /// Somebody else used the code between finding and using it.
        LostRace = "lost_race",
    }
}

/// The numbers of a batch after one of its codes went from one status to another.
pub const fn moved(mut counters: Counters, from: CodeStatus, to: CodeStatus) -> Counters {
    match from {
        CodeStatus::Used => counters.used -= 1,
        CodeStatus::Invalidated => counters.invalidated -= 1,
        CodeStatus::Deleted => counters.removed -= 1,
        CodeStatus::Active => {}
    }
    match to {
        CodeStatus::Used => counters.used += 1,
        CodeStatus::Invalidated => counters.invalidated += 1,
        CodeStatus::Deleted => counters.removed += 1,
        CodeStatus::Active => {}
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_code_stays_used_and_an_invalidated_one_can_be_deleted() {
        for act in [CodeAct::Redeem, CodeAct::Invalidate, CodeAct::Delete] {
            assert_eq!(CodeStatus::Used.after(act), None);
            assert_eq!(CodeStatus::Deleted.after(act), None);
        }
        assert_eq!(CodeStatus::Invalidated.after(CodeAct::Redeem), None);
        assert_eq!(CodeStatus::Invalidated.after(CodeAct::Delete), Some(CodeStatus::Deleted));
    }

    #[test]
    fn a_code_is_refused_from_the_instant_it_expires() {
        let end = Timestamp::from_second(1_000).unwrap();
        let just_before = Timestamp::from_microsecond(999_999_999).unwrap();
        assert!(!is_over(Some(end), just_before));
        assert!(is_over(Some(end), end));
        assert!(!is_over(None, end));
    }

    #[test]
    fn key_ids_are_short_and_plain() {
        assert!(KeyId::parse("k2026_11").is_ok());
        for bad in ["", "K1", "a-b", "0123456789abcdefg", "é"] {
            assert!(KeyId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_verifier_hides_itself() {
        assert_eq!(format!("{:?}", Verifier::new("$argon2id$x".into())), "***");
    }
}
