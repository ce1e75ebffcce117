//! Tokens of sessions.

use backstop_application::ports::TokenMinter;
use std::collections::HashSet;

/// A token that comes back has the digest it was minted with, and so finds its session.
pub async fn a_token_has_the_same_digest_again(minter: &dyn TokenMinter) {
    for _ in 0..20 {
        let made = minter.mint().unwrap();
        assert_eq!(minter.digest(made.text.reveal()), made.digest);
        assert_eq!(minter.digest(made.text.reveal()), made.digest);
    }
}

/// Another text has another digest, also one that differs in a single letter or in case.
pub async fn another_text_has_another_digest(minter: &dyn TokenMinter) {
    let made = minter.mint().unwrap();
    let text = made.text.reveal();
    let other = if text.ends_with('a') { 'b' } else { 'a' };
    let nearly = format!("{}{other}", &text[..text.len() - 1]);
    let swapped: String =
        text.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    for other in [nearly, swapped, format!("{text} "), text[..text.len() - 1].to_owned(), String::new()] {
        assert_ne!(minter.digest(&other), made.digest, "{other:?}");
    }
}

/// "A token with 256 bits of randomness, in letters and digits": 43 of them at least, which no cookie need quote.
pub async fn a_token_is_long_and_plain(minter: &dyn TokenMinter) {
    let made = minter.mint().unwrap();
    let text = made.text.reveal();
    assert!(text.len() >= 43 && text.bytes().all(|b| b.is_ascii_alphanumeric()), "{} characters", text.len());
}

/// No two tokens are the same, nor alike in their first half.
pub async fn no_two_tokens_are_alike(minter: &dyn TokenMinter) {
    let mut halves = HashSet::new();
    for _ in 0..500 {
        let made = minter.mint().unwrap();
        let text = made.text.reveal();
        assert!(halves.insert(text[..text.len() / 2].to_owned()));
    }
}

/// The digest "tells nothing about the token": it is not the token's own bytes.
pub async fn a_digest_hides_its_token(minter: &dyn TokenMinter) {
    let made = minter.mint().unwrap();
    let text = made.text.reveal().as_bytes();
    let shows = made.digest.bytes().windows(6).any(|part| text.windows(6).any(|of_text| of_text == part));
    assert!(!shows, "a part of the token is in its digest");
}
