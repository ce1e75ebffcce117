//! Keys: how strong they are, and what a hash costs.

use super::finding::Findings;
use crate::{
    development::{self, Missing},
    settings::{KeySettings, Keys, Settings},
    wiring::code_hasher,
};
use anyhow::{Context as _, Result};
use backstop_application::ports::{CodeGenerator as _, Hasher as _, PasswordHasher as _};
use backstop_crypto::{Argon2Passwords, OsCodes};
use backstop_domain::{Password, SecretText};
use std::{collections::HashMap, time::Instant};

const KEYS: &str = "keys";
const HASHING: &str = "hashing";
/// What a random key has that nobody guesses.
const STRONG_BITS: f64 = 128.0;
/// What a person makes up has, at best.
const WEAK_BITS: f64 = 80.0;
/// Longer than that, and people notice.
const SLOW_MS: u128 = 1_000;

pub(super) fn examine(settings: &Settings, findings: &mut Findings) -> Option<Keys> {
    let keys = match development::keys(settings, Missing::Pretend) {
        Ok(keys) => keys,
        Err(error) => {
            let remedy = "restore the file from a backup, or configure keys.lookup and keys.seal";
            findings.problem(KEYS, format!("{error:#}"), remedy);
            return None;
        }
    };
    let configured = [settings.lookup_keys.is_some(), settings.seal_keys.is_some()];
    let rings = [("lookup", &keys.lookup), ("seal", &keys.seal)];
    for (((of, ring), is_configured), file) in rings.into_iter().zip(configured).zip(development::KEY_FILES) {
        if is_configured || settings.data_dir.join(file).exists() {
            strength(of, ring, findings);
        } else {
            findings.ok(KEYS, format!("keys.{of}: none is there yet; the first start makes one in {file}"));
        }
    }
    let shared = keys.lookup.secrets.iter().any(|(_, one)| keys.seal.secrets.iter().any(|(_, other)| one == other));
    if shared {
        let remedy = "rotate to a key of its own: backstop generate-key";
        findings.warn(KEYS, "a lookup key and a seal key have the same secret", remedy);
    }
    Some(keys)
}

fn strength(of: &str, ring: &KeySettings, findings: &mut Findings) {
    for (id, secret) in &ring.secrets {
        let current = if *id == ring.current { ", the current one" } else { "" };
        let name = format!("keys.{of}.{id}{current}");
        let bits = bits(secret.reveal());
        let found = format!("{name}: about {bits:.0} bits");
        let remedy = "make one with `backstop generate-key`, add it, and make it current; see docs/operations.md";
        match bits {
            bits if bits >= STRONG_BITS => findings.ok(KEYS, found),
            bits if bits >= WEAK_BITS => findings.warn(KEYS, found, remedy),
            _ => findings.problem(KEYS, found, remedy),
        }
    }
}

/// What the secret would hold if each character was drawn as often as it is there: an upper bound, and low for what
/// repeats itself.
#[expect(clippy::cast_precision_loss, reason = "a key has some hundred characters")]
fn bits(secret: &str) -> f64 {
    let mut seen = HashMap::<char, f64>::new();
    secret.chars().for_each(|character| *seen.entry(character).or_default() += 1.0);
    let length = secret.chars().count() as f64;
    seen.values().map(|times| -times * (times / length).log2()).sum()
}

/// How long people wait for a hash on this machine, as the settings have it.
pub(super) async fn time_hashing(settings: &Settings, keys: &Keys, findings: &mut Findings) {
    match try_hashing(settings, keys).await {
        Err(error) => findings.problem(HASHING, format!("{error:#}"), "look at codes.hasher and codes.hash_cost"),
        Ok((code, password)) => {
            let many = settings.application.per_batch;
            let found = format!(
                "a code takes {code} ms, a set of {many} about {} ms, a password {password} ms",
                code * u128::from(many)
            );
            if code.max(password) > SLOW_MS {
                findings.warn(HASHING, found, "a faster machine, or a smaller codes.hash_cost");
            } else {
                findings.ok(HASHING, found);
            }
        }
    }
}

async fn try_hashing(settings: &Settings, keys: &Keys) -> Result<(u128, u128)> {
    let hasher = code_hasher(settings, keys)?;
    let codes = OsCodes.codes(settings.application.profiles.current(), 1)?;
    let began = Instant::now();
    hasher.hash(&codes).await?;
    let code = began.elapsed().as_millis();
    let typed = SecretText::new("an example of a password".to_owned());
    let password = Password::read(&typed).context("a password can't be read")?;
    let began = Instant::now();
    Argon2Passwords::new().hash(&password).await?;
    Ok((code, began.elapsed().as_millis()))
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn what_repeats_itself_is_weak_and_what_was_drawn_is_strong() {
        assert!(bits(&"a".repeat(100)) < 1.0);
        assert!(bits("abababababababababababababababab") < 33.0);
        assert!(bits(backstop_crypto::generate_key(100).unwrap().reveal()) > 500.0);
        assert!(bits(backstop_crypto::generate_key(32).unwrap().reveal()) > 128.0);
    }
}
