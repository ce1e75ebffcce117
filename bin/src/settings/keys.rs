use super::{Reader, value};
use backstop_domain::{KeyId, SecretText};

/// The lookup keys, one of which is current.
#[derive(Clone, Debug)]
pub struct LookupKeySettings {
    pub current: KeyId,
    pub secrets: Vec<(KeyId, SecretText)>,
}

const PREFIX: &str = "keys.lookup.";

/// `None` when no key is configured at all.
pub(super) fn read(reader: &mut Reader) -> Option<LookupKeySettings> {
    let mut secrets = Vec::new();
    for own in reader.own_names(PREFIX) {
        let name = format!("{PREFIX}{own}.secret");
        let scheme = format!("{PREFIX}{own}.scheme");
        reader.take_optional(&scheme, value::choice(&[("hmac-sha256", ())]));
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
    let named = reader.take_optional("keys.lookup.current", |v| v.text().map(str::to_owned));
    let current = match named {
        Some(named) => {
            let known = secrets.iter().find(|(id, _)| id.as_str() == named).map(|(id, _)| id.clone());
            if known.is_none() {
                let ids: Vec<&str> = secrets.iter().map(|(id, _)| id.as_str()).collect();
                let remedy = format!("name one of the configured keys: {}", ids.join(", "));
                reader.problem("keys.lookup.current", "there is no such key", remedy);
            }
            known?
        }
        None if secrets.len() > 1 => {
            reader.problem(
                "keys.lookup.current",
                "several keys are configured, and none is named as the current one",
                "name the one that new codes shall be stored under",
            );
            return None;
        }
        None => secrets.first()?.0.clone(),
    };
    Some(LookupKeySettings { current, secrets })
}
