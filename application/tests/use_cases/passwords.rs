//! Signing in with a password, proving it again, and changing it.

use crate::support::{World, caller, new_user, owner, owner_from, subject};
use backstop_application::{
    Ports, UseCases,
    ports::{AuditReader as _, Storage as _},
    use_cases::{
        ChangePasswordError, CreateUserError, Opened, PasswordChange, PasswordError, PasswordSignIn, Proof,
        SetPasswordError, Whom,
    },
};
use backstop_domain::{
    Account, Actor, AddressKey, AuditKind, BadPassword, NoticeKind, Role, SecretText, SessionKind, SignInMethod,
};
use backstop_memory::MemorySessions;
use jiff::SignedDuration;
use std::sync::Arc;

const RIGHT: &str = "violet tractor moon";
const OTHER: &str = "seven quiet harbours";
const WRONG: &str = "yellow tractor moon";

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}

fn sign_in_from(network: u8, name: &str, password: &str) -> PasswordSignIn {
    PasswordSignIn {
        email: email(name),
        password: secret(password),
        caller: owner_from(network),
        previous: None,
        kind: SessionKind::User,
    }
}

fn sign_in(name: &str, password: &str) -> PasswordSignIn {
    sign_in_from(1, name, password)
}

impl World {
    async fn user(&self, name: &str) -> Account {
        let user = new_user(name, Role::User, RIGHT);
        self.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap()
    }

    async fn enter(&self, name: &str) -> Opened {
        self.use_cases.sign_in_with_password.run(&sign_in(name, RIGHT)).await.unwrap()
    }

    async fn stands(&self, token: &SecretText) -> bool {
        self.use_cases.resume_session.run(token.reveal(), SessionKind::User).await.unwrap().is_some()
    }

    async fn why(&self) -> (AuditKind, String) {
        let entry = self.trail().await.remove(0);
        (entry.kind, entry.reason.map(std::borrow::Cow::into_owned).unwrap_or_default())
    }
}

#[track_caller]
fn left<T: std::fmt::Debug>(result: Result<T, PasswordError>) -> u32 {
    match result {
        Err(PasswordError::Refused { attempts_left, .. }) => attempts_left,
        other => panic!("{other:?}"),
    }
}

fn change(session: &Opened, old: &str, new: &str) -> PasswordChange {
    PasswordChange {
        session_token: session.token.clone(),
        kind: SessionKind::User,
        old: secret(old),
        new: secret(new),
        caller: owner(),
    }
}

fn proof(session: &Opened, password: &str) -> Proof {
    Proof { session_token: session.token.clone(), kind: SessionKind::User, password: secret(password), caller: owner() }
}

#[tokio::test]
async fn a_password_signs_its_owner_in() {
    let world = World::new();
    let ann = world.user("ann").await;
    let opened = world.enter("ann").await;
    let session = &opened.session;
    assert_eq!((session.account, session.method, session.confined), (ann.id, SignInMethod::Password, false));
    let resumed = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(resumed.fresh);
    let entry = &world.trail().await[0];
    assert_eq!((entry.kind, &entry.actor, entry.account), (AuditKind::SignedIn, &Actor::Owner, Some(ann.id)));
    assert_eq!(entry.origin.ip, Some([10, 0, 1, 1].into()));
    let upper = PasswordSignIn { email: " ANN@Example.com ".into(), ..sign_in("ann", RIGHT) };
    assert!(world.use_cases.sign_in_with_password.run(&upper).await.is_ok());
}

