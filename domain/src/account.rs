//! The person whom codes belong to.

use crate::{AccountId, EmailAddress, guard::GenerationWait};
use core::{fmt, str::FromStr};
use jiff::Timestamp;
use thiserror::Error;

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadValue(pub &'static str);

/// The application's own stable id for a user: 1 to 255 characters without control characters, case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(String);

impl Subject {
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        bounded(text, 255).map(Self).ok_or(BadValue("a subject has 1 to 255 characters and no control characters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What to call the person on pages and in mails: 1 to 100 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        bounded(text, 100).map(Self).ok_or(BadValue("a display name has 1 to 100 characters and no control characters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn bounded(text: &str, most: usize) -> Option<String> {
    let length = text.chars().count();
    (1..=most).contains(&length).then_some(())?;
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// A language tag such as `en`, `de-AT` or `zh-Hant-TW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let mut tags = text.split('-');
        let language =
            tags.next().is_some_and(|l| (2..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphabetic()));
        let rest = tags.all(|t| (1..=8).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric()));
        if language && rest && text.len() <= 35 {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadValue("a locale is a language tag such as en or de-AT"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names that a store, the API and the audit trail share.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::account::BadValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::account::BadValue(concat!("not one of", $(" ", $text),+))),
                }
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What an account may do in Backstop itself. API clients only ever see accounts of role `user`.
    Role { User = "user", Auditor = "auditor", Admin = "admin" }
}

named! {
    /// Why an account can't redeem for now.
    SuspensionReason {
        /// A hundred failures in a row.
        Failures = "failures",
        /// The owner said "this was not me".
        NotMe = "not_me",
        /// An administrator did it.
        Admin = "admin",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub subject: Subject,
    /// Unique among accounts.
    pub email: Option<EmailAddress>,
    pub email_confirmed: bool,
    /// For notices only, never for codes or recovery links.
    pub notify_emails: Vec<EmailAddress>,
    pub display_name: Option<DisplayName>,
    pub locale: Option<Locale>,
    pub role: Role,
    pub suspended: Option<SuspensionReason>,
    /// When one code was checked for the first time, which happens once in an account's life.
    pub setup_verified_at: Option<Timestamp>,
    /// The wait that making codes left.
    pub generation: GenerationWait,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
}

impl Account {
    /// Whether there is any address to write to.
    pub const fn is_reachable(&self) -> bool {
        self.email.is_some() || !self.notify_emails.is_empty()
    }

    pub const MOST_NOTIFY_EMAILS: usize = 4;

    pub fn new(id: AccountId, subject: Subject, now: Timestamp) -> Self {
        Self {
            id,
            subject,
            email: None,
            email_confirmed: false,
            notify_emails: Vec::new(),
            display_name: None,
            locale: None,
            role: Role::User,
            suspended: None,
            setup_verified_at: None,
            generation: GenerationWait::default(),
            created_at: now,
            modified_at: now,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Subject {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_one_to_255_characters_and_no_control_characters() {
        assert!(Subject::parse("").is_err());
        assert!(Subject::parse(&"é".repeat(255)).is_ok());
        assert!(Subject::parse(&"é".repeat(256)).is_err());
        for bad in ["a\0", "a\n", "\u{7f}", "\u{85}"] {
            assert!(Subject::parse(bad).is_err(), "{bad:?}");
        }
        assert_ne!(Subject::parse("Ann").unwrap(), Subject::parse("ann").unwrap());
    }

    #[test]
    fn a_locale_is_a_language_tag() {
        for good in ["en", "de-AT", "zh-Hant-TW", "gsw"] {
            assert!(Locale::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "e", "english", "en_US", "en-", "-en", "en-waytoolongtag"] {
            assert!(Locale::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_name_reads_back_as_itself() {
        assert!(Role::ALL.iter().all(|r| r.as_str().parse() == Ok(*r)));
        assert!(SuspensionReason::ALL.iter().all(|r| r.as_str().parse() == Ok(*r)));
        assert_eq!("root".parse::<Role>().unwrap_err().to_string(), "not one of user auditor admin");
    }
}
