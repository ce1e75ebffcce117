//! Names and seals of requests that may come again.

use backstop_application::ports::{AnswerSealer, RequestName};
use backstop_domain::{IdempotencyKey, Sealed, SecretText};

const PLACE: &str = "redeem\nsomebody";
const ANSWER: &str = "redeemed 9 b9f5a2b1";

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn mine() -> IdempotencyKey {
    key("a-key-of-one-request")
}

fn said(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn content() -> SecretText {
    said("ABCDEF-GHJKLM-NPQRST")
}

fn name(sealer: &dyn AnswerSealer) -> RequestName {
    sealer.names(&mine(), PLACE, &content()).unwrap()[0]
}

fn seal(sealer: &dyn AnswerSealer) -> Sealed {
    sealer.seal_answer(&mine(), &name(sealer), &said(ANSWER)).unwrap()
}

fn contains(all: &[u8], part: &str) -> bool {
    all.windows(part.len()).any(|window| window == part.as_bytes())
}

/// "The same key, place and content have the same names".
pub async fn a_request_has_the_same_names_again(sealer: &dyn AnswerSealer) {
    let names = sealer.names(&mine(), PLACE, &content()).unwrap();
    assert!(!names.is_empty());
    assert_eq!(sealer.names(&mine(), PLACE, &content()).unwrap(), names);
}

/// "Each of them in another place or under another key has others."
pub async fn every_part_of_a_request_makes_other_names(sealer: &dyn AnswerSealer) {
    let first = name(sealer);
    let other_key = sealer.names(&key("another-key-of-that-request"), PLACE, &content()).unwrap()[0];
    assert!(other_key.place != first.place && other_key.content != first.content);
    let other_place = sealer.names(&mine(), "redeem\nanybody", &content()).unwrap()[0];
    assert_ne!(other_place.place, first.place);
    let other_content = sealer.names(&mine(), PLACE, &said("ABCDEF-GHJKLM-NPQRSU")).unwrap()[0];
    assert_eq!(other_content.place, first.place);
    assert_ne!(other_content.content, first.content);
}

/// "Neither the server alone nor the key alone can … tell what was asked."
pub async fn names_hide_what_they_name(sealer: &dyn AnswerSealer) {
    let RequestName { place, content } = name(sealer);
    assert!(!contains(&place, "somebody") && !contains(&content, "ABCDEF") && !contains(&content, "GHJKLM"));
}

/// "The answer as it was sealed".
pub async fn a_sealed_answer_opens_as_it_was(sealer: &dyn AnswerSealer) {
    let long = "ÄÖÜ ".repeat(2_000);
    for answer in [ANSWER, "", &long] {
        let copy = sealer.seal_answer(&mine(), &name(sealer), &said(answer)).unwrap();
        assert_eq!(sealer.open_answer(&mine(), &name(sealer), &copy).unwrap(), Some(said(answer)));
    }
}

/// "For the request and the key that it was sealed for".
pub async fn another_key_or_place_opens_no_answer(sealer: &dyn AnswerSealer) {
    let copy = seal(sealer);
    let elsewhere = sealer.names(&mine(), "redeem\nanybody", &content()).unwrap()[0];
    assert_eq!(sealer.open_answer(&mine(), &elsewhere, &copy).unwrap(), None);
    assert_eq!(sealer.open_answer(&key("a-key-of-one-requesT"), &name(sealer), &copy).unwrap(), None);
}

/// "Anything else is `None`, never a fault."
pub async fn a_changed_answer_does_not_open(sealer: &dyn AnswerSealer) {
    let copy = seal(sealer);
    for at in 0..copy.bytes().len() {
        let mut changed = copy.bytes().to_vec();
        changed[at] ^= 1;
        assert_eq!(sealer.open_answer(&mine(), &name(sealer), &Sealed::new(changed)).unwrap(), None, "byte {at}");
        let cut = Sealed::new(copy.bytes()[..at].to_vec());
        assert_eq!(sealer.open_answer(&mine(), &name(sealer), &cut).unwrap(), None, "cut at {at}");
    }
}

/// "Nothing of it can be read in the sealed bytes".
pub async fn sealed_bytes_hide_the_answer(sealer: &dyn AnswerSealer) {
    let copy = seal(sealer);
    for part in ["redeemed", "b9f5a2b1", "a-key-of"] {
        assert!(!contains(copy.bytes(), part), "{part}");
    }
}

/// "No two are alike."
pub async fn no_two_sealed_answers_are_alike(sealer: &dyn AnswerSealer) {
    assert_ne!(seal(sealer).bytes(), seal(sealer).bytes());
}
