//! What an attempt with a code may and may not do.

use crate::support::{World, attempt, attempt_from, attempts_left, generation};
use backstop_application::{
    ports::{PortErrorKind, Revocation},
    use_cases::{AttemptError, VerifySetupError},
};
use backstop_domain::{AuditKind, CodeProfile, CodeStatus, Duty, Typo};
use jiff::SignedDuration;

#[tokio::test]
async fn a_code_signs_its_owner_in_exactly_once() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let code = made.codes[3].reveal();
    let redeemed = world.use_cases.redeem_code.run(&attempt("ann", code)).await.unwrap();
    assert_eq!(redeemed.remaining, 9);
    assert!(redeemed.duties.contains(Duty::NewCodes) && redeemed.duties.contains(Duty::EnrolAuthenticator));
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt("ann", code)).await), 4);
    let batch = world.batch("ann").await.unwrap();
    assert_eq!((batch.counters.used, batch.counters.live()), (1, 9));
    let kinds: Vec<AuditKind> = world.trail().await.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [AuditKind::RedeemRefused, AuditKind::Redeemed, AuditKind::Generated, AuditKind::AccountCreated]);
}

#[tokio::test]
async fn every_cause_of_a_refusal_calls_the_same_ports_in_the_same_order() {
    let world = World::new();
    let ann = world.account("ann").await;
    world.account("bob").await;
    let old = world.generate("ann").await;
    let other = world.generate("bob").await;
    let mut request = generation("ann");
    request.expires_in_days = Some(1);
    let made = world.use_cases.generate_batch.run(&request).await.unwrap();
    let code = |n: usize| made.codes[n].reveal();
    world.use_cases.redeem_code.run(&attempt_from(1, "ann", code(0))).await.unwrap();
    world.use_cases.revoke_code.run(&attempt_from(2, "ann", code(1)), Revocation::Invalidate).await.unwrap();
    world.use_cases.revoke_code.run(&attempt_from(3, "ann", code(2)), Revocation::Delete).await.unwrap();
    let mut sequences = Vec::new();
    let refused = async |network: u8, name: &str, code: &str| {
        world.calls.take();
        assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt_from(network, name, code)).await), 4);
        (world.trail().await[0].reason.clone().unwrap().into_owned(), world.calls.take())
    };
    sequences.push(refused(10, "nobody", code(3)).await);
    sequences.push(refused(11, "ann", other.codes[0].reveal()).await);
    sequences.push(refused(12, "ann", code(0)).await);
    sequences.push(refused(13, "ann", code(1)).await);
    sequences.push(refused(14, "ann", code(2)).await);
    sequences.push(refused(15, "ann", old.codes[0].reveal()).await);
    world.clock.advance(SignedDuration::from_hours(24));
    sequences.push(refused(16, "ann", code(3)).await);
    world.generate("ann").await;
    world.suspend(&ann).await;
    sequences.push(refused(17, "ann", code(4)).await);

    let reasons: Vec<&str> = sequences.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["unknown_account", "unknown_code", "used", "invalidated", "deleted", "invalidated", "expired", "suspended"]
    );
    for (reason, calls) in &sequences {
        let expected = [
            "tagger.fingerprint",
            "guard.admit",
            "accounts.by_subject",
            "tagger.all",
            "codes.find",
            "begin_locking",
            "unit.limits",
            "tagger.fingerprint",
            "unit.audit",
            "commit",
            "guard.settle refused",
        ];
        assert_eq!(*calls, expected, "{reason}");
    }
}

#[tokio::test]
async fn a_typo_touches_neither_guard_nor_store() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    world.calls.take();
    let typed = &made.codes[0].reveal()[1..];
    let result = world.use_cases.redeem_code.run(&attempt("ann", typed)).await;
    assert!(matches!(result, Err(AttemptError::Typo(Typo::WrongLength { found: 35, expected: 36 }))), "{result:?}");
    assert!(world.calls.take().is_empty());
}

