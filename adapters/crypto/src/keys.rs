//! The keys that tags and keyed verifiers are made under.

use backstop_domain::{KeyId, SecretText};
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::Arc;
use thiserror::Error;
use zeroize::Zeroizing;

/// How tags are made from a key. A key keeps its scheme, so that another one can be brought in with a new key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    #[default]
    HmacSha256,
}

impl Scheme {
    pub fn by_name(name: &str) -> Option<Self> {
        (name == "hmac-sha256").then_some(Self::HmacSha256)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadKeys {
    #[error("the secret of key {0} must have 32 to 1024 bytes")]
    Length(KeyId),
    #[error("there is more than one key {0}")]
    Repeated(KeyId),
    #[error("the current key {0} is not among the keys")]
    NoCurrent(KeyId),
}

pub(crate) fn check_length(id: &KeyId, secret: &SecretText) -> Result<(), BadKeys> {
    if (32..=1024).contains(&secret.reveal().len()) { Ok(()) } else { Err(BadKeys::Length(id.clone())) }
}

/// Where the current one is among keys that are all different.
pub(crate) fn place_of(current: &KeyId, ids: &[&KeyId]) -> Result<usize, BadKeys> {
    for (at, id) in ids.iter().enumerate() {
        if ids[..at].contains(id) {
            return Err(BadKeys::Repeated((*id).clone()));
        }
    }
    ids.iter().position(|id| *id == current).ok_or_else(|| BadKeys::NoCurrent(current.clone()))
}

/// One key, as it is configured.
#[derive(Clone, Debug)]
pub struct LookupKey {
    id: KeyId,
    scheme: Scheme,
    secret: SecretText,
}

impl LookupKey {
    pub fn new(id: KeyId, scheme: Scheme, secret: SecretText) -> Result<Self, BadKeys> {
        check_length(&id, &secret)?;
        Ok(Self { id, scheme, secret })
    }

    pub fn id(&self) -> &KeyId {
        &self.id
    }
}

/// Every key that codes may have been made under, and the one that new codes are made under.
#[derive(Clone)]
pub struct LookupKeys(Arc<Ring>);

struct Ring {
    keys: Vec<Key>,
    current: usize,
}

impl LookupKeys {
    pub fn new(current: &KeyId, keys: &[LookupKey]) -> Result<Self, BadKeys> {
        let ids: Vec<&KeyId> = keys.iter().map(LookupKey::id).collect();
        let at = place_of(current, &ids)?;
        let keys = keys.iter().map(Key::derive).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Ring { keys, current: at })))
    }

    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.all().iter().map(|key| &key.id)
    }

    pub(crate) fn current(&self) -> &Key {
        &self.0.keys[self.0.current]
    }

    pub(crate) fn all(&self) -> &[Key] {
        &self.0.keys
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Key> {
        self.all().iter().find(|key| key.id.as_str() == id)
    }
}

impl fmt::Debug for LookupKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// A key made ready: one function for each purpose, so that no output of one is ever an output of another.
pub(crate) struct Key {
    pub(crate) id: KeyId,
    pub(crate) tag: KeyedHash,
    pub(crate) verifier: KeyedHash,
    pub(crate) fingerprint: KeyedHash,
}

impl Key {
    fn derive(key: &LookupKey) -> Result<Self, BadKeys> {
        let too_long = |_| BadKeys::Length(key.id.clone());
        let tag = KeyedHash::new(key.scheme, key.secret.reveal().as_bytes()).map_err(too_long)?;
        // A tag's input begins with the 16 bytes of a UUID, whose fixed bits these labels do not have: they can't be
        // mistaken for one.
        let purpose = |label: &str| {
            KeyedHash::new(key.scheme, Zeroizing::new(tag.of(&[label.as_bytes()])).as_slice()).map_err(too_long)
        };
        let verifier = purpose("backstop/verifier/1")?;
        let fingerprint = purpose("backstop/fingerprint/1")?;
        Ok(Self { id: key.id.clone(), tag, verifier, fingerprint })
    }
}

/// A keyed hash with its key taken in.
pub(crate) enum KeyedHash {
    HmacSha256(Hmac<Sha256>),
}

impl KeyedHash {
    fn new(scheme: Scheme, key: &[u8]) -> Result<Self, hmac::digest::InvalidLength> {
        match scheme {
            Scheme::HmacSha256 => Hmac::new_from_slice(key).map(Self::HmacSha256),
        }
    }

    pub(crate) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            Self::HmacSha256(keyed) => {
                let mut mac = keyed.clone();
                for part in parts {
                    mac.update(part);
                }
                mac.finalize().into_bytes().into()
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn id(text: &str) -> KeyId {
        KeyId::parse(text).unwrap()
    }

    pub(crate) fn key(name: &str) -> LookupKey {
        LookupKey::new(id(name), Scheme::HmacSha256, SecretText::new(name.repeat(32))).unwrap()
    }

    pub(crate) fn ring(current: &str, all: &[&str]) -> LookupKeys {
        let keys: Vec<LookupKey> = all.iter().map(|name| key(name)).collect();
        LookupKeys::new(&id(current), &keys).unwrap()
    }

    #[test]
    fn a_set_of_keys_that_makes_no_sense_is_refused() {
        let short = LookupKey::new(id("a"), Scheme::HmacSha256, SecretText::new("s".repeat(31)));
        assert_eq!(short.unwrap_err(), BadKeys::Length(id("a")));
        let double = LookupKeys::new(&id("a"), &[key("a"), key("b"), key("a")]);
        assert_eq!(double.unwrap_err(), BadKeys::Repeated(id("a")));
        let missing = LookupKeys::new(&id("c"), &[key("a"), key("b")]);
        assert_eq!(missing.unwrap_err(), BadKeys::NoCurrent(id("c")));
    }

    #[test]
    fn debug_output_shows_ids_and_no_secret() {
        assert_eq!(format!("{:?}", ring("a", &["a", "b"])), r#"[KeyId("a"), KeyId("b")]"#);
        assert!(!format!("{:?}", key("k")).contains("kkk"));
    }

    #[test]
    fn the_purposes_of_a_key_do_not_mix() {
        let ring = ring("a", &["a"]);
        let key = ring.current();
        let outputs = [&key.tag, &key.verifier, &key.fingerprint].map(|hash| hash.of(&[b"same"]));
        assert_ne!(outputs[0], outputs[1]);
        assert_ne!(outputs[0], outputs[2]);
        assert_ne!(outputs[1], outputs[2]);
    }

    #[test]
    fn schemes_are_known_by_name() {
        assert_eq!(Scheme::by_name(Scheme::HmacSha256.as_str()), Some(Scheme::HmacSha256));
        assert_eq!(Scheme::by_name("md5"), None);
    }
}
