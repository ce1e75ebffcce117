//! E-mail addresses, as far as they can be judged without sending anything.

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

const LONGEST: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

/// What addresses are compared by: NFC and lower case. Whatever somebody typed has one, also where it is no address;
/// then it is no address's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressKey(String);

/// An address that can stand in a header without harm. Two of them reach the same person when their `key`s are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    text: String,
    key: AddressKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an e-mail address: {0}")]
pub struct BadAddress(&'static str);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text: String = text.trim().nfc().collect();
        let refuse = |why| Err(BadAddress(why));
        if text.len() > LONGEST {
            return refuse("it is longer than 254 bytes");
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return refuse("it has no @");
        };
        if local.is_empty() || local.len() > LONGEST_LOCAL_PART {
            return refuse("the part before the @ must have 1 to 64 bytes");
        }
        let foreign = |c: char| c.is_control() || c.is_whitespace() || "()<>[]:;,\\\"".contains(c);
        if local.contains(foreign)
            || local.contains('@')
            || local.starts_with('.')
            || local.ends_with('.')
            || local.contains("..")
        {
            return refuse("the part before the @ has a character or a dot where none may be");
        }
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if !domain.split('.').all(label) {
            return refuse("the part after the @ is no domain name");
        }
        let key = AddressKey(text.to_lowercase().nfc().collect());
        Ok(Self { text, key })
    }

    /// As its owner wrote it, in NFC.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What addresses are compared by, as text.
    pub fn key(&self) -> &str {
        self.key.as_str()
    }

    pub const fn address_key(&self) -> &AddressKey {
        &self.key
    }
}

impl AddressKey {
    /// The key of the address that was typed, or one that no address has, so that what is no address can be looked for
    /// and counted as an unknown one.
    pub fn of_typed(text: &str) -> Self {
        if let Ok(address) = EmailAddress::parse(text) {
            return address.key;
        }
        let folded = text.trim().nfc().flat_map(char::to_lowercase).take(LONGEST);
        // No address has white space in it.
        let inside = folded.map(|c| if c.is_control() { ' ' } else { c });
        Self(core::iter::once(' ').chain(inside).collect())
    }

    /// What the keys of addresses begin with that begin so, as people type it.
    pub fn beginning(text: &str) -> String {
        text.trim().nfc().collect::<String>().to_lowercase().nfc().take(LONGEST).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_do_not_make_another_address() {
        let composed = EmailAddress::parse("José@Example.com").unwrap();
        let decomposed = EmailAddress::parse("jose\u{301}@example.COM").unwrap();
        assert_eq!(composed.key(), decomposed.key());
        assert_ne!(composed, decomposed);
        assert_eq!(composed.as_str(), "José@Example.com");
    }

    #[test]
    fn what_could_break_a_header_or_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b.c",
            "no-at.example",
            "a b@c.de",
            "a@b\r\nBcc: x@y.z",
            "a\u{0}@b.de",
            "a@-b.de",
            "a@b..de",
            "<a@b.de>",
            "a,b@c.de",
            ".a@b.de",
            "a..b@c.de",
            "a@b@c.de",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@b.de", "a".repeat(65))).is_err());
        assert!(EmailAddress::parse(&format!("a@{}.de", "b".repeat(260))).is_err());
    }

    #[test]
    fn what_is_no_address_has_a_key_that_no_address_has() {
        assert_eq!(AddressKey::of_typed(" José@Example.com ").as_str(), "josé@example.com");
        for text in ["", "ann", "Ann", "a b@c.de", "a\0@b.de", &"x".repeat(10_000)] {
            let key = AddressKey::of_typed(text);
            assert!(key.as_str().starts_with(' ') && key.as_str().chars().count() <= LONGEST + 1, "{text:?}");
            assert!(!key.as_str().contains(char::is_control), "{text:?}");
        }
        assert_eq!(AddressKey::of_typed("Ann "), AddressKey::of_typed("ann"));
        assert_ne!(AddressKey::of_typed("ann"), AddressKey::of_typed("bob"));
    }

    #[test]
    fn usual_addresses_are_accepted() {
        for text in ["a@b.de", "first.last+tag@sub.example.org", "root@localhost", "ü@bücher.example"] {
            assert!(EmailAddress::parse(text).is_ok(), "{text:?}");
        }
    }
}
