//! The second step of a sign-in to the console: set up, passed, refused, and replaced by recovery codes.

use crate::support::{World, attempt, new_user, owner, owner_from, subject};
use backstop_application::{
    ports::Storage as _,
    use_cases::{
        After, AttemptError, Confirmation, GenerateRequest, Opened, PasswordError, PasswordSignIn, SecondStepError,
        SecondStepProof, SetPasswordError, Whom,
    },
};
use backstop_domain::{
    Actor, AuditKind, BadTotpCode, Door, Duty, Role, SecondStepMethod, SecretText, SessionChange, SessionKind, TimeStep,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};
use totp_rs::{Builder, Secret};

const RIGHT: &str = "violet tractor moon";
const OTHER: &str = "seven quiet harbours";

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// What an app with this secret shows now, or some steps later.
fn shown(world: &World, base32: &SecretText, later: u64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(base32.reveal()).unwrap()).build().unwrap();
    let step = TimeStep::of(world.now()).number() + later;
    totp.generate(step * TimeStep::SECONDS).to_string()
}

/// A code that the app does not show about now.
fn wrong(world: &World, base32: &SecretText) -> String {
    let near: Vec<String> = (0..5).map(|n| shown(world, base32, n)).collect();
    (0..9).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
}

impl World {
    pub async fn administrator(&self, name: &str) {
        let user = new_user(name, Role::Admin, RIGHT);
        self.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
    }

    async fn try_console(&self, name: &str, password: &str) -> Result<Opened, PasswordError> {
        let sign_in = PasswordSignIn {
            email: format!("{name}@example.com"),
            password: secret(password),
            caller: owner(),
            previous: None,
            kind: SessionKind::Console,
        };
        self.use_cases.sign_in_with_password.run(&sign_in).await
    }

    pub async fn console(&self, name: &str) -> SecretText {
        self.try_console(name, RIGHT).await.unwrap().token
    }

    async fn door(&self, token: &SecretText) -> Option<Door> {
        self.use_cases.console.enter.run(token.reveal()).await.unwrap().map(|entered| entered.door)
    }

    async fn proposed(&self, token: &SecretText) -> SecretText {
        self.use_cases.console.set_up_second_step.run(token).await.unwrap().secret
    }

    async fn confirm(&self, token: &SecretText, typed: &str) -> Result<Opened, SecondStepError> {
        let confirmation = Confirmation { session_token: token.clone(), typed: secret(typed), caller: owner() };
        self.use_cases.console.confirm_second_step.run(&confirmation).await
    }

    /// An authenticator for this session's account, and the session as it goes on.
    pub async fn enrol(&self, token: &SecretText) -> (SecretText, SecretText) {
        let base32 = self.proposed(token).await;
        let opened = self.confirm(token, &shown(self, &base32, 0)).await.unwrap();
        (base32, opened.token)
    }

    pub async fn pass_with(
        &self,
        token: &SecretText,
        method: SecondStepMethod,
        typed: &str,
    ) -> Result<Opened, SecondStepError> {
        let proof = SecondStepProof { session_token: token.clone(), method, typed: secret(typed), caller: owner() };
        self.use_cases.console.pass_second_step.run(&proof).await
    }

    async fn pass(&self, token: &SecretText, typed: &str) -> Result<Opened, SecondStepError> {
        self.pass_with(token, SecondStepMethod::Totp, typed).await
    }

    pub async fn own_codes(&self, name: &str) -> Vec<SecretText> {
        let request = GenerateRequest {
            subject: subject(name),
            count: None,
            expires_in_days: None,
            after: After::Whatever,
            caller: owner(),
        };
        self.use_cases.console.generate_batch.run(&request).await.unwrap().codes
    }

    async fn last(&self) -> (AuditKind, String) {
        let entry = self.trail().await.remove(0);
        (entry.kind, entry.reason.unwrap_or_default().into_owned())
    }

    fn wait(&self, steps: i64) {
        self.clock.advance(SignedDuration::from_secs(30 * steps));
    }
}

