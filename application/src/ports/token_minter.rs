use super::PortResult;
use backstop_domain::{SecretText, TokenDigest};

/// A new token for a session: the text for the person's browser, the digest for the store.
#[derive(Clone, Debug)]
pub struct MintedSessionToken {
    pub text: SecretText,
    pub digest: TokenDigest,
}

pub trait TokenMinter: Send + Sync {
    /// A token with 256 bits of randomness, in letters and digits.
    fn mint(&self) -> PortResult<MintedSessionToken>;

    /// The digest of a token that came back. It tells nothing about the token, which is too random to be guessed.
    fn digest(&self, token: &str) -> TokenDigest;
}
