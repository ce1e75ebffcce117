//! What our own pages do that the API does not: sign-in with a code by e-mail, forms, and forms that come again.

use crate::support::{World, attempt, attempt_from, attempts_left, caller, generation, new_user, owner_from, subject};
use backstop_application::use_cases::{
    After, AttemptError, Caller, CodeRequest, CodeSignIn, GenerateError, GenerateRequest, Proof, Whom,
};
use backstop_domain::{
    Actor, AuditKind, BatchId, RequestId, Role, SecretText, SessionChange, SessionKind, SignInMethod, guard::Limit,
};
use jiff::SignedDuration;
use uuid::Uuid;

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";

fn sign_in_from(network: u8, email: &str, code: &str) -> CodeSignIn {
    CodeSignIn {
        email: email.to_owned(),
        typed: SecretText::new(code.to_owned()),
        caller: owner_from(network),
        previous: None,
    }
}

fn sign_in(email: &str, code: &str) -> CodeSignIn {
    sign_in_from(1, email, code)
}

#[tokio::test]
async fn a_code_signs_its_owner_in_on_our_pages_and_confines_the_session() {
    let world = World::new();
    let ann = world.account_with_email("ann").await;
    let made = world.generate("ann").await;
    let code = made.codes[0].reveal();
    let signed_in = world.use_cases.sign_in_with_code.run(&sign_in(" Ann@EXAMPLE.com", code)).await.unwrap();
    let session = &signed_in.opened.session;
    assert_eq!((session.account, session.method, session.kind), (ann.id, SignInMethod::Code, SessionKind::User));
    assert!(session.confined && signed_in.redeemed.remaining == 9);
    let trail = world.trail().await;
    assert_eq!((trail[0].kind, trail[1].kind), (AuditKind::SignedIn, AuditKind::Redeemed));
    assert!(trail[..2].iter().all(|e| e.actor == Actor::Owner && e.origin.ip == Some([10, 0, 1, 1].into())));
    assert_eq!(attempts_left(world.use_cases.sign_in_with_code.run(&sign_in("ann@example.com", code)).await), 4);
}

#[tokio::test]
async fn unknown_addresses_and_wrong_codes_call_the_same_ports_in_the_same_order() {
    let world = World::new();
    let ann = world.account_with_email("ann").await;
    let made = world.generate("ann").await;
    let root = new_user("root", Role::Admin, "violet tractor moon");
    world.use_cases.create_user.run(&root, &Actor::CommandLine).await.unwrap();
    let right = made.codes[0].reveal();
    let mut causes = vec![
        ("ann@example.com", WRONG, "unknown_code"),
        ("nobody@example.com", right, "unknown_account"),
        ("no address", right, "unknown_account"),
        ("\0", right, "unknown_account"),
        ("root@example.com", right, "unknown_account"),
    ];
    let mut network = 10;
    for suspended in [false, true] {
        if suspended {
            world.suspend(&ann).await;
            causes = vec![("ann@example.com", right, "suspended")];
        }
        for (email, code, why) in &causes {
            network += 1;
            world.calls.take();
            assert_eq!(
                attempts_left(world.use_cases.sign_in_with_code.run(&sign_in_from(network, email, code)).await),
                4
            );
            let expected = [
                "accounts.by_email",
                "tagger.fingerprint",
                "guard.admit",
                "tagger.all",
                "codes.find",
                "begin_locking",
                "unit.limits",
                "tagger.fingerprint",
                "unit.audit",
                "commit",
                "guard.settle refused",
            ];
            assert_eq!(world.calls.take(), expected, "{email}");
            assert_eq!(world.trail().await[0].reason.as_deref(), Some(*why), "{email}");
        }
    }
}

