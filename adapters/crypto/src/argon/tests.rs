use super::*;
use argon2::PasswordVerifier;
use backstop_domain::CodeProfile;
use core::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};
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

async fn poll_once<T>(mut future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Runs the test, which lets hashes end only when it calls what it is given.
fn with_hashing_held(test: impl AsyncFnOnce(Box<dyn FnOnce()>)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let (release, held) = mpsc::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "it holds the only blocking thread, so that no hash can end")]
        let holder = tokio::task::spawn_blocking(move || held.recv());
        test(Box::new(move || release.send(()).unwrap())).await;
        holder.await.unwrap().unwrap();
    });
}

/// Well formed, and of no code.
fn stored() -> Verifier {
    let text = "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    Verifier::new(text.to_owned())
}

fn with_one_processor(limits: Limits) -> Argon2Hasher {
    Argon2Hasher::limited(cheapest(), NonZero::<usize>::MIN, limits)
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
    with_hashing_held(async |release| {
        let hasher = Argon2Hasher::with_parallelism(cheapest(), NonZero::new(2).unwrap());
        let codes: Vec<_> = (0..5).map(code).collect();
        {
            let mut hashing = pin!(hasher.hash(&codes));
            assert!(poll_once(hashing.as_mut()).await.is_pending());
            assert_eq!(hasher.processors.free(), 0);
        }
        assert_eq!(hasher.processors.free(), 0, "a caller that went away took its permits along");
        release();
        assert_eq!(hasher.hash(&codes).await.unwrap().len(), 5);
        assert_eq!((hasher.processors.free(), hasher.turns.free()), (2, 1));
    });
}

#[test]
fn batches_end_in_the_order_in_which_they_came_and_a_verification_waits_for_none() {
    with_hashing_held(async |release| {
        let hasher = with_one_processor(LIMITS);
        let codes: Vec<_> = (0..8).map(code).collect();
        let stored = stored();
        let ended = RefCell::new(Vec::new());
        let mut batches = [&codes[..8], &codes[..4], &codes[..1]].map(|codes| hasher.hash(codes));
        for batch in &mut batches {
            assert!(poll_once(batch.as_mut()).await.is_pending());
        }
        let mut verification = hasher.verify(&codes[0], &stored);
        assert!(poll_once(verification.as_mut()).await.is_pending());
        let [long, medium, short] = batches;
        release();
        // Of those that end at the same time the first in this list is noted first.
        tokio::join!(
            biased;
            async {
                assert!(!verification.await.unwrap());
                ended.borrow_mut().push("verification");
            },
            async {
                assert_eq!(long.await.unwrap().len(), 8);
                ended.borrow_mut().push("long");
            },
            async {
                assert_eq!(medium.await.unwrap().len(), 4);
                ended.borrow_mut().push("medium");
            },
            async {
                assert_eq!(short.await.unwrap().len(), 1);
                ended.borrow_mut().push("short");
            },
        );
        assert_eq!(*ended.borrow(), ["verification", "long", "medium", "short"]);
    });
}

#[test]
fn more_than_may_wait_are_refused_at_once_and_who_goes_away_makes_room() {
    with_hashing_held(async |release| {
        let hasher = with_one_processor(Limits { batches: 1, verifications: 1, patience: LIMITS.patience });
        let codes: Vec<_> = (0..3).map(code).collect();
        let stored = stored();
        let mut first = hasher.hash(&codes);
        assert!(poll_once(first.as_mut()).await.is_pending());
        for _ in 0..2 {
            let (mut batch, mut verification) = (hasher.hash(&codes), hasher.verify(&codes[0], &stored));
            assert!(poll_once(batch.as_mut()).await.is_pending());
            assert!(poll_once(verification.as_mut()).await.is_pending());
            let batch = poll_once(hasher.hash(&codes).as_mut()).await.map_ok(drop);
            let verification = poll_once(hasher.verify(&codes[0], &stored).as_mut()).await.map_ok(drop);
            for outcome in [batch, verification] {
                let Poll::Ready(Err(fault)) = outcome else { panic!("not refused at once") };
                assert_eq!(fault.kind(), PortErrorKind::Unavailable);
            }
        }
        release();
        assert_eq!(first.await.unwrap().len(), 3);
    });
}