#[tokio::test]
async fn a_typo_is_told_even_during_a_lock() {
    let world = World::new();
    for _ in 0..5 {
        attempts_left(world.use_cases.redeem_code.run(&attempt("nobody", &"A".repeat(36))).await);
    }
    let locked = world.use_cases.redeem_code.run(&attempt("nobody", &"A".repeat(36))).await;
    assert!(matches!(locked, Err(AttemptError::Locked { .. })));
    let typo = world.use_cases.redeem_code.run(&attempt("nobody", "short")).await;
    assert!(matches!(typo, Err(AttemptError::Typo(_))));
}

#[tokio::test]
async fn the_last_wrong_code_locks_and_a_right_one_works_after_the_wait() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    for left in (0..5).rev() {
        assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt("ann", &"A".repeat(36))).await), left);
    }
    assert_eq!(world.trail().await[0].kind, AuditKind::Locked);
    world.calls.take();
    let right = attempt("ann", made.codes[0].reveal());
    match world.use_cases.redeem_code.run(&right).await {
        Err(AttemptError::Locked { wait_seconds, .. }) => assert_eq!(wait_seconds, 120),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.calls.take(), ["tagger.fingerprint", "guard.admit"]);
    world.clock.advance(SignedDuration::from_secs(120));
    assert_eq!(world.use_cases.redeem_code.run(&right).await.unwrap().remaining, 9);
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&right).await), 4);
}

#[tokio::test]
async fn a_lock_holds_for_one_network_only() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    for _ in 0..6 {
        let _ = world.use_cases.redeem_code.run(&attempt_from(1, "ann", &"A".repeat(36))).await;
    }
    assert!(world.use_cases.redeem_code.run(&attempt_from(2, "ann", made.codes[0].reveal())).await.is_ok());
}

#[tokio::test]
async fn a_code_is_refused_from_the_instant_it_expires() {
    let world = World::new();
    world.account("ann").await;
    let mut request = generation("ann");
    request.expires_in_days = Some(1);
    let made = world.use_cases.generate_batch.run(&request).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert!(world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.is_ok());
    world.clock.advance(SignedDuration::from_micros(1));
    attempts_left(world.use_cases.redeem_code.run(&attempt("ann", made.codes[1].reveal())).await);
}

#[tokio::test]
async fn codes_of_a_forgiving_profile_are_read_as_people_type_them() {
    let world = World::with_profile(CodeProfile::readable());
    world.account("ann").await;
    let made = world.generate("ann").await;
    let typed = format!(" {} . ", made.codes[0].reveal().to_lowercase().replace('-', " — "));
    assert_eq!(world.use_cases.redeem_code.run(&attempt("ann", &typed)).await.unwrap().remaining, 9);
}

#[tokio::test]
async fn the_set_up_is_verified_once_without_using_the_code() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let code = made.codes[0].reveal();
    let wrong = world.use_cases.verify_setup.run(&attempt("ann", &"A".repeat(36))).await;
    assert!(matches!(wrong, Err(VerifySetupError::Attempt(AttemptError::Refused { attempts_left: 4, .. }))));
    world.use_cases.verify_setup.run(&attempt("ann", code)).await.unwrap();
    assert_eq!(world.batch("ann").await.unwrap().counters.live(), 10);
    world.calls.take();
    for typed in [code.to_owned(), "A".repeat(36)] {
        let again = world.use_cases.verify_setup.run(&attempt("ann", &typed)).await;
        assert!(matches!(again, Err(VerifySetupError::AlreadyVerified)), "{again:?}");
    }
    assert!(!world.calls.take().contains(&"hasher.verify"));
    world.generate("ann").await;
    let later = world.use_cases.verify_setup.run(&attempt("ann", code)).await;
    assert!(matches!(later, Err(VerifySetupError::AlreadyVerified)));
    assert!(world.use_cases.redeem_code.run(&attempt("nobody", code)).await.is_err());
}