#[tokio::test]
async fn every_cause_of_a_refused_password_calls_the_same_ports_in_the_same_order() {
    let world = World::new();
    world.user("ann").await;
    world.account_with_email("bob").await;
    let worn = world.user("eve").await;
    let mut unit = world.store.begin_locking(worn.id).await.unwrap();
    for _ in 0..100 {
        unit.passwords().fail(worn.id).await.unwrap();
    }
    unit.commit().await.unwrap();
    let console = PasswordSignIn { kind: SessionKind::Console, ..sign_in("ann", WRONG) };
    let too_long = "x".repeat(2_000);
    let causes = [
        (sign_in("nobody", RIGHT), "unknown_account"),
        (PasswordSignIn { email: "no address\0".into(), ..sign_in("", RIGHT) }, "unknown_account"),
        (sign_in("bob", RIGHT), "no_password"),
        (sign_in("ann", WRONG), "wrong_password"),
        (sign_in("ann", ""), "wrong_password"),
        (sign_in("ann", &too_long), "wrong_password"),
        (sign_in("eve", RIGHT), "too_many_failures"),
        (console, "wrong_password"),
    ];
    for (network, (mut request, why)) in (10..).zip(causes) {
        request.caller = owner_from(network);
        world.calls.take();
        assert_eq!(left(world.use_cases.sign_in_with_password.run(&request).await), 4, "{why}");
        let expected = [
            "accounts.by_email",
            "tagger.fingerprint",
            "guard.admit",
            "accounts.password",
            "passwords.verify",
            "begin_locking",
            "unit.accounts",
            "unit.passwords",
            "unit.passwords",
            "tagger.fingerprint",
            "unit.audit",
            "commit",
            "guard.settle refused",
        ];
        assert_eq!(world.calls.take(), expected, "{why}");
        assert_eq!(world.why().await, (AuditKind::PasswordRefused, why.to_owned()));
    }
    let trail = format!("{:?}", world.trail().await);
    assert!(!trail.contains(RIGHT) && !trail.contains(WRONG) && !trail.contains("no address"));
}

#[tokio::test]
async fn a_password_is_looked_at_exactly_once() {
    let world = World::new();
    world.user("ann").await;
    for (name, password) in [("ann", RIGHT), ("ann", WRONG), ("nobody", WRONG)] {
        world.calls.take();
        let _ = world.use_cases.sign_in_with_password.run(&sign_in(name, password)).await;
        let looks = world.calls.take().into_iter().filter(|call| call.starts_with("passwords.")).count();
        assert_eq!(looks, 1, "{name}");
    }
}

#[tokio::test]
async fn wrong_passwords_lock_and_the_codes_have_a_budget_of_their_own() {
    for name in ["ann", "nobody"] {
        let world = World::new();
        world.user("ann").await;
        for expected in (0..5).rev() {
            assert_eq!(left(world.use_cases.sign_in_with_password.run(&sign_in(name, WRONG)).await), expected);
        }
        assert_eq!(world.why().await, (AuditKind::Locked, "pair".to_owned()));
        world.calls.take();
        let locked = world.use_cases.sign_in_with_password.run(&sign_in(name, RIGHT)).await;
        assert!(matches!(locked, Err(PasswordError::Locked { wait_seconds: 120, .. })), "{locked:?}");
        assert!(!world.calls.take().contains(&"passwords.verify"));
        let code = world.use_cases.redeem_code.run(&crate::support::attempt(name, &"A".repeat(36))).await;
        assert!(matches!(code, Err(backstop_application::use_cases::AttemptError::Refused { attempts_left: 4, .. })));
        world.clock.advance(SignedDuration::from_secs(120));
        let after = world.use_cases.sign_in_with_password.run(&sign_in(name, RIGHT)).await;
        assert_eq!(after.is_ok(), name == "ann");
    }
}

#[tokio::test]
async fn a_hundred_wrong_passwords_in_a_row_wear_it_out_until_it_is_set_anew() {
    let world = World::new();
    let ann = world.user("ann").await;
    for n in 0..100 {
        world.clock.advance(SignedDuration::from_hours(2));
        if n == 99 {
            // One that is right in between.
            assert!(world.use_cases.sign_in_with_password.run(&sign_in_from(9, "ann", RIGHT)).await.is_ok());
        }
        left(world.use_cases.sign_in_with_password.run(&sign_in("ann", WRONG)).await);
        world.clock.advance(SignedDuration::from_hours(25));
    }
    assert!(world.use_cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await.is_ok(), "they were not in a row");
    for _ in 0..100 {
        world.clock.advance(SignedDuration::from_hours(25));
        left(world.use_cases.sign_in_with_password.run(&sign_in("ann", WRONG)).await);
    }
    world.clock.advance(SignedDuration::from_hours(25));
    left(world.use_cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await);
    assert_eq!(world.why().await.1, "too_many_failures");
    assert_eq!(world.known("ann").await.unwrap().suspended, None, "the codes are another authenticator");
    world.use_cases.set_password.run(&Whom::Subject(ann.subject), &secret(OTHER), &Actor::CommandLine).await.unwrap();
    assert!(world.use_cases.sign_in_with_password.run(&sign_in_from(8, "ann", OTHER)).await.is_ok());
}

