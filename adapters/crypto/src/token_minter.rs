use crate::generate_key;
use backstop_application::ports::{MintedSessionToken, PortResult, TokenMinter};
use backstop_domain::TokenDigest;
use sha2::{Digest as _, Sha256};

/// Letters and digits that hold 256 bits.
const LENGTH: usize = 43;

/// Tokens of sessions from the randomness of the operating system, known to stores by their SHA-256.
///
/// A quick hash without salt is enough: nobody can try out 256 random bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsTokenMinter;

impl TokenMinter for OsTokenMinter {
    fn mint(&self) -> PortResult<MintedSessionToken> {
        let text = generate_key(LENGTH)?;
        let digest = self.digest(text.reveal());
        Ok(MintedSessionToken { text, digest })
    }

    fn digest(&self, token: &str) -> TokenDigest {
        TokenDigest::new(Sha256::digest(token.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_sha_256() {
        let digest = OsTokenMinter.digest("abc");
        assert_eq!(digest.bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest.bytes()[28..], [0xf2, 0x00, 0x15, 0xad]);
    }
}
