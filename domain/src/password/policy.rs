//! What may become a password: length and being hard to guess, no rules of composition (NIST SP 800-63B-4, 3.1.1.2).

use super::{Password, common};
use crate::{Account, DisplayName, EmailAddress, SecretText, SiteName, Subject};
use thiserror::Error;

/// Why a password was not taken. None of it says anything about the password itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPassword {
    #[error("a password has at least {least} characters; several words are fine")]
    TooShort { least: usize },
    #[error("a password has at most 1024 bytes")]
    TooLong,
    #[error("this password is among the first that guessers try")]
    TooCommon,
    #[error("the password must not contain the e-mail address")]
    ContainsEmail,
    #[error("the password must not contain the name of its owner")]
    ContainsName,
    #[error("the password must not contain the name of the site")]
    ContainsSite,
    #[error("the password is the present one")]
    Unchanged,
}

/// Whose password it is to be: what guessers know of them is no secret.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    pub subject: &'a Subject,
    pub email: Option<&'a EmailAddress>,
    pub display_name: Option<&'a DisplayName>,
    pub site: &'a SiteName,
}

impl<'a> Owner<'a> {
    pub const fn of(account: &'a Account, site: &'a SiteName) -> Self {
        let Account { subject, email, display_name, .. } = account;
        Self { subject, email: email.as_ref(), display_name: display_name.as_ref(), site }
    }
}

/// Shorter names are in too many good passwords by chance.
const LEAST_NAME: usize = 4;

impl Password {
    /// What NIST asks of a password that may be all that somebody signs in with.
    pub const LEAST_CHARACTERS: usize = 15;

    /// A password that may be taken for this owner.
    pub fn choose(typed: &SecretText, owner: &Owner<'_>) -> Result<Self, BadPassword> {
        let password = Self::read(typed).ok_or(BadPassword::TooLong)?;
        if password.reveal().chars().count() < Self::LEAST_CHARACTERS {
            return Err(BadPassword::TooShort { least: Self::LEAST_CHARACTERS });
        }
        let folded = common::folded(password.reveal());
        if common::is_common(password.reveal(), &folded) {
            return Err(BadPassword::TooCommon);
        }
        let contains = |name: &str| {
            let name = common::folded(name);
            name.chars().count() >= LEAST_NAME && folded.contains(name.as_str())
        };
        if let Some(email) = owner.email {
            let local = email.as_str().split('@').next().unwrap_or_default();
            if contains(email.as_str()) || contains(local) {
                return Err(BadPassword::ContainsEmail);
            }
        }
        if contains(owner.subject.as_str()) || owner.display_name.is_some_and(|name| contains(name.as_str())) {
            return Err(BadPassword::ContainsName);
        }
        if contains(owner.site.as_str()) {
            return Err(BadPassword::ContainsSite);
        }
        Ok(password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password, BadPassword> {
        let subject = Subject::parse("user-4711").unwrap();
        let email = EmailAddress::parse("Ann.Smith@example.com").unwrap();
        let name = DisplayName::parse("Ann Margaret").unwrap();
        let site = SiteName::parse("Acme Bank").unwrap();
        let owner = Owner { subject: &subject, email: Some(&email), display_name: Some(&name), site: &site };
        Password::choose(&SecretText::new(text.to_owned()), &owner)
    }

    #[test]
    fn fifteen_characters_of_any_kind_are_enough() {
        for good in [
            "violet tractor moon",
            "\u{8b1d}\u{8b1d}\u{4f60}\u{7684}\u{9b5a}\u{4e5f}\u{5f88}\u{597d}\u{5403}\u{6211}\u{5011}\u{518d}\u{4f86}\u{4e00}\u{6b21}",
            "qR7!xw_0Lm#2bTz",
            "               x7 and more",
            "#~}{%&/()=?;:_-<>",
            "zwei flinke Füchse",
        ] {
            assert!(choose(good).is_ok(), "{good}");
        }
        assert_eq!(choose("violet tractor"), Err(BadPassword::TooShort { least: 15 }));
        // Counted after normalising, in characters and not in bytes.
        assert_eq!(choose(&"\u{e9}x\u{fc}".repeat(4)), Err(BadPassword::TooShort { least: 15 }));
        assert_eq!(choose(&"tractor ".repeat(129)), Err(BadPassword::TooLong));
    }

    #[test]
    fn what_guessers_try_first_is_refused() {
        for bad in [
            "passwordpassword",
            "Password12345678",
            "P@ssw0rd P@ssw0rd",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfgh",
            "abcabcabcabcabcabc",
            "iloveyou iloveyou!!",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "zyxwvutsrqponmlkj",
            "correcthorsebatterystaple",
            "welcome-admin-2026",
            "               ",
        ] {
            assert_eq!(choose(bad), Err(BadPassword::TooCommon), "{bad}");
        }
    }

    #[test]
    fn what_is_known_of_the_owner_is_refused() {
        for (text, why) in [
            ("my ann.smith phrase", BadPassword::ContainsEmail),
            ("Ann_Smith forever more", BadPassword::ContainsEmail),
            ("ANN.SMITH@EXAMPLE.COM", BadPassword::ContainsEmail),
            ("holiday with annmargaret", BadPassword::ContainsName),
            ("tulips for user-4711 too", BadPassword::ContainsName),
            ("tulips for acme BANK too", BadPassword::ContainsSite),
        ] {
            assert_eq!(choose(text), Err(why), "{text}");
        }
    }

    #[test]
    fn no_reason_shows_the_password() {
        for bad in ["short secret", "passwordpassword"] {
            let why = choose(bad).unwrap_err();
            assert!(!format!("{why} {why:?}").contains(bad));
        }
    }
}
