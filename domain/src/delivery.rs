//! Handing the codes over after they were shown: who may, in which form, and for how long.

use crate::{SecretText, account::named};
use core::fmt;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// The secret half of what opens a sealed set of codes, in the hands of its holder only: 43 letters and digits, which
/// hold 256 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryToken(SecretText);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a delivery token")]
pub struct BadDeliveryToken;

impl DeliveryToken {
    pub const LENGTH: usize = 43;

    pub fn parse(text: SecretText) -> Result<Self, BadDeliveryToken> {
        let plain = text.reveal();
        let fits = plain.len() == Self::LENGTH && plain.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits { Ok(Self(text)) } else { Err(BadDeliveryToken) }
    }

    /// What the holder is shown, once.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// Codes that nobody can read without the token and the server's key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sealed bytes", self.0.len())
    }
}

named! {
    /// How a file with codes is written.
    DocumentFormat { Txt = "txt", Csv = "csv", Pdf = "pdf" }
}

/// How long a set can be handed over after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryWindow {
    For(SignedDuration),
    /// Until whoever holds the token ends it, and never longer than the longest window.
    Session,
}

impl DeliveryWindow {
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

    /// The instant from which the codes can't be handed over any more.
    pub fn ends(self, made_at: Timestamp) -> Timestamp {
        let lasts = match self {
            Self::For(window) => window.min(Self::LONGEST),
            Self::Session => Self::LONGEST,
        };
        made_at.saturating_add(lasts).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DeliveryToken, BadDeliveryToken> {
        DeliveryToken::parse(SecretText::new(text.to_owned()))
    }

    #[test]
    fn a_token_reads_back_as_itself_and_hides_in_debug_output() {
        let text = "a1Z".repeat(15)[..43].to_owned();
        let token = parse(&text).unwrap();
        assert_eq!(token.reveal(), text);
        assert_eq!(format!("{token:?}"), "DeliveryToken(***)");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in [
            String::new(),
            "a".repeat(42),
            "a".repeat(44),
            format!("{}-", "a".repeat(42)),
            format!(" {}", "a".repeat(42)),
        ] {
            assert_eq!(parse(&text), Err(BadDeliveryToken), "{text}");
        }
        assert_eq!(parse(&format!("{}é", "a".repeat(41))), Err(BadDeliveryToken));
    }

    #[test]
    fn no_window_is_longer_than_a_day() {
        let ends = |window: DeliveryWindow| window.ends(Timestamp::UNIX_EPOCH).as_second();
        assert_eq!(ends(DeliveryWindow::For(SignedDuration::from_mins(30))), 1_800);
        assert_eq!(ends(DeliveryWindow::For(SignedDuration::from_hours(25))), 86_400);
        assert_eq!(ends(DeliveryWindow::Session), 86_400);
        assert_eq!(DeliveryWindow::Session.ends(Timestamp::MAX), Timestamp::MAX);
    }

    #[test]
    fn debug_output_shows_no_sealed_byte() {
        assert_eq!(format!("{:?}", Sealed::new(vec![7; 40])), "40 sealed bytes");
    }
}
