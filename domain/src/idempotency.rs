//! Requests that may be sent again without doing anything again.

use crate::SecretText;
use thiserror::Error;

/// What a caller named its request by. Who has it can have the answer again, so that it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(SecretText);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an idempotency key has 16 to 255 characters, letters, digits and signs of ASCII without spaces")]
pub struct BadIdempotencyKey;

impl IdempotencyKey {
    pub const LENGTHS: core::ops::RangeInclusive<usize> = 16..=255;

    /// Reads the value of the header, which may stand in quotes.
    pub fn parse(text: &str) -> Result<Self, BadIdempotencyKey> {
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let fits = Self::LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(SecretText::new(text.to_owned()))) } else { Err(BadIdempotencyKey) }
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_idempotency_is_long_enough_and_plain() {
        let plain = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        assert_eq!(IdempotencyKey::parse(plain).unwrap().reveal(), plain);
        assert_eq!(IdempotencyKey::parse(&format!("\"{plain}\"")), IdempotencyKey::parse(plain));
        assert!(IdempotencyKey::parse(&"k".repeat(16)).is_ok() && IdempotencyKey::parse(&"k".repeat(255)).is_ok());
        for bad in ["", "\"\"", &"k".repeat(15), &"k".repeat(256), "with a space inside", "tschüss-tschüss-tschüss"]
        {
            assert_eq!(IdempotencyKey::parse(bad), Err(BadIdempotencyKey), "{bad}");
        }
        assert!(!format!("{:?}", IdempotencyKey::parse(plain)).contains(plain));
    }
}
