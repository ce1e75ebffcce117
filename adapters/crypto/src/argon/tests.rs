use super::*;
use argon2::PasswordVerifier;
use backstop_domain::CodeProfile;
use core::{future::Future, pin::pin, task::Poll};
use std::sync::mpsc;

fn code(first: usize) -> NormalisedCode {
    let profile = CodeProfile::compact();
    let mut positions = vec![0; profile.payload_length()];
    positions[0] = first;
    profile.assemble(&positions).unwrap()
}

fn cheapest() -> HashCost {
    HashCost::new(1024, 1, 1).unwrap()
}

fn hasher() -> Argon2Hasher {
    Argon2Hasher::new(cheapest())
}

#[tokio::test]
async fn verifiers_are_standard_phc_text_and_in_order() {
    let codes: Vec<_> = (0..5).map(code).collect();
    let verifiers = hasher().hash(&codes).await.unwrap();
    assert_eq!(verifiers.len(), 5);
    for (code, verifier) in codes.iter().zip(&verifiers) {
        assert!(verifier.as_str().starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{}", verifier.as_str());
        let phc = PasswordHash::new(verifier.as_str()).unwrap();
        assert!(Argon2::default().verify_password(code.reveal().as_bytes(), &phc).is_ok());
    }
}

#[tokio::test]
async fn only_the_code_itself_verifies_and_no_two_verifiers_are_alike() {
    let hasher = hasher();
    let verifiers = hasher.hash(&[code(1), code(1)]).await.unwrap();
    assert_ne!(verifiers[0], verifiers[1]);
    assert!(hasher.verify(&code(1), &verifiers[0]).await.unwrap());
    assert!(hasher.verify(&code(1), &verifiers[1]).await.unwrap());
    assert!(!hasher.verify(&code(2), &verifiers[0]).await.unwrap());
}

#[tokio::test]
async fn a_verifier_of_another_cost_still_verifies() {
    let verifier = Argon2Hasher::new(HashCost::new(2048, 2, 2).unwrap()).hash(&[code(1)]).await.unwrap().remove(0);
    assert!(hasher().verify(&code(1), &verifier).await.unwrap());
    assert!(!hasher().verify(&code(2), &verifier).await.unwrap());
}

#[tokio::test]
async fn an_unsound_verifier_is_corrupt() {
    let salt = "c29tZXNhbHRzb21lc2FsdA";
    let output = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let sound = format!("$argon2id$v=19$m=1024,t=1,p=1${salt}${output}");
    assert!(!hasher().verify(&code(1), &Verifier::new(sound)).await.unwrap());
    for text in [
        String::new(),
        "$argon2id$".into(),
        format!("$argon2id$v=19$m=1048577,t=1,p=1${salt}${output}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1${salt}${output}"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}${output}"),
        format!("$argon2id$v=19$m=1024,t=11,p=1${salt}${output}"),
        format!("$argon2id$v=19$m=1024,t=1,p=5${salt}${output}"),
        format!("$argon2id$v=19$m=1024,t=1${salt}${output}"),
        format!("$argon2id$v=19$m=1024,t=1,p=1,keyid=AAAA${salt}${output}"),
        format!("$argon2id$v=16$m=1024,t=1,p=1${salt}${output}"),
        format!("$argon2id$m=1024,t=1,p=1${salt}${output}"),
        format!("$argon2d$v=19$m=1024,t=1,p=1${salt}${output}"),
        format!("$argon2id$v=19$m=1024,t=1,p=1${salt}$AAAAAAAAAAAAAAAAAAAAAA"),
        format!("$argon2id$v=19$m=1024,t=1,p=1${salt}"),
        format!("$argon2id$v=19$m=1024,t=1,p=1${salt}${}", "A".repeat(400)),
    ] {
        let error = hasher().verify(&code(1), &Verifier::new(text.clone())).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Corrupt, "{text}");
    }
}

#[test]
fn no_more_hashes_run_than_there_are_permits_even_when_their_callers_go_away() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let (release, held) = mpsc::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "it holds the only blocking thread, so that no hash can end")]
        let holder = tokio::task::spawn_blocking(move || held.recv());
        let hasher = Argon2Hasher::with_parallelism(cheapest(), NonZero::new(2).unwrap());
        let codes: Vec<_> = (0..5).map(code).collect();
        {
            let mut hashing = pin!(hasher.hash(&codes));
            core::future::poll_fn(|cx| {
                assert!(hashing.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            assert_eq!(hasher.permits.available_permits(), 0);
        }
        assert_eq!(hasher.permits.available_permits(), 0, "a caller that went away took its permits along");
        release.send(()).unwrap();
        holder.await.unwrap().unwrap();
        assert_eq!(hasher.hash(&codes).await.unwrap().len(), 5);
        let all = hasher.permits.acquire_many(2).await.unwrap();
        assert_eq!(all.num_permits(), 2);
    });
}
