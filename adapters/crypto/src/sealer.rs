use crate::{
    aead::{self, Purpose, failed},
    codes_body, generate_key,
    seal_keys::SealKeys,
};
use backstop_application::ports::{MintedToken, Opened, PortResult, Sealer};
use backstop_domain::{BatchId, DeliveryToken, Sealed, SecretText};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const PURPOSE: &[u8] = b"backstop/vault/1";
const DIGEST_PURPOSE: &[u8] = b"backstop/delivery-token/1";

/// Seals with XChaCha20-Poly1305, under a key derived by HKDF-SHA-256 from the server's seal key and the token.
#[derive(Clone, Debug)]
pub struct AeadSealer {
    keys: SealKeys,
}

impl AeadSealer {
    pub const fn new(keys: SealKeys) -> Self {
        Self { keys }
    }
}

impl Sealer for AeadSealer {
    fn mint(&self) -> PortResult<MintedToken> {
        let token = DeliveryToken::parse(generate_key(DeliveryToken::LENGTH)?).map_err(|_| failed())?;
        let digest = digest(&token);
        Ok(MintedToken { token, digest })
    }

    fn matches(&self, token: &DeliveryToken, expected: &[u8; 32]) -> bool {
        digest(token).ct_eq(expected).into()
    }

    fn seal(&self, batch: BatchId, token: &DeliveryToken, codes: &[SecretText]) -> PortResult<Sealed> {
        aead::seal(&self.keys, purpose(batch.uuid().as_bytes(), token), codes_body::joined(codes)?)
    }

    fn open(&self, batch: BatchId, token: &DeliveryToken, sealed: &Sealed) -> PortResult<Opened> {
        let plain = aead::open(&self.keys, purpose(batch.uuid().as_bytes(), token), sealed)?;
        Ok(plain.as_ref().and_then(|plain| codes_body::split(plain)).map_or(Opened::Shut, Opened::Codes))
    }
}

fn purpose<'a>(batch: &'a [u8; 16], token: &'a DeliveryToken) -> Purpose<'a> {
    Purpose { name: PURPOSE, context: batch, secret: token.reveal().as_bytes() }
}

fn digest(token: &DeliveryToken) -> [u8; 32] {
    Sha256::new().chain_update(DIGEST_PURPOSE).chain_update(token.reveal()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal_keys::{SealKey, tests::ring};
    use backstop_domain::KeyId;
    use uuid::Uuid;

    fn sealer(current: &str, all: &[&str]) -> AeadSealer {
        AeadSealer::new(ring(current, all))
    }

    fn batch() -> BatchId {
        BatchId::new(Uuid::from_u128(7))
    }

    fn codes() -> Vec<SecretText> {
        ["AAAA-BBBB", "CCCC-DDDD"].map(|code| SecretText::new(code.to_owned())).to_vec()
    }

    #[test]
    fn what_was_sealed_under_an_older_key_still_opens() {
        let token = sealer("old", &["old"]).mint().unwrap().token;
        let sealed = sealer("old", &["old"]).seal(batch(), &token, &codes()).unwrap();
        let rotated = sealer("new", &["new", "old"]);
        assert_eq!(rotated.open(batch(), &token, &sealed).unwrap(), Opened::Codes(codes()));
        let newer = rotated.seal(batch(), &token, &codes()).unwrap();
        assert_eq!(sealer("old", &["old"]).open(batch(), &token, &newer).unwrap(), Opened::Shut);
        assert_eq!(sealer("new", &["new"]).open(batch(), &token, &sealed).unwrap(), Opened::Shut);
    }

    #[test]
    fn the_token_alone_opens_nothing_without_the_servers_key() {
        let token = sealer("a", &["a"]).mint().unwrap().token;
        let sealed = sealer("a", &["a"]).seal(batch(), &token, &codes()).unwrap();
        let stranger = SealKey::new(KeyId::parse("a").unwrap(), SecretText::new("another".repeat(5))).unwrap();
        let stranger = AeadSealer::new(SealKeys::new(&KeyId::parse("a").unwrap(), &[stranger]).unwrap());
        assert_eq!(stranger.open(batch(), &token, &sealed).unwrap(), Opened::Shut);
    }

    #[test]
    fn the_stored_digest_is_not_what_keys_are_made_from() {
        let token = DeliveryToken::parse(SecretText::new("a".repeat(43))).unwrap();
        assert_ne!(digest(&token)[..], Sha256::digest(token.reveal())[..]);
    }

    #[test]
    fn a_code_that_could_not_be_told_from_two_is_refused() {
        let sealer = sealer("a", &["a"]);
        let token = sealer.mint().unwrap().token;
        for code in ["", "AAAA\nBBBB"] {
            assert!(sealer.seal(batch(), &token, &[SecretText::new(code.to_owned())]).is_err());
        }
    }
}
