//! Hashers: what may be stored, and nothing that fits by chance.

use crate::fixture::typed_code;
use backstop_application::ports::{Hasher, PortErrorKind};
use backstop_domain::{NormalisedCode, Verifier};

fn codes(count: usize) -> Vec<NormalisedCode> {
    (0..count).map(typed_code).collect()
}

/// "One verifier a code, in the same order."
pub async fn there_is_one_verifier_a_code_in_order(hasher: &dyn Hasher) {
    let codes = codes(5);
    let verifiers = hasher.hash(&codes).await.unwrap();
    assert_eq!(verifiers.len(), codes.len());
    for (code, verifier) in codes.iter().zip(&verifiers) {
        assert!(hasher.verify(code, verifier).await.unwrap());
    }
    assert!(hasher.hash(&[]).await.unwrap().is_empty());
}

/// "Two verifiers of one code differ", within a batch and between batches.
pub async fn two_verifiers_of_one_code_differ(hasher: &dyn Hasher) {
    let twice = [typed_code(1), typed_code(1)];
    let mut verifiers = hasher.hash(&twice).await.unwrap();
    verifiers.extend(hasher.hash(&twice[..1]).await.unwrap());
    for (at, verifier) in verifiers.iter().enumerate() {
        assert!(!verifiers[..at].contains(verifier));
        assert!(hasher.verify(&twice[0], verifier).await.unwrap());
    }
}

/// "Whether the verifier was made from this code", and not from one that differs in a symbol.
pub async fn another_code_does_not_fit(hasher: &dyn Hasher) {
    let codes = codes(4);
    let verifiers = hasher.hash(&codes).await.unwrap();
    for (mine, code) in codes.iter().enumerate() {
        for (other, verifier) in verifiers.iter().enumerate() {
            assert_eq!(hasher.verify(code, verifier).await.unwrap(), mine == other);
        }
    }
}

/// A verifier has nothing of its code in clear.
pub async fn a_verifier_hides_its_code(hasher: &dyn Hasher) {
    let code = typed_code(5);
    let verifiers = hasher.hash(core::slice::from_ref(&code)).await.unwrap();
    let text = verifiers[0].as_str().to_lowercase();
    assert!(!text.contains(&code.reveal().to_lowercase()));
    assert!(!text.contains(&code.reveal()[1..].to_lowercase()));
}

/// "A verifier that can't be read … is a fault of kind `Corrupt`", never a refusal.
pub async fn an_unreadable_verifier_is_corrupt(hasher: &dyn Hasher) {
    let code = typed_code(1);
    let made = hasher.hash(core::slice::from_ref(&code)).await.unwrap();
    let cut = made[0].as_str()[..made[0].as_str().len() / 2].to_owned();
    for text in [String::new(), "garbage".into(), "$".into(), "$unknown$v=1$x$y".into(), cut, "é$🜁".into()] {
        let fault = hasher.verify(&code, &Verifier::new(text.clone())).await.expect_err(&text);
        assert_eq!(fault.kind(), PortErrorKind::Corrupt, "{text}");
    }
}

/// A verifier that "asks for more work than is sound, is a fault of kind `Corrupt`".
pub async fn a_verifier_that_asks_for_too_much_work_is_corrupt(hasher: &dyn Hasher) {
    let greedy = "$argon2id$v=19$m=4294967295,t=4294967295,p=1$c29tZXNhbHRzb21lc2FsdA\
                  $MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";
    let fault = hasher.verify(&typed_code(1), &Verifier::new(greedy.to_owned())).await.expect_err("too much work");
    assert_eq!(fault.kind(), PortErrorKind::Corrupt);
}
