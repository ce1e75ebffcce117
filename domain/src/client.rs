//! Applications that call the API, and their keys.

use crate::{ClientId, ClientKeyId, SecretText, account::named};
use jiff::Timestamp;
use thiserror::Error;

named! {
    /// What a key opens. None includes another.
    Scope {
        CodesRead = "codes:read",
        CodesWrite = "codes:write",
        CodesRedeem = "codes:redeem",
        Handoff = "handoff",
        Admin = "admin",
    }
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut all: Vec<Scope> = scopes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub name: String,
    pub scopes: Scopes,
    pub created_at: Timestamp,
}

/// One of a client's keys, as a store knows it: never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    pub id: ClientKeyId,
    pub client: ClientId,
    /// SHA-256 of the key's secret half.
    pub digest: [u8; 32],
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// An API key as its holder has it: `backstop_<id>_<secret>`, so that leak scanners can know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyText {
    pub id: ClientKeyId,
    pub secret: SecretText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an API key of Backstop")]
pub struct BadKeyText;

impl KeyText {
    const PREFIX: &'static str = "backstop_";
    const LONGEST: usize = 256;

    pub fn parse(text: &str) -> Result<Self, BadKeyText> {
        if text.len() > Self::LONGEST {
            return Err(BadKeyText);
        }
        let (id, secret) = text.strip_prefix(Self::PREFIX).and_then(|t| t.split_once('_')).ok_or(BadKeyText)?;
        let plain = secret.len() >= 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        let id = id.parse().map_err(|_| BadKeyText)?;
        if plain { Ok(Self { id, secret: SecretText::new(secret.to_owned()) }) } else { Err(BadKeyText) }
    }

    /// What the holder is shown, once.
    pub fn reveal(&self) -> SecretText {
        SecretText::new(format!("{}{}_{}", Self::PREFIX, self.id.uuid().simple(), self.secret.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_reads_back_as_itself() {
        let key = KeyText { id: ClientKeyId::new(Uuid::from_u128(7)), secret: SecretText::new("a1".repeat(20)) };
        assert_eq!(KeyText::parse(key.reveal().reveal()), Ok(key));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let id = Uuid::from_u128(7).simple().to_string();
        for text in [
            String::new(),
            "backstop_".into(),
            format!("backstop_{id}_short"),
            format!("other_{id}_{}", "a".repeat(40)),
            format!("backstop_{id}_{}", "é".repeat(40)),
            format!("backstop_{id}_{}", "a".repeat(400)),
            format!("backstop_xyz_{}", "a".repeat(40)),
        ] {
            assert!(KeyText::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn scopes_are_a_set() {
        let scopes: Scopes = [Scope::Admin, Scope::CodesRead, Scope::Admin].into_iter().collect();
        assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::CodesRead, Scope::Admin]);
        assert!(!scopes.contains(Scope::CodesWrite));
    }
}
