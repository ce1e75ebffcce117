//! The keys that codes are sealed under.

use crate::keys::{BadKeys, check_length, place_of};
use backstop_domain::{KeyId, SecretText};
use core::fmt;
use std::sync::Arc;

/// One key, as it is configured.
#[derive(Clone, Debug)]
pub struct SealKey {
    pub(crate) id: KeyId,
    pub(crate) secret: SecretText,
}

impl SealKey {
    pub fn new(id: KeyId, secret: SecretText) -> Result<Self, BadKeys> {
        check_length(&id, &secret)?;
        Ok(Self { id, secret })
    }
}

/// Every key that something may have been sealed under, and the one that new seals are made under.
#[derive(Clone)]
pub struct SealKeys(Arc<Ring>);

struct Ring {
    keys: Vec<SealKey>,
    current: usize,
}

impl SealKeys {
    pub fn new(current: &KeyId, keys: &[SealKey]) -> Result<Self, BadKeys> {
        let ids: Vec<&KeyId> = keys.iter().map(|key| &key.id).collect();
        let current = place_of(current, &ids)?;
        Ok(Self(Arc::new(Ring { keys: keys.to_vec(), current })))
    }

    pub(crate) fn current(&self) -> &SealKey {
        &self.0.keys[self.0.current]
    }

    pub(crate) fn current_first(&self) -> impl Iterator<Item = &SealKey> {
        let (before, rest) = self.0.keys.split_at(self.0.current);
        rest.iter().take(1).chain(before).chain(rest.iter().skip(1))
    }

    pub(crate) fn get(&self, id: &[u8]) -> Option<&SealKey> {
        self.0.keys.iter().find(|key| key.id.as_str().as_bytes() == id)
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn id(text: &str) -> KeyId {
        KeyId::parse(text).unwrap()
    }

    fn key(name: &str) -> SealKey {
        SealKey::new(id(name), SecretText::new(name.repeat(32))).unwrap()
    }

    pub(crate) fn ring(current: &str, all: &[&str]) -> SealKeys {
        let keys: Vec<SealKey> = all.iter().map(|name| key(name)).collect();
        SealKeys::new(&id(current), &keys).unwrap()
    }

    #[test]
    fn a_set_of_keys_that_makes_no_sense_is_refused() {
        assert_eq!(SealKey::new(id("a"), SecretText::new("s".repeat(31))).unwrap_err(), BadKeys::Length(id("a")));
        let double = SealKeys::new(&id("a"), &[key("a"), key("b"), key("a")]);
        assert_eq!(double.unwrap_err(), BadKeys::Repeated(id("a")));
        assert_eq!(SealKeys::new(&id("c"), &[key("a"), key("b")]).unwrap_err(), BadKeys::NoCurrent(id("c")));
    }

    #[test]
    fn debug_output_shows_ids_and_no_secret() {
        assert_eq!(format!("{:?}", ring("a", &["a", "b"])), r#"[KeyId("a"), KeyId("b")]"#);
        assert!(!format!("{:?}", key("k")).contains("kkk"));
    }
}