#[tokio::test]
async fn a_password_that_wears_out_is_written_down_and_told_once() {
    let world = World::new();
    world.user("ann").await;
    let worn_out = async || {
        world.work().await;
        let entries = world.store.newest(None, 1_000).await.unwrap();
        let written: Vec<_> = entries.into_iter().filter(|entry| entry.kind == AuditKind::PasswordWornOut).collect();
        let mails = world.mailer.sent().into_iter();
        let told: Vec<_> = mails
            .filter(|mail| mail.subject.contains(NoticeKind::PasswordWornOut.as_str()))
            .map(|mail| mail.to)
            .collect();
        (written, told)
    };
    for n in 1..=103 {
        world.clock.advance(SignedDuration::from_hours(25));
        left(world.use_cases.sign_in_with_password.run(&sign_in("ann", WRONG)).await);
        // Of an address that nobody has there is nothing to tell.
        left(world.use_cases.sign_in_with_password.run(&sign_in("nobody", WRONG)).await);
        let (written, told) = worn_out().await;
        let times = usize::from(n >= 100);
        assert_eq!((written.len(), told.len()), (times, times), "{n}");
    }
    let (written, told) = worn_out().await;
    assert_eq!(written[0].account, Some(world.known("ann").await.unwrap().id));
    assert_eq!(told[0].as_str(), "ann@example.com");
    // Whoever gets another one has a hundred tries again, and the next time is another one to be told of.
    let whom = Whom::Subject(subject("ann"));
    world.use_cases.set_password.run(&whom, &secret(OTHER), &Actor::CommandLine).await.unwrap();
    for _ in 0..100 {
        world.clock.advance(SignedDuration::from_hours(25));
        left(world.use_cases.sign_in_with_password.run(&sign_in("ann", WRONG)).await);
    }
    let (written, told) = worn_out().await;
    assert_eq!((written.len(), told.len()), (2, 2));
}

#[tokio::test]
async fn a_sign_in_ends_the_session_that_the_browser_had_before() {
    let world = World::new();
    world.user("ann").await;
    let before = world.enter("ann").await;
    let request = PasswordSignIn { previous: Some(before.token.clone()), ..sign_in("ann", RIGHT) };
    let after = world.use_cases.sign_in_with_password.run(&request).await.unwrap();
    assert!(!world.stands(&before.token).await && world.stands(&after.token).await);
    let refused = PasswordSignIn { previous: Some(after.token.clone()), ..sign_in("ann", WRONG) };
    left(world.use_cases.sign_in_with_password.run(&refused).await);
    assert!(world.stands(&after.token).await, "a refusal ends nothing");
}

#[tokio::test]
async fn where_passwords_are_off_only_the_console_asks_for_one() {
    let world = World::new();
    world.user("ann").await;
    let root = new_user("root", Role::Admin, RIGHT);
    world.use_cases.create_user.run(&root, &Actor::CommandLine).await.unwrap();
    let session = world.enter("ann").await;
    let world = world.with_settings(|settings| settings.local_passwords = false);
    let cases = &world.use_cases;
    world.calls.take();
    let refused = cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await;
    assert!(matches!(refused, Err(PasswordError::TurnedOff)), "{refused:?}");
    assert!(matches!(cases.prove_again.run(&proof(&session, RIGHT)).await, Err(PasswordError::TurnedOff)));
    let changed = cases.change_password.run(&change(&session, RIGHT, OTHER)).await;
    assert!(matches!(changed, Err(ChangePasswordError::Old(PasswordError::TurnedOff))));
    assert!(world.calls.take().is_empty());
    let console = PasswordSignIn { kind: SessionKind::Console, ..sign_in("root", RIGHT) };
    assert_eq!(cases.sign_in_with_password.run(&console).await.unwrap().session.kind, SessionKind::Console);
    assert!(!cases.has_password.run(session.session.account, SessionKind::User).await.unwrap());
}

#[tokio::test]
async fn a_user_does_not_get_into_the_console_and_is_told_no_more_than_with_a_wrong_password() {
    let world = World::new();
    world.user("ann").await;
    let console = PasswordSignIn { kind: SessionKind::Console, ..sign_in("ann", RIGHT) };
    assert_eq!(left(world.use_cases.sign_in_with_password.run(&console).await), 4);
    assert_eq!(world.why().await, (AuditKind::PasswordRefused, "not_allowed".to_owned()));
}