#[tokio::test]
async fn a_typo_is_told_before_anything_is_asked() {
    let world = World::new();
    world.calls.take();
    let typo = world.use_cases.sign_in_with_code.run(&sign_in("ann@example.com", "short")).await;
    assert!(matches!(typo, Err(AttemptError::Typo(_))), "{typo:?}");
    assert!(world.calls.take().is_empty());
}

#[tokio::test]
async fn an_account_has_one_budget_for_codes_by_whichever_name_it_is_tried() {
    let world = World::new();
    world.account_with_email("ann").await;
    assert_eq!(attempts_left(world.use_cases.sign_in_with_code.run(&sign_in("ann@example.com", WRONG)).await), 4);
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt("ann", WRONG)).await), 3);
    let by_page =
        CodeRequest::of_owner(Whom::Subject(subject("ann")), SecretText::new(WRONG.to_owned()), owner_from(1));
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&by_page).await), 2);
    // A subject that is spelled as an address is another one.
    assert_eq!(attempts_left(world.use_cases.redeem_code.run(&attempt("ann@example.com", WRONG)).await), 4);
}

#[tokio::test]
async fn an_unknown_address_is_locked_as_a_known_one_is() {
    for email in ["ann@example.com", "nobody@example.com", "no address"] {
        let world = World::new();
        world.account_with_email("ann").await;
        for expected in (0..5).rev() {
            assert_eq!(attempts_left(world.use_cases.sign_in_with_code.run(&sign_in(email, WRONG)).await), expected);
        }
        let locked = world.use_cases.sign_in_with_code.run(&sign_in(&email.to_uppercase(), WRONG)).await;
        assert!(matches!(locked, Err(AttemptError::Locked { wait_seconds: 120, .. })), "{email}: {locked:?}");
        for network in 100..115 {
            attempts_left(world.use_cases.sign_in_with_code.run(&sign_in_from(network, email, WRONG)).await);
        }
        assert_eq!(world.trail().await[0].reason.as_deref(), Some(Limit::Account.as_str()));
        world.calls.take();
        let ceiling = world.use_cases.sign_in_with_code.run(&sign_in_from(200, email, WRONG)).await;
        assert!(matches!(ceiling, Err(AttemptError::Locked { .. })));
        let asked = ["accounts.by_email", "tagger.fingerprint", "guard.admit", "accounts.is_known_from"];
        assert_eq!(world.calls.take(), asked, "{email}");
    }
}

#[tokio::test]
async fn who_comes_from_nobody_knows_where_shares_one_network_with_all_others_like_them() {
    let world = World::new();
    let mut locked = 0;
    for n in 0..60 {
        let lost = Caller::owner(RequestId::new(Uuid::from_u128(n)), None, None);
        let request = CodeSignIn { caller: lost, ..sign_in(&format!("user{n}@example.com"), WRONG) };
        let result = world.use_cases.sign_in_with_code.run(&request).await;
        locked += u32::from(matches!(result, Err(AttemptError::Locked { .. })));
    }
    assert_eq!(locked, 10);
}

#[tokio::test]
async fn a_sign_in_with_a_code_ends_the_session_that_the_browser_had_before() {
    let world = World::new();
    world.account_with_email("ann").await;
    let made = world.generate("ann").await;
    let code = |n: usize| made.codes[n].reveal();
    let first = world.use_cases.sign_in_with_code.run(&sign_in("ann@example.com", code(0))).await.unwrap();
    let previous = Some(first.opened.token.clone());
    let again = CodeSignIn { previous, ..sign_in("ann@example.com", code(1)) };
    let second = world.use_cases.sign_in_with_code.run(&again).await.unwrap();
    let stands = async |token: &SecretText| {
        world.use_cases.resume_session.run(token.reveal(), SessionKind::User).await.unwrap().is_some()
    };
    assert!(!stands(&first.opened.token).await && stands(&second.opened.token).await);
}