#[track_caller]
fn left<T: std::fmt::Debug>(result: Result<T, SecondStepError>) -> u32 {
    match result {
        Err(SecondStepError::Refused { attempts_left, .. }) => attempts_left,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_second_step_is_passed_again_in_the_middle_of_a_session_for_what_takes_a_fresh_one() {
    let world = World::new();
    world.administrator("ann").await;
    let token = world.console("ann").await;
    let (base32, mut token) = world.enrol(&token).await;
    let codes = world.own_codes("ann").await;
    let has_proved =
        async |token: &SecretText| world.use_cases.console.enter.run(token.reveal()).await.unwrap().unwrap().has_proved;
    for (method, is_totp) in [(SecondStepMethod::Totp, true), (SecondStepMethod::Code, false)] {
        world.clock.advance(SignedDuration::from_mins(11));
        assert!(!has_proved(&token).await);
        let typed = if is_totp { shown(&world, &base32, 0) } else { codes[0].reveal().to_owned() };
        left(world.pass(&token, &wrong(&world, &base32)).await);
        assert!(!has_proved(&token).await, "what was refused proves nothing");
        let passed = world.pass_with(&token, method, &typed).await.unwrap();
        assert!(has_proved(&passed.token).await);
        assert_eq!(world.door(&token).await, None, "it goes on under the next token");
        token = passed.token;
        left(world.pass_with(&token, method, &typed).await);
    }
    // The password is no second step.
    world.clock.advance(SignedDuration::from_mins(11));
    let proof = backstop_application::use_cases::Proof {
        session_token: token,
        kind: SessionKind::Console,
        password: secret(RIGHT),
        caller: owner(),
    };
    let proved = world.use_cases.prove_again.run(&proof).await.unwrap();
    assert!(!has_proved(&proved.token).await);
}

#[tokio::test]
async fn in_production_the_console_opens_after_the_second_step_only() {
    let world = World::new();
    world.administrator("ann").await;
    let token = world.console("ann").await;
    assert_eq!(world.door(&token).await, Some(Door::SetUp));
    let (base32, next) = world.enrol(&token).await;
    assert_eq!(world.last().await, (AuditKind::SecondStepSetUp, String::new()));
    assert_eq!(world.door(&token).await, None, "it goes on under the next token");
    assert_eq!(world.door(&next).await, Some(Door::Open));
    let again = world.console("ann").await;
    assert_eq!(world.door(&again).await, Some(Door::Pass));
    world.wait(1);
    let passed = world.pass(&again, &shown(&world, &base32, 0)).await.unwrap();
    assert_eq!(world.last().await, (AuditKind::SecondStepPassed, "totp".to_owned()));
    assert!(passed.session.passed_second_step());
    assert_eq!(world.door(&again).await, None);
    assert_eq!(world.door(&passed.token).await, Some(Door::Open));
}

#[tokio::test]
async fn in_development_the_console_asks_for_a_second_step_that_was_set_up() {
    let world = World::new().with_settings(|settings| settings.second_step_mandatory = false);
    world.administrator("ann").await;
    let (first, second) = (world.console("ann").await, world.console("ann").await);
    assert_eq!(world.door(&first).await, Some(Door::Ajar));
    let (_, first) = world.enrol(&first).await;
    assert_eq!((world.door(&first).await, world.door(&second).await), (Some(Door::Open), Some(Door::Pass)));
}

#[tokio::test]
async fn users_are_refused_as_strangers_are_and_their_sessions_open_no_console() {
    let world = World::new();
    let user = new_user("ann", Role::User, RIGHT);
    world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
    let right = world.try_console("ann", RIGHT).await.unwrap_err();
    let stranger = world.try_console("nobody", RIGHT).await.unwrap_err();
    assert_eq!(right.to_string(), stranger.to_string());
    assert!(matches!(
        (right, stranger),
        (
            PasswordError::Refused { attempts_left: 4, resets_in: one },
            PasswordError::Refused { attempts_left: 4, resets_in: other }
        ) if one == other
    ));
    let sign_in = PasswordSignIn {
        email: "ann@example.com".to_owned(),
        password: secret(RIGHT),
        caller: owner_from(2),
        previous: None,
        kind: SessionKind::User,
    };
    let token = world.use_cases.sign_in_with_password.run(&sign_in).await.unwrap().token;
    assert_eq!(world.door(&token).await, None);
    let refused = world.use_cases.console.set_up_second_step.run(&token).await;
    assert!(matches!(refused, Err(SecondStepError::NoSession)));
    let rotated = world.use_cases.rotate_session.run(token.reveal(), SessionKind::User, SessionChange::SecondStep);
    assert!(!rotated.await.unwrap().unwrap().session.passed_second_step());
}

#[tokio::test]
async fn a_used_time_step_is_refused_again_and_so_is_an_earlier_one() {
    let world = World::new();
    world.administrator("ann").await;
    let (base32, token) = world.enrol(&world.console("ann").await).await;
    let first = shown(&world, &base32, 0);
    assert_eq!(left(world.pass(&token, &first).await), 4, "it was used to set it up");
    assert_eq!(world.last().await, (AuditKind::SecondStepRefused, "replayed".to_owned()));
    // A clock that is ahead uses a step before it begins.
    let ahead = shown(&world, &base32, 1);
    let token = world.pass(&token, &ahead).await.unwrap().token;
    world.wait(1);
    for code in [ahead, first] {
        left(world.pass(&token, &code).await);
    }
    world.wait(1);
    assert!(world.pass(&token, &shown(&world, &base32, 0)).await.is_ok());
}

#[tokio::test]
async fn one_of_many_at_once_passes_with_one_code() {
    let world = Arc::new(World::new());
    world.administrator("ann").await;
    let (base32, _) = world.enrol(&world.console("ann").await).await;
    world.wait(1);
    let code = shown(&world, &base32, 0);
    let (start, mut tasks) = (Arc::new(Barrier::new(5)), JoinSet::new());
    for _ in 0..5 {
        let token = world.console("ann").await;
        let (world, start, code) = (Arc::clone(&world), Arc::clone(&start), code.clone());
        tasks.spawn(async move {
            start.wait().await;
            world.pass(&token, &code).await.is_ok()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|passed| *passed).count(), 1);
}

#[tokio::test]
async fn a_typo_is_told_without_counting_also_during_a_lock() {
    let world = World::new();
    world.administrator("ann").await;
    let (base32, _) = world.enrol(&world.console("ann").await).await;
    let token = world.console("ann").await;
    for typed in ["", "12345", "abcdef"] {
        assert!(matches!(world.pass(&token, typed).await, Err(SecondStepError::Typo(_))), "{typed}");
    }
    for expected in [4, 3, 2, 1, 0] {
        assert_eq!(left(world.pass(&token, &wrong(&world, &base32)).await), expected);
    }
    let locked = world.pass(&token, &shown(&world, &base32, 1)).await;
    assert!(matches!(locked, Err(SecondStepError::Locked { .. })), "{locked:?}");
    let typo = world.pass(&token, "1234567").await;
    assert!(matches!(typo, Err(SecondStepError::Typo(BadTotpCode::WrongLength { found: 7 }))));
    // The password has tries of its own.
    let other = world.console("ann").await;
    world.clock.advance(SignedDuration::from_mins(3));
    assert!(world.pass(&other, &shown(&world, &base32, 0)).await.is_ok());
}

#[tokio::test]
async fn a_hundred_wrong_codes_wear_the_authenticator_out() {
    let world = World::new();
    world.administrator("ann").await;
    let (base32, token) = world.enrol(&world.console("ann").await).await;
    let codes = world.own_codes("ann").await;
    let account = world.known("ann").await.unwrap().id;
    let mut unit = world.store.begin_locking(account).await.unwrap();
    for _ in 0..100 {
        unit.second_factors().fail(account).await.unwrap();
    }
    unit.commit().await.unwrap();
    world.wait(2);
    left(world.pass(&token, &shown(&world, &base32, 0)).await);
    assert_eq!(world.last().await, (AuditKind::SecondStepRefused, "too_many_failures".to_owned()));
    let token = world.pass_with(&token, SecondStepMethod::Code, codes[0].reveal()).await.unwrap().token;
    let (base32, token) = world.enrol(&token).await;
    world.wait(1);
    assert!(world.pass(&token, &shown(&world, &base32, 0)).await.is_ok());
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_authenticator_once_and_asks_for_another() {
    let world = World::new();
    world.administrator("ann").await;
    let (_, _) = world.enrol(&world.console("ann").await).await;
    let codes = world.own_codes("ann").await;
    let token = world.console("ann").await;
    let passed = world.pass_with(&token, SecondStepMethod::Code, codes[0].reveal()).await.unwrap();
    assert_eq!(world.door(&passed.token).await, Some(Door::Open));
    let kinds: Vec<AuditKind> = world.trail().await.iter().map(|entry| entry.kind).take(2).collect();
    assert_eq!(kinds, [AuditKind::SecondStepPassed, AuditKind::Redeemed]);
    let view = world.use_cases.console.show_account.run(&subject("ann")).await.unwrap();
    assert_eq!(view.remaining, 9);
    assert!(view.duties.contains(Duty::EnrolAuthenticator) && view.duties.contains(Duty::NewCodes));
    let again = world.console("ann").await;
    assert_eq!(left(world.pass_with(&again, SecondStepMethod::Code, codes[0].reveal()).await), 4);
    let (_, token) = world.enrol(&passed.token).await;
    let view = world.use_cases.console.show_account.run(&subject("ann")).await.unwrap();
    assert!(!view.duties.contains(Duty::EnrolAuthenticator));
    assert_eq!(world.door(&token).await, Some(Door::Open));
}

#[tokio::test]
async fn a_recovery_code_never_replaces_the_password() {
    let world = World::new();
    world.administrator("ann").await;
    let (_, _) = world.enrol(&world.console("ann").await).await;
    let codes = world.own_codes("ann").await;
    // Neither an application nor the page for users signs somebody in with it.
    let redeemed = world.use_cases.redeem_code.run(&attempt("ann", codes[0].reveal())).await;
    assert!(matches!(redeemed, Err(AttemptError::Refused { .. })));
    assert!(world.use_cases.show_account.run(&subject("ann")).await.is_err());
    let nobody = secret("nobody's token");
    let refused = world.pass_with(&nobody, SecondStepMethod::Code, codes[0].reveal()).await;
    assert!(matches!(refused, Err(SecondStepError::NoSession)));
}

#[tokio::test]
async fn codes_of_users_open_no_console() {
    let world = World::new();
    world.administrator("ann").await;
    world.account("bob").await;
    let codes = world.generate("bob").await.codes;
    let (_, _) = world.enrol(&world.console("ann").await).await;
    left(world.pass_with(&world.console("ann").await, SecondStepMethod::Code, codes[0].reveal()).await);
    assert_eq!(world.batch("bob").await.unwrap().counters.used, 0);
}

#[tokio::test]
async fn what_is_proposed_is_shown_to_its_own_session_only() {
    let world = World::new();
    world.administrator("ann").await;
    let (ann, thief) = (world.console("ann").await, world.console("ann").await);
    let first = world.proposed(&ann).await;
    assert_eq!(world.proposed(&ann).await, first, "until it is confirmed");
    let second = world.proposed(&thief).await;
    assert_ne!(first, second);
    let stale = world.confirm(&ann, &shown(&world, &first, 0)).await;
    assert!(matches!(stale, Err(SecondStepError::NotSetUp)));
    let third = world.proposed(&ann).await;
    world.confirm(&ann, &shown(&world, &third, 0)).await.unwrap();
    for refused in [
        world.confirm(&thief, &shown(&world, &second, 0)).await.err(),
        world.use_cases.console.set_up_second_step.run(&thief).await.err(),
    ] {
        assert!(matches!(refused, Some(SecondStepError::PassFirst)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_wrong_code_sets_nothing_up() {
    let world = World::new();
    world.administrator("ann").await;
    let token = world.console("ann").await;
    let base32 = world.proposed(&token).await;
    assert_eq!(left(world.confirm(&token, &wrong(&world, &base32)).await), 4);
    assert_eq!(world.last().await, (AuditKind::SecondStepRefused, "wrong_code".to_owned()));
    assert_eq!(world.door(&token).await, Some(Door::SetUp));
    assert!(matches!(world.pass(&token, "123456").await, Err(SecondStepError::NotSetUp)));
}

#[tokio::test]
async fn an_authenticator_is_replaced_a_short_while_after_a_proof_only() {
    let world = World::new();
    world.administrator("ann").await;
    let (old, token) = world.enrol(&world.console("ann").await).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let refused = world.use_cases.console.set_up_second_step.run(&token).await;
    assert!(matches!(refused, Err(SecondStepError::NotFresh)));
    let token = world.pass(&token, &shown(&world, &old, 0)).await.unwrap().token;
    let new = world.proposed(&token).await;
    world.wait(1);
    let token = world.pass(&token, &shown(&world, &old, 0)).await.unwrap().token;
    world.confirm(&token, &shown(&world, &new, 0)).await.unwrap();
    world.wait(1);
    left(world.pass(&world.console("ann").await, &shown(&world, &old, 0)).await);
}

#[tokio::test]
async fn a_reset_takes_password_second_step_and_sessions() {
    let world = World::new();
    world.administrator("ann").await;
    let (_, token) = world.enrol(&world.console("ann").await).await;
    let whom = Whom::Subject(subject("ann"));
    let reset = &world.use_cases.set_password;
    let set = reset.reset(&whom, &secret(OTHER), &Actor::CommandLine).await.unwrap();
    assert_eq!(set.sessions, 1);
    assert_eq!(world.door(&token).await, None);
    assert!(world.try_console("ann", RIGHT).await.is_err());
    world.wait(1);
    let token = world.try_console("ann", OTHER).await.unwrap().token;
    assert_eq!(world.door(&token).await, Some(Door::SetUp));
    let kinds: Vec<AuditKind> = world.trail().await.iter().map(|entry| entry.kind).collect();
    assert!(kinds.contains(&AuditKind::PasswordSet) && kinds.contains(&AuditKind::SecondStepRemoved));
    world.account("bob").await;
    let user = reset.reset(&Whom::Subject(subject("bob")), &secret(OTHER), &Actor::CommandLine).await;
    assert!(matches!(user, Err(SetPasswordError::NotOfTheConsole)));
}