#[tokio::test]
async fn a_suspended_account_signs_in_with_its_password_and_sees_that_it_is_suspended() {
    let world = World::new();
    let ann = world.user("ann").await;
    world.suspend(&ann).await;
    let opened = world.enter("ann").await;
    let resumed = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(resumed.account.suspended.is_some());
    let made = world.use_cases.generate_batch.run(&crate::support::generation("ann")).await;
    assert!(matches!(made, Err(backstop_application::use_cases::GenerateError::Suspended(_))));
}

#[tokio::test]
async fn an_erased_account_takes_its_password_along() {
    let world = World::new();
    let ann = world.user("ann").await;
    let session = world.enter("ann").await;
    world.use_cases.erase_account.run(&ann.subject, &caller()).await.unwrap();
    assert!(!world.stands(&session.token).await);
    left(world.use_cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await);
    assert_eq!(world.why().await.1, "unknown_account");
    assert!(world.ports.accounts.password(ann.id).await.unwrap().is_none());
    world.account_with_email("ann").await;
    left(world.use_cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await);
    assert_eq!(world.why().await.1, "no_password");
}

#[tokio::test]
async fn a_proof_makes_a_session_fresh_under_its_next_token() {
    let world = World::new();
    world.user("ann").await;
    let session = world.enter("ann").await;
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(left(world.use_cases.prove_again.run(&proof(&session, WRONG)).await), 4);
    assert!(world.stands(&session.token).await, "a wrong one changes nothing");
    let next = world.use_cases.prove_again.run(&proof(&session, RIGHT)).await.unwrap();
    assert!(!world.stands(&session.token).await);
    let resumed = world.use_cases.resume_session.run(next.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(resumed.fresh && resumed.session.id == session.session.id);
    assert_eq!(world.why().await.0, AuditKind::PasswordProved);
    let gone = world.use_cases.prove_again.run(&proof(&session, RIGHT)).await;
    assert!(matches!(gone, Err(PasswordError::NoSession)), "{gone:?}");
}

#[tokio::test]
async fn signing_in_and_proving_again_share_one_budget() {
    let world = World::new();
    world.user("ann").await;
    let session = world.enter("ann").await;
    for expected in [4, 3] {
        assert_eq!(left(world.use_cases.prove_again.run(&proof(&session, WRONG)).await), expected);
    }
    let refused = world.use_cases.change_password.run(&change(&session, WRONG, OTHER)).await;
    assert!(matches!(refused, Err(ChangePasswordError::Old(PasswordError::Refused { attempts_left: 2, .. }))));
    assert_eq!(left(world.use_cases.sign_in_with_password.run(&sign_in("ann", WRONG)).await), 1);
}

#[tokio::test]
async fn another_password_ends_every_other_session_and_not_this_one() {
    let world = World::new();
    let ann = world.user("ann").await;
    world.user("bob").await;
    let (here, elsewhere, bobs) = (world.enter("ann").await, world.enter("ann").await, world.enter("bob").await);
    let next = world.use_cases.change_password.run(&change(&here, RIGHT, OTHER)).await.unwrap();
    assert!(!world.stands(&elsewhere.token).await && !world.stands(&here.token).await);
    assert!(world.stands(&next.token).await && world.stands(&bobs.token).await);
    assert_eq!(next.session.id, here.session.id);
    left(world.use_cases.sign_in_with_password.run(&sign_in("ann", RIGHT)).await);
    assert!(world.use_cases.sign_in_with_password.run(&sign_in("ann", OTHER)).await.is_ok());
    let kinds: Vec<AuditKind> =
        world.trail().await.iter().filter(|e| e.account == Some(ann.id)).map(|e| e.kind).collect();
    assert!(kinds.contains(&AuditKind::PasswordChanged) && kinds.contains(&AuditKind::SignedOut));
}

#[tokio::test]
async fn a_new_password_that_is_not_taken_costs_no_attempt() {
    let world = World::new();
    world.user("ann").await;
    let session = world.enter("ann").await;
    world.calls.take();
    for (new, why) in [
        ("short", BadPassword::TooShort { least: 15 }),
        ("passwordpassword", BadPassword::TooCommon),
        ("I am ann@example.com", BadPassword::ContainsEmail),
        ("here on the test site", BadPassword::ContainsSite),
        (RIGHT, BadPassword::Unchanged),
    ] {
        match world.use_cases.change_password.run(&change(&session, RIGHT, new)).await {
            Err(ChangePasswordError::Bad(bad)) => assert_eq!(bad, why),
            other => panic!("{other:?}"),
        }
    }
    assert!(!world.calls.take().contains(&"guard.admit"));
    assert!(world.stands(&session.token).await);
}

#[tokio::test]
async fn a_set_password_ends_every_session_of_its_account() {
    let world = World::new();
    world.user("ann").await;
    let session = world.enter("ann").await;
    let whom = Whom::Email(AddressKey::of_typed("Ann@example.com"));
    let set = world.use_cases.set_password.run(&whom, &secret(OTHER), &Actor::CommandLine).await.unwrap();
    assert_eq!((set.sessions, set.account.subject.as_str()), (1, "ann"));
    assert!(!world.stands(&session.token).await);
    let entries = world.trail().await;
    assert!(entries.iter().any(|e| e.kind == AuditKind::PasswordSet && e.actor == Actor::CommandLine));
    let nobody = Whom::Subject(subject("nobody"));
    let unknown = world.use_cases.set_password.run(&nobody, &secret(OTHER), &Actor::CommandLine).await;
    assert!(matches!(unknown, Err(SetPasswordError::UnknownAccount)));
    let bad = world.use_cases.set_password.run(&whom, &secret("short"), &Actor::CommandLine).await;
    assert!(matches!(bad, Err(SetPasswordError::Bad(BadPassword::TooShort { .. }))));
}

#[tokio::test]
async fn a_user_is_made_whole_or_not_at_all() {
    let world = World::new();
    let ann = world.user("ann").await;
    assert_eq!((ann.role, world.known("ann").await), (Role::User, Some(ann)));
    let run = async |name: &str, email: &str| {
        let mut user = new_user(name, Role::User, RIGHT);
        user.email = backstop_domain::EmailAddress::parse(email).unwrap();
        world.use_cases.create_user.run(&user, &Actor::CommandLine).await
    };
    assert!(matches!(run("ann", "new@example.com").await, Err(CreateUserError::SubjectTaken)));
    assert!(matches!(run("bob", "ANN@example.com").await, Err(CreateUserError::EmailTaken)));
    assert!(world.known("bob").await.is_none());
    let weak = new_user("cat", Role::User, "short");
    let weak = world.use_cases.create_user.run(&weak, &Actor::CommandLine).await;
    assert!(matches!(weak, Err(CreateUserError::Bad(_))) && world.known("cat").await.is_none());
}

#[tokio::test]
async fn a_password_that_another_process_sets_ends_sessions_that_it_can_not_see() {
    let mut world = World::new();
    world.user("ann").await;
    let session = world.enter("ann").await;
    let here = std::mem::replace(&mut world.ports.sessions, Arc::new(MemorySessions::new()));
    let elsewhere = UseCases::assemble(&world.ports, &world.settings);
    world.ports.sessions = here;
    let whom = Whom::Subject(subject("ann"));
    let set = elsewhere.set_password.run(&whom, &secret(OTHER), &Actor::CommandLine).await.unwrap();
    assert_eq!(set.sessions, 0, "it sees none");
    assert!(!world.stands(&session.token).await);
    world.clock.advance(SignedDuration::from_secs(1));
    let later = world.use_cases.sign_in_with_password.run(&sign_in("ann", OTHER)).await.unwrap();
    assert!(world.stands(&later.token).await);
}

#[tokio::test]
async fn a_changed_password_ends_sessions_that_are_kept_where_nobody_reaches_them() {
    let world = World::new();
    world.user("ann").await;
    let elsewhere = world.enter("ann").await;
    // The same accounts, and a store of sessions that knows nothing of the one above.
    let ports = Ports { sessions: Arc::new(MemorySessions::new()), ..world.ports.clone() };
    let here = UseCases::assemble(&ports, &world.settings);
    let own = here.sign_in_with_password.run(&sign_in("ann", RIGHT)).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(world.stands(&elsewhere.token).await);
    let change = PasswordChange {
        session_token: own.token,
        kind: SessionKind::User,
        old: secret(RIGHT),
        new: secret(OTHER),
        caller: owner_from(1),
    };
    let opened = here.change_password.run(&change).await.unwrap();
    assert!(!world.stands(&elsewhere.token).await);
    let own = here.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap();
    assert!(own.is_some_and(|own| own.fresh), "the one that changed it goes on");
}