#[tokio::test]
async fn only_a_password_makes_a_session_fresh_that_began_with_a_code() {
    let world = World::new();
    let user = new_user("ann", Role::User, "violet tractor moon");
    world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
    let made = world.generate("ann").await;
    let code = made.codes[0].reveal();
    let signed_in = world.use_cases.sign_in_with_code.run(&sign_in("ann@example.com", code)).await.unwrap();
    let rotate = &world.use_cases.rotate_session;
    let token = signed_in.opened.token;
    let release = async || rotate.run(token.reveal(), SessionKind::User, SessionChange::Released).await.unwrap();
    assert!(release().await.is_none(), "not before new codes are made");
    world.generate("ann").await;
    let released = release().await.unwrap();
    let fresh = async |token: &SecretText| {
        world.use_cases.resume_session.run(token.reveal(), SessionKind::User).await.unwrap().unwrap().fresh
    };
    assert!(!fresh(&released.token).await);
    world.clock.advance(SignedDuration::from_secs(1));
    let proof = Proof {
        session_token: released.token,
        kind: SessionKind::User,
        password: SecretText::new("violet tractor moon".into()),
        caller: owner_from(1),
    };
    assert!(fresh(&world.use_cases.prove_again.run(&proof).await.unwrap().token).await);
}

#[tokio::test]
async fn a_form_makes_codes_once() {
    let world = World::new().with_rules(crate::support::RULES);
    world.account("ann").await;
    let form = |after| GenerateRequest { after, ..generation("ann") };
    let run = async |after| world.use_cases.generate_batch.run(&form(after)).await;
    let first = run(After::NoSet).await.unwrap();
    let wait = async || world.known("ann").await.unwrap().generation;
    let before = wait().await;
    for after in [After::NoSet, After::Set(BatchId::new(Uuid::from_u128(1)))] {
        assert!(matches!(run(after).await, Err(GenerateError::Stale)));
    }
    assert_eq!(wait().await, before, "a reload makes no wait longer");
    assert!(matches!(run(After::Set(first.batch.id)).await, Err(GenerateError::Waiting { .. })));
    world.clock.advance(SignedDuration::from_hours(1));
    assert!(matches!(run(After::NoSet).await, Err(GenerateError::Stale)));
    let second = run(After::Set(first.batch.id)).await.unwrap();
    // Also when no set stands any more.
    let how = backstop_application::ports::Revocation::Delete;
    world.use_cases.revoke_batch.run(&subject("ann"), second.batch.id, how, &caller()).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    assert!(matches!(run(After::Set(first.batch.id)).await, Err(GenerateError::Stale)));
    assert!(run(After::Set(second.batch.id)).await.is_ok());
}

#[tokio::test]
async fn a_form_that_is_stale_settles_no_duty() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    world.use_cases.redeem_code.run(&attempt_from(2, "ann", made.codes[0].reveal())).await.unwrap();
    let stale = GenerateRequest { after: After::NoSet, ..generation("ann") };
    assert!(matches!(world.use_cases.generate_batch.run(&stale).await, Err(GenerateError::Stale)));
    let shown = world.use_cases.show_account.run(&subject("ann")).await.unwrap();
    assert!(shown.duties.contains(backstop_domain::Duty::NewCodes));
}

#[tokio::test]
async fn a_form_fits_the_browser_it_was_drawn_for_and_no_other() {
    let world = World::new();
    let tokens = &world.use_cases.form_tokens;
    let [mine, theirs] = ["mine", "theirs"].map(|text| SecretText::new(text.into()));
    let token = tokens.issue(&mine);
    assert!(tokens.fits(&mine, &token) && !tokens.fits(&theirs, &token));
    assert_eq!(token, tokens.issue(&mine));
    assert_ne!(token, tokens.issue(&theirs));
    assert!(token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()) && !token.contains("mine"));
    for bad in ["", "mine", &token[1..], &token.to_uppercase(), &format!("{token}0")] {
        assert!(!tokens.fits(&mine, bad), "{bad}");
    }
}
