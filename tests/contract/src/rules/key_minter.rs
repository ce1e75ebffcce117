//! API keys.

use backstop_application::ports::KeyMinter;
use backstop_domain::{ClientKeyId, KeyText, SecretText};
use std::collections::HashSet;
use uuid::Uuid;

fn id(number: u128) -> ClientKeyId {
    ClientKeyId::new(Uuid::from_u128(number))
}

/// A key reads back as itself, carries its id, and matches its own digest.
pub async fn a_key_matches_its_digest(minter: &dyn KeyMinter) {
    let made = minter.mint(id(7)).unwrap();
    assert_eq!(made.text.id, id(7));
    let read = KeyText::parse(made.text.reveal().reveal()).unwrap();
    assert_eq!(read, made.text);
    assert!(minter.matches(&read, &made.digest));
}

/// Another key, and a key that differs in its last symbol, does not match.
pub async fn another_key_does_not_match(minter: &dyn KeyMinter) {
    let (one, other) = (minter.mint(id(1)).unwrap(), minter.mint(id(1)).unwrap());
    assert!(!minter.matches(&one.text, &other.digest));
    let mut secret = one.text.secret.reveal().to_owned();
    let last = if secret.pop() == Some('a') { 'b' } else { 'a' };
    secret.push(last);
    let near = KeyText { id: one.text.id, secret: SecretText::new(secret) };
    assert!(!minter.matches(&near, &one.digest));
    let mut digest = one.digest;
    digest[31] ^= 1;
    assert!(!minter.matches(&one.text, &digest));
}

/// "256 bits of randomness": no two keys are the same, and a secret has room for that many bits.
pub async fn no_two_keys_are_the_same(minter: &dyn KeyMinter) {
    let mut secrets = HashSet::new();
    for _ in 0..500 {
        let made = minter.mint(id(1)).unwrap();
        let secret = made.text.secret.reveal();
        assert!(secret.len() >= 43, "fewer symbols than 256 bits need");
        assert!(secrets.insert(secret.to_owned()));
    }
    for place in 0..43 {
        let symbols: HashSet<u8> = secrets.iter().map(|s| s.as_bytes()[place]).collect();
        assert!(symbols.len() > 10, "symbol {place} hardly changes");
    }
}

/// A digest has nothing of its key in clear.
pub async fn a_digest_hides_its_key(minter: &dyn KeyMinter) {
    let made = minter.mint(id(1)).unwrap();
    let secret = made.text.secret.reveal().as_bytes();
    assert!(!secret.windows(8).any(|part| made.digest.windows(8).any(|d| d == part)));
}
