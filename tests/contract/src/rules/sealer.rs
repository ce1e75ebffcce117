//! Seals: only the token and the server's key together open them.

use crate::fixture::uuid;
use backstop_application::ports::{Opened, Sealer};
use backstop_domain::{BatchId, DeliveryToken, Sealed, SecretText};
use std::collections::HashSet;

fn codes(count: usize) -> Vec<SecretText> {
    (0..count).map(|nth| SecretText::new(format!("ABCDEF-GHJKLM-{nth:06}"))).collect()
}

fn token(sealer: &dyn Sealer) -> DeliveryToken {
    sealer.mint().unwrap().token
}

fn near(token: &DeliveryToken) -> DeliveryToken {
    let mut text = token.reveal().to_owned();
    let last = if text.pop() == Some('a') { 'b' } else { 'a' };
    text.push(last);
    DeliveryToken::parse(SecretText::new(text)).unwrap()
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// "The codes as they were sealed, in the same order".
pub async fn sealed_codes_open_as_they_were(sealer: &dyn Sealer) {
    let batch = BatchId::new(uuid());
    for count in [1, 2, 50] {
        let (token, mut codes) = (token(sealer), codes(count));
        codes.reverse();
        let copy = sealer.seal(batch, &token, &codes).unwrap();
        assert_eq!(sealer.open(batch, &token, &copy).unwrap(), Opened::Codes(codes));
    }
}

/// "For … the token that they were sealed for", and not for one that differs in its last symbol.
pub async fn another_token_opens_nothing(sealer: &dyn Sealer) {
    let batch = BatchId::new(uuid());
    let right = token(sealer);
    let copy = sealer.seal(batch, &right, &codes(2)).unwrap();
    for wrong in [token(sealer), near(&right)] {
        assert_eq!(sealer.open(batch, &wrong, &copy).unwrap(), Opened::Shut);
    }
}

/// "For the batch … that they were sealed for": a copy that was moved to another batch does not open.
pub async fn another_batch_opens_nothing(sealer: &dyn Sealer) {
    let token = token(sealer);
    let copy = sealer.seal(BatchId::new(uuid()), &token, &codes(2)).unwrap();
    assert_eq!(sealer.open(BatchId::new(uuid()), &token, &copy).unwrap(), Opened::Shut);
}

/// Bytes that were changed, cut, made longer or never sealed are "`Shut`, never a fault".
pub async fn what_was_changed_does_not_open(sealer: &dyn Sealer) {
    let (batch, token) = (BatchId::new(uuid()), token(sealer));
    let copy = sealer.seal(batch, &token, &codes(2)).unwrap().bytes().to_vec();
    let changed = (0..copy.len()).map(|place| {
        let mut bytes = copy.clone();
        bytes[place] ^= 1;
        bytes
    });
    let cut = (0..copy.len()).map(|length| copy[..length].to_vec());
    let longer = [[&copy[..], &[0]].concat(), [&[0], &copy[..]].concat(), vec![0; 300], vec![255; 300]];
    for bytes in changed.chain(cut).chain(longer) {
        let shown = format!("{bytes:?}");
        assert_eq!(sealer.open(batch, &token, &Sealed::new(bytes)).unwrap(), Opened::Shut, "{shown}");
    }
}

/// "Nothing of them can be read in the sealed bytes", nor of the token.
pub async fn sealed_bytes_hide_codes_and_token(sealer: &dyn Sealer) {
    let (batch, token, codes) = (BatchId::new(uuid()), token(sealer), codes(10));
    let copy = sealer.seal(batch, &token, &codes).unwrap();
    for code in &codes {
        assert!(!code.reveal().as_bytes().windows(4).any(|part| contains(copy.bytes(), part)));
    }
    assert!(!token.reveal().as_bytes().windows(4).any(|part| contains(copy.bytes(), part)));
}

/// "No two are alike", of the same codes for the same batch and token.
pub async fn no_two_seals_are_alike(sealer: &dyn Sealer) {
    let (batch, token, codes) = (BatchId::new(uuid()), token(sealer), codes(3));
    let mut seen = HashSet::new();
    for _ in 0..100 {
        assert!(seen.insert(sealer.seal(batch, &token, &codes).unwrap().bytes().to_vec()));
    }
}

/// A token matches its own digest; another one, and one that differs in its last symbol, does not.
pub async fn a_token_matches_its_digest_only(sealer: &dyn Sealer) {
    let (one, other) = (sealer.mint().unwrap(), sealer.mint().unwrap());
    assert!(sealer.matches(&one.token, &one.digest));
    assert!(!sealer.matches(&one.token, &other.digest));
    assert!(!sealer.matches(&near(&one.token), &one.digest));
    let mut digest = one.digest;
    digest[31] ^= 1;
    assert!(!sealer.matches(&one.token, &digest));
}

/// "256 bits of randomness": no two tokens are the same, and no symbol of them is fixed.
pub async fn no_two_tokens_are_the_same(sealer: &dyn Sealer) {
    let tokens: HashSet<String> = (0..500).map(|_| token(sealer).reveal().to_owned()).collect();
    assert_eq!(tokens.len(), 500);
    for place in 0..DeliveryToken::LENGTH {
        let symbols: HashSet<u8> = tokens.iter().map(|token| token.as_bytes()[place]).collect();
        assert!(symbols.len() > 10, "symbol {place} hardly changes");
    }
}

/// "A digest that it can't be found from": nothing of the token is in it.
pub async fn a_digest_hides_its_token(sealer: &dyn Sealer) {
    let made = sealer.mint().unwrap();
    assert!(!made.token.reveal().as_bytes().windows(4).any(|part| contains(&made.digest, part)));
}
