//! The second keyed hash, for codes that nobody can guess: as fast as a lookup.

use crate::{LookupKeys, argon::unreadable, keys::Key, random};
use argon2::password_hash::phc::{Output, Salt};
use async_trait::async_trait;
use backstop_application::ports::{Hasher, PortError, PortErrorKind, PortResult};
use backstop_domain::{NormalisedCode, Verifier};
use subtle::ConstantTimeEq;

pub(crate) const PREFIX: &str = "$backstop-keyed$";
const SALT: usize = 16;
const OUTPUT: usize = 32;

/// Verifiers of the form `$backstop-keyed$k=<key id>$<salt>$<hash>`, made under the current key and read under any.
#[derive(Clone, Debug)]
pub struct KeyedHasher {
    keys: LookupKeys,
}

impl KeyedHasher {
    pub const fn new(keys: LookupKeys) -> Self {
        Self { keys }
    }

    fn make(&self, code: &NormalisedCode) -> PortResult<Verifier> {
        let key = self.keys.current();
        let mut bytes = [0; SALT];
        random::fill(&mut bytes)?;
        let salt = Salt::new(&bytes).map_err(failed)?;
        let hash = Output::new(&compute(key, &salt, code)).map_err(failed)?;
        Ok(Verifier::new(format!("{PREFIX}k={}${salt}${hash}", key.id)))
    }

    fn read(&self, text: &str) -> PortResult<(&Key, Salt, Output)> {
        let mut fields = text.strip_prefix(PREFIX).ok_or_else(unreadable)?.split('$');
        let (Some(key), Some(salt), Some(hash), None) = (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(unreadable());
        };
        let key = key.strip_prefix("k=").ok_or_else(unreadable)?;
        let key = self
            .keys
            .get(key)
            .ok_or_else(|| PortError::corrupt("a stored verifier was made under a key that is not configured"))?;
        let salt = Salt::from_b64(salt).map_err(|_| unreadable())?;
        let hash = Output::decode(hash).map_err(|_| unreadable())?;
        if salt.len() == SALT && hash.len() == OUTPUT { Ok((key, salt, hash)) } else { Err(unreadable()) }
    }
}

#[async_trait]
impl Hasher for KeyedHasher {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        codes.iter().map(|code| self.make(code)).collect()
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        let (key, salt, hash) = self.read(verifier.as_str())?;
        Ok(compute(key, &salt, code).ct_eq(hash.as_bytes()).into())
    }
}

/// The salt has a fixed length, so that no two pairs of salt and code are hashed alike.
fn compute(key: &Key, salt: &[u8], code: &NormalisedCode) -> [u8; OUTPUT] {
    key.verifier.of(&[salt, code.reveal().as_bytes()])
}

fn failed(error: impl core::fmt::Display) -> PortError {
    PortError::new(PortErrorKind::Rejected, "a code could not be hashed").because(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::ring;
    use backstop_domain::CodeProfile;

    fn code(symbol: &str) -> NormalisedCode {
        CodeProfile::classic().parse(&symbol.repeat(36)).unwrap()
    }

    #[tokio::test]
    async fn only_the_code_itself_verifies_and_no_two_verifiers_are_alike() {
        let hasher = KeyedHasher::new(ring("a_1", &["a_1"]));
        let verifiers = hasher.hash(&[code("A"), code("A"), code("B")]).await.unwrap();
        assert!(verifiers[0].as_str().starts_with("$backstop-keyed$k=a_1$"));
        assert_ne!(verifiers[0], verifiers[1]);
        for (verifier, fits) in verifiers.iter().zip([true, true, false]) {
            assert_eq!(hasher.verify(&code("A"), verifier).await.unwrap(), fits);
        }
    }

    #[tokio::test]
    async fn a_verifier_made_under_an_older_key_still_verifies() {
        let old = KeyedHasher::new(ring("old", &["old"])).hash(&[code("A")]).await.unwrap().remove(0);
        let hasher = KeyedHasher::new(ring("new", &["new", "old"]));
        assert!(hasher.verify(&code("A"), &old).await.unwrap());
        assert!(hasher.hash(&[code("A")]).await.unwrap()[0].as_str().contains("$k=new$"));
        let without = KeyedHasher::new(ring("new", &["new"]));
        assert_eq!(without.verify(&code("A"), &old).await.unwrap_err().kind(), PortErrorKind::Corrupt);
    }

    #[tokio::test]
    async fn a_damaged_verifier_is_corrupt() {
        let hasher = KeyedHasher::new(ring("a", &["a"]));
        let sound = hasher.hash(&[code("A")]).await.unwrap().remove(0);
        let sound = sound.as_str();
        for text in [
            String::new(),
            PREFIX.into(),
            sound[1..].into(),
            sound[..sound.len() - 2].into(),
            format!("{sound}$more"),
            sound.replace("k=a", "k=b"),
            sound.replace("k=a", "a"),
            format!("{PREFIX}k=a$c29tZXNhbHQ${}", "A".repeat(43)),
        ] {
            let error = hasher.verify(&code("A"), &Verifier::new(text.clone())).await.unwrap_err();
            assert_eq!(error.kind(), PortErrorKind::Corrupt, "{text}");
        }
    }
}
