//! Lookup tags: the same for the same code of the same account, and for nothing else.

use crate::fixture::typed_code;
use backstop_application::ports::Tagger;
use backstop_domain::AccountId;
use std::collections::HashSet;
use uuid::Uuid;

fn account(number: u128) -> AccountId {
    AccountId::new(Uuid::from_u128(number))
}

/// A code gets the same tag each time, or it would not be found.
pub async fn a_code_has_one_current_tag(tagger: &dyn Tagger) {
    assert_eq!(tagger.current(account(1), &typed_code(1)), tagger.current(account(1), &typed_code(1)));
}

/// Other codes and other accounts have other tags.
pub async fn tags_differ_by_account_and_code(tagger: &dyn Tagger) {
    let mut tags = HashSet::new();
    for owner in 1..=8 {
        for code in 0..8 {
            assert!(tags.insert(tagger.current(account(owner), &typed_code(code))));
        }
    }
}

/// "The tags under every key, for finding", with the current one among them, for each of the codes.
pub async fn all_tags_have_the_current_one(tagger: &dyn Tagger) {
    let codes = [typed_code(1), typed_code(2)];
    let all = tagger.all(account(1), &codes);
    for code in &codes {
        assert!(all.contains(&tagger.current(account(1), code)));
    }
    let keys: HashSet<_> = all.iter().map(|t| t.key.clone()).collect();
    assert_eq!(all.len(), keys.len() * codes.len(), "each code has a tag under each key");
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert_eq!(tagger.all(account(1), &[]), []);
}

/// A fingerprint is the same for the same text, and another for any other; it is no tag.
pub async fn a_fingerprint_stands_for_its_text(tagger: &dyn Tagger) {
    let texts = ["", "a", "A", "b", "ab", "é", "e\u{301}"];
    let prints: HashSet<_> = texts.iter().map(|text| tagger.fingerprint(text)).collect();
    assert_eq!(prints.len(), texts.len());
    assert_eq!(tagger.fingerprint("a"), tagger.fingerprint("a"));
    let code = typed_code(1);
    assert_ne!(tagger.fingerprint(code.reveal()), tagger.current(account(1), &code).bytes);
}
