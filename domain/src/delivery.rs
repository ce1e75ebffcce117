//! Handing the codes over after they were shown: who may, in which form, and for how long.

use crate::{KeyId, SecretText, account::named};
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

    /// So many bytes at the beginning tell the key.
    pub const HEAD: usize = 2 + KeyId::LONGEST;

    /// Under which key a value was sealed that begins like this: with a version, the length of the key's id, and the id.
    /// `None` when it says nothing of the kind.
    pub fn key_named_in(beginning: &[u8]) -> Option<KeyId> {
        let (&[_version, length], rest) = beginning.split_first_chunk::<2>()?;
        let id = rest.get(..length.into())?;
        KeyId::parse(core::str::from_utf8(id).ok()?).ok()
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

/// The beginning of a file's name: letters, digits and `-_.`, so that it is a name on every system and never a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStem(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a file name has 1 to 80 of A-Z, a-z, 0-9, - _ and ., and begins with a letter or digit")]
pub struct BadFileStem;

impl FileStem {
    pub fn parse(text: &str) -> Result<Self, BadFileStem> {
        let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let fits = text.len() <= 80
            && text.bytes().all(sound)
            && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
        if fits { Ok(Self(text.to_owned())) } else { Err(BadFileStem) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the service calls itself in files and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a site's name has 1 to 80 characters and no control characters")]
pub struct BadSiteName;

impl SiteName {
    pub fn parse(text: &str) -> Result<Self, BadSiteName> {
        let text = text.trim();
        let fits = (1..=80).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(BadSiteName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    fn a_file_name_is_never_a_path() {
        for good in ["recovery_codes", "a", "My.Codes-2"] {
            assert_eq!(FileStem::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", ".codes", "-rf", "a/b", "a\\b", "a:b", "a\"b", "a b", "ä", "a\n", &"a".repeat(81)] {
            assert_eq!(FileStem::parse(bad), Err(BadFileStem), "{bad:?}");
        }
    }

    #[test]
    fn a_site_name_is_one_line_of_text() {
        assert_eq!(SiteName::parse("  Köln & Söhne ").unwrap().as_str(), "Köln & Söhne");
        for bad in ["", "  ", "a\nb", "a\u{7}", &"a".repeat(81)] {
            assert_eq!(SiteName::parse(bad), Err(BadSiteName), "{bad:?}");
        }
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
