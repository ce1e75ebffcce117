//! Passwords for our own sign-in pages.

mod common;
mod policy;

pub use policy::{BadPassword, Owner};

use crate::{SecretText, account::named};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

named! {
    /// Why a password opened nothing, for the audit trail. Whoever typed it learns none of this.
    PasswordRefusal {
        UnknownAccount = "unknown_account",
        /// The account has no password.
        None = "no_password",
        Wrong = "wrong_password",
        /// It was given wrongly too often in a row, and waits for a new one.
        WornOut = "too_many_failures",
        /// It is right, and its account may not have such a session.
        NotAllowed = "not_allowed",
        /// It was right until a moment ago.
        LostRace = "lost_race",
    }
}

/// A password as it is hashed: in NFKC, so that every keyboard's way of writing it is the same, and of bounded length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(SecretText);

impl Password {
    /// So long that nobody is kept from a phrase, so short that hashing it is no burden.
    pub const MOST_BYTES: usize = 1024;

    /// `None` when it is longer than any password is.
    pub fn read(typed: &SecretText) -> Option<Self> {
        let typed = typed.reveal();
        if typed.len() > Self::MOST_BYTES {
            return None;
        }
        // Room for what grows, so that no shorter copy stays behind unwiped.
        let mut text = Zeroizing::new(String::with_capacity(4 * Self::MOST_BYTES));
        for character in typed.nfkc() {
            if text.len() + character.len_utf8() > Self::MOST_BYTES {
                return None;
            }
            text.push(character);
        }
        Some(Self(SecretText::new(core::mem::take(&mut *text))))
    }

    /// Stands in for what can't be a password, where one has to be looked at all the same.
    pub fn none() -> Self {
        Self(SecretText::new(String::new()))
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Password> {
        Password::read(&SecretText::new(text.to_owned()))
    }

    #[test]
    fn every_way_of_writing_the_same_characters_is_one_password() {
        let composed = read("Jos\u{e9} likes \u{fb01}ne w\u{f6}rds").unwrap();
        assert_eq!(composed, read("Jose\u{301} likes fine wo\u{308}rds").unwrap());
        assert_ne!(composed, read("jos\u{e9} likes fine w\u{f6}rds").unwrap());
        assert_ne!(read("two words").unwrap(), read("two words ").unwrap());
    }

    #[test]
    fn a_password_is_at_most_1024_bytes_before_and_after_normalising() {
        assert!(read(&"a".repeat(1024)).is_some());
        assert!(read(&"a".repeat(1025)).is_none());
        // One character of three bytes that becomes eighteen.
        assert!(read(&"\u{fdfa}".repeat(300)).is_none());
        assert!(read("").is_some());
    }

    #[test]
    fn a_password_does_not_show_itself() {
        assert!(!format!("{:?}", read("correct horse").unwrap()).contains("horse"));
    }
}