#[tokio::test]
async fn redeem_verify_invalidate_and_delete_share_one_budget() {
    let world = World::new();
    world.account("ann").await;
    let wrong = attempt("ann", &"A".repeat(36));
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&wrong).await), 4);
    assert!(world.use_cases.verify_setup.run(&wrong).await.is_err());
    assert_eq!(attempts_left(world.use_cases.revoke_code.run(&wrong, Revocation::Invalidate).await), 2);
    assert_eq!(attempts_left(world.use_cases.revoke_code.run(&wrong, Revocation::Delete).await), 1);
}

#[tokio::test]
async fn a_code_is_taken_back_by_typing_it() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let typed = attempt("ann", made.codes[0].reveal());
    let run = async |how| world.use_cases.revoke_code.run(&typed, how).await.unwrap();
    let first = run(Revocation::Invalidate).await;
    assert_eq!((first.changed, first.status, first.batch.counters.invalidated), (true, CodeStatus::Invalidated, 1));
    let again = run(Revocation::Invalidate).await;
    assert_eq!((again.changed, again.status, again.batch.counters.invalidated), (false, CodeStatus::Invalidated, 1));
    let deleted = run(Revocation::Delete).await;
    assert_eq!((deleted.changed, deleted.status), (true, CodeStatus::Deleted));
    assert_eq!((deleted.batch.counters.invalidated, deleted.batch.counters.removed), (0, 1));
    assert!(!run(Revocation::Delete).await.changed);
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&typed).await), 4);
}

#[tokio::test]
async fn a_fault_of_ours_costs_no_attempt() {
    mockall::mock! {
        Broken {}
        #[async_trait::async_trait]
        impl backstop_application::ports::Hasher for Broken {
            async fn hash(
                &self,
                codes: &[backstop_domain::NormalisedCode],
            ) -> backstop_application::ports::PortResult<Vec<backstop_domain::Verifier>>;
            async fn verify(
                &self,
                code: &backstop_domain::NormalisedCode,
                verifier: &backstop_domain::Verifier,
            ) -> backstop_application::ports::PortResult<bool>;
        }
    }
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let mut broken = MockBroken::new();
    broken.expect_verify().returning(|_, _| Err(crate::support::broken()));
    let world = world.with_hasher(std::sync::Arc::new(broken));
    for _ in 0..20 {
        match world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await {
            Err(AttemptError::Fault(fault)) => assert_eq!(fault.kind(), PortErrorKind::Unavailable),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt("ann", &"A".repeat(36))).await), 4);
}

#[tokio::test]
async fn a_guard_that_can_not_be_told_takes_no_success_back() {
    mockall::mock! {
        Deaf {}
        #[async_trait::async_trait]
        impl backstop_application::ports::Guard for Deaf {
            async fn admit(
                &self,
                attempt: &backstop_application::ports::Attempt,
                now: backstop_domain::Timestamp,
            ) -> backstop_application::ports::PortResult<backstop_domain::guard::Admission>;
            async fn settle(
                &self,
                attempt: &backstop_application::ports::Attempt,
                slot: &backstop_domain::guard::Slot,
                verdict: backstop_domain::guard::Verdict,
            ) -> backstop_application::ports::PortResult<()>;
        }
    }
    let mut world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let mut deaf = MockDeaf::new();
    deaf.expect_admit()
        .returning(|_, now| Ok(backstop_domain::guard::Kept::default().admit(&crate::support::RULES, false, now)));
    deaf.expect_settle().returning(|_, _, _| Err(crate::support::broken()));
    world.ports.guard = std::sync::Arc::new(deaf);
    let cases = backstop_application::UseCases::assemble(&world.ports, &world.settings);
    assert_eq!(cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap().remaining, 9);
    assert_eq!(attempts_left(cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await), 4);
}
