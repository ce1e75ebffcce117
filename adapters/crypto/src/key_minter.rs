use crate::generate_key;
use backstop_application::ports::{KeyMinter, MintedKey, PortResult};
use backstop_domain::{ClientKeyId, KeyText, SecretText};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Letters and digits that hold 256 bits.
const LENGTH: usize = 43;

/// API keys from the randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsKeyMinter;

impl KeyMinter for OsKeyMinter {
    fn mint(&self, id: ClientKeyId) -> PortResult<MintedKey> {
        let secret = generate_key(LENGTH)?;
        let digest = digest(&secret);
        Ok(MintedKey { text: KeyText { id, secret }, digest })
    }

    fn matches(&self, key: &KeyText, expected: &[u8; 32]) -> bool {
        digest(&key.secret).ct_eq(expected).into()
    }
}

fn digest(secret: &SecretText) -> [u8; 32] {
    Sha256::digest(secret.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id() -> ClientKeyId {
        ClientKeyId::new(Uuid::from_u128(7))
    }

    #[test]
    fn a_minted_key_reads_back_and_matches_its_digest_only() {
        let one = OsKeyMinter.mint(id()).unwrap();
        let other = OsKeyMinter.mint(id()).unwrap();
        let read = KeyText::parse(one.text.reveal().reveal()).unwrap();
        assert_eq!(read, one.text);
        assert!(OsKeyMinter.matches(&read, &one.digest));
        assert!(!OsKeyMinter.matches(&read, &other.digest));
    }

    #[test]
    fn a_key_holds_256_bits() {
        let length = OsKeyMinter.mint(id()).unwrap().text.secret.reveal().len();
        assert!(62f64.log2() * f64::from(u32::try_from(length).unwrap()) >= 256.0);
    }

    #[test]
    fn the_digest_is_sha_256_of_the_secret() {
        let digest = digest(&SecretText::new("abc".into()));
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest[28..], [0xf2, 0x00, 0x15, 0xad]);
    }
}
