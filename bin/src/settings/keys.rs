use super::{Reader, value};
use backstop_domain::{KeyId, SecretText};

/// Keys for one purpose, one of which is current.
#[derive(Clone, Debug)]
pub struct KeySettings {
    pub current: KeyId,
    pub secrets: Vec<(KeyId, SecretText)>,
}

/// The keys that the service needs.
#[derive(Clone, Debug)]
pub struct Keys {
    pub lookup: KeySettings,
    pub seal: KeySettings,
}

/// Where keys for one purpose are configured.
pub(super) struct Ring {
    prefix: &'static str,
    current: &'static str,
    has_schemes: bool,
    /// What the current one is for.
    purpose: &'static str,
}

pub(super) const LOOKUP: Ring = Ring {
    prefix: "keys.lookup.",
    current: "keys.lookup.current",
    has_schemes: true,
    purpose: "name the one that new codes shall be stored under",
};

pub(super) const SEAL: Ring = Ring {
    prefix: "keys.seal.",
    current: "keys.seal.current",
    has_schemes: false,
    purpose: "name the one that new codes shall be sealed under",
};

/// `None` when no key is configured at all.
pub(super) fn read(reader: &mut Reader, ring: &Ring) -> Option<KeySettings> {
    let secrets = secrets(reader, ring);
    let named = reader.take_optional(ring.current, |v| v.text().map(str::to_owned));
    let current = match named {
        Some(named) => {
            let known = secrets.iter().find(|(id, _)| id.as_str() == named).map(|(id, _)| id.clone());
            if known.is_none() {
                let ids: Vec<&str> = secrets.iter().map(|(id, _)| id.as_str()).collect();
                let remedy = format!("name one of the configured keys: {}", ids.join(", "));
                reader.problem(ring.current, "there is no such key", remedy);
            }
            known?
        }
        None if secrets.len() > 1 => {
            let what = "several keys are configured, and none is named as the current one";
            reader.problem(ring.current, what, ring.purpose);
            return None;
        }
        None => secrets.first()?.0.clone(),
    };
    Some(KeySettings { current, secrets })
}

fn secrets(reader: &mut Reader, ring: &Ring) -> Vec<(KeyId, SecretText)> {
    let prefix = ring.prefix;
    let mut secrets = Vec::new();
    for own in reader.own_names(prefix) {
        let name = format!("{prefix}{own}.secret");
        if ring.has_schemes {
            reader.take_optional(&format!("{prefix}{own}.scheme"), value::choice(&[("hmac-sha256", ())]));
        }
        let Ok(id) = KeyId::parse(&own) else {
            reader.problem(&name, format!("{own:?} is no key id"), "use 1 to 16 of a-z, 0-9 and _");
            continue;
        };
        if !reader.everything.contains_key(&name) {
            reader.problem(&name, format!("the key {own:?} has no secret"), "set it, or remove the key");
            continue;
        }
        let Some(secret) = reader.take_optional(&name, value::key_secret) else {
            continue;
        };
        if secrets.iter().any(|(_, other)| *other == secret) {
            reader.problem(&name, "another key has the same secret", "give each key a secret of its own");
            continue;
        }
        secrets.push((id, secret));
    }
    secrets
}
