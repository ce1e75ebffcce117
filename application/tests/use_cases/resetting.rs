//! The link by which a user sets another password.

use crate::{
    administering::{client, request, world},
    support::{World, new_user, owner, subject},
    working::address,
};
use backstop_application::use_cases::{
    AccountChanges, Administrator, NewUser, Opened, PasswordChange, PasswordReset, PasswordSignIn, Patch, ResetLink,
    ResetPasswordError, SendPasswordResetError, Whom,
};
use backstop_domain::{
    Account, AccountId, Actor, AuditKind, BadPassword, Role, Scope, SecretText, SessionKind, TaskState,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const PAGE: &str = "https://site.example/reset/";
const FIRST: &str = "violet tractor moon";
const SECOND: &str = "seven quiet harbours";
const THIRD: &str = "eleven wooden kites";

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn helpdesk() -> Administrator {
    Administrator::of_client(&client(&[Scope::Admin]), request()).unwrap()
}

/// Ann with a password, at an address that is known to be hers.
async fn ann(world: &World) -> Account {
    let user = NewUser { email_confirmed: true, ..new_user("ann", Role::User, FIRST) };
    world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap()
}

impl World {
    async fn send_reset(&self, account: AccountId, by: &Administrator) -> Result<Account, SendPasswordResetError> {
        self.use_cases.console.send_password_reset.run(account, by).await
    }

    /// The tokens of the links that were mailed, the oldest first, each with whom to.
    fn resets(&self) -> Vec<(String, SecretText)> {
        let token = |text: &str| {
            let (_, rest) = text.split_once(PAGE)?;
            Some(secret(rest.split_whitespace().next()?))
        };
        let sent = self.mailer.sent().into_iter();
        sent.filter_map(|mail| Some((mail.to.as_str().to_owned(), token(mail.text.reveal())?))).collect()
    }

    async fn mailed_reset(&self, account: &Account) -> SecretText {
        self.send_reset(account.id, &helpdesk()).await.unwrap();
        self.work().await;
        self.resets().pop().unwrap().1
    }

    async fn reset(&self, link: &SecretText, new: &str) -> Result<AccountId, ResetPasswordError> {
        let reset = PasswordReset { link: link.clone(), new: secret(new), caller: owner() };
        self.use_cases.reset_password.run(&reset).await
    }

    async fn link(&self, link: &SecretText) -> ResetLink {
        self.use_cases.reset_password.look(link).await.unwrap()
    }

    async fn signs_in(&self, password: &str) -> Option<Opened> {
        let sign_in = PasswordSignIn {
            email: "ann@example.com".to_owned(),
            password: secret(password),
            caller: owner(),
            previous: None,
            kind: SessionKind::User,
        };
        self.use_cases.sign_in_with_password.run(&sign_in).await.ok()
    }

    async fn kinds(&self) -> Vec<AuditKind> {
        self.trail().await.iter().map(|entry| entry.kind).collect()
    }
}

#[tokio::test]
async fn a_mailed_link_sets_another_password_once_and_signs_out_everywhere() {
    let world = world();
    let (ann, root) = (ann(&world).await, world.root().await);
    let here = world.signs_in(FIRST).await.unwrap();
    let sent = world.send_reset(ann.id, &root).await.unwrap();
    assert_eq!((sent.id, world.kinds().await[0]), (ann.id, AuditKind::PasswordResetSent));
    let own = world.known("root").await.unwrap();
    assert_eq!(world.trail().await[0].actor, Actor::Staff(own.id));
    world.work().await;
    let all = world.resets();
    let [(to, link)] = &all[..] else { panic!("{} links", all.len()) };
    assert_eq!(to, "ann@example.com");
    // Looking, as mail programs do, changes nothing.
    for _ in 0..2 {
        assert_eq!(world.link(link).await, ResetLink::Good);
    }
    assert_eq!(world.reset(link, SECOND).await.unwrap(), ann.id);
    assert!(world.use_cases.resume_session.run(here.token.reveal(), SessionKind::User).await.unwrap().is_none());
    let trail = world.trail().await;
    let told: Vec<_> = trail.iter().take(2).map(|entry| (entry.kind, entry.reason.as_deref())).collect();
    let expected = [(AuditKind::SignedOut, Some("one session")), (AuditKind::PasswordSet, Some("by link"))];
    assert_eq!((told, &trail[1].actor), (expected.to_vec(), &Actor::Owner));
    assert_eq!(trail[1].origin.ip, Some([10, 0, 1, 1].into()));
    assert!(world.signs_in(FIRST).await.is_none() && world.signs_in(SECOND).await.is_some());
    assert_eq!(world.link(link).await, ResetLink::Over);
    assert!(matches!(world.reset(link, THIRD).await, Err(ResetPasswordError::Over)));
    assert!(matches!(world.reset(&secret(&"x".repeat(43)), THIRD).await, Err(ResetPasswordError::Over)));
}

#[tokio::test]
async fn a_password_that_is_not_taken_leaves_the_link_as_it_was() {
    let world = world();
    let ann = ann(&world).await;
    let link = world.mailed_reset(&ann).await;
    for (bad, why) in
        [("short", BadPassword::TooShort { least: 15 }), ("my ann@example.com account", BadPassword::ContainsEmail)]
    {
        let refused = world.reset(&link, bad).await;
        assert!(matches!(refused, Err(ResetPasswordError::Bad(told)) if told == why), "{refused:?}");
    }
    world.reset(&link, SECOND).await.unwrap();
}

#[tokio::test]
async fn somebody_without_a_password_gets_their_first_one_by_link() {
    let world = world();
    let changes = AccountChanges {
        email: Patch::Set(address("ann@example.com")),
        email_confirmed: Some(true),
        ..AccountChanges::default()
    };
    let registration = crate::support::registering("ann", changes);
    let ann = world.use_cases.register_account.run(&registration, &crate::support::caller()).await.unwrap().account;
    let link = world.mailed_reset(&ann).await;
    world.reset(&link, FIRST).await.unwrap();
    assert!(world.signs_in(FIRST).await.is_some());
}

#[tokio::test]
async fn a_link_for_a_password_lasts_an_hour() {
    let world = world();
    let ann = ann(&world).await;
    let link = world.mailed_reset(&ann).await;
    world.clock.advance(SignedDuration::from_secs(3_599));
    assert_eq!(world.link(&link).await, ResetLink::Good);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.link(&link).await, ResetLink::Over);
    assert!(matches!(world.reset(&link, SECOND).await, Err(ResetPasswordError::Over)));
}

#[tokio::test]
async fn only_the_latest_link_is_good() {
    let world = world();
    let ann = ann(&world).await;
    let first = world.mailed_reset(&ann).await;
    // Two that wait are one mail.
    world.send_reset(ann.id, &helpdesk()).await.unwrap();
    assert_eq!(world.link(&first).await, ResetLink::Over, "from the order of the next one on");
    world.send_reset(ann.id, &helpdesk()).await.unwrap();
    world.work().await;
    let all = world.resets();
    assert_eq!(all.len(), 2);
    assert_eq!((world.link(&first).await, world.link(&all[1].1).await), (ResetLink::Over, ResetLink::Good));
}

#[tokio::test]
async fn a_link_is_worth_nothing_once_the_account_has_another_password_or_address() {
    for (mailed, way) in [(true, 0), (true, 1), (true, 2), (false, 0), (false, 1), (false, 2)] {
        let world = world();
        let ann = ann(&world).await;
        world.send_reset(ann.id, &helpdesk()).await.unwrap();
        if mailed {
            world.work().await;
        }
        match way {
            0 => {
                let session = world.signs_in(FIRST).await.unwrap();
                let change = PasswordChange {
                    session_token: session.token,
                    kind: SessionKind::User,
                    old: secret(FIRST),
                    new: secret(SECOND),
                    caller: owner(),
                };
                world.use_cases.change_password.run(&change).await.unwrap();
            }
            1 => {
                let whom = Whom::Subject(subject("ann"));
                world.use_cases.set_password.run(&whom, &secret(SECOND), &Actor::CommandLine).await.unwrap();
            }
            _ => {
                let changes = AccountChanges {
                    email: Patch::Set(address("new@example.com")),
                    email_confirmed: Some(true),
                    ..AccountChanges::default()
                };
                world.use_cases.register_account.edit(ann.id, &changes, helpdesk().caller()).await.unwrap();
            }
        }
        if mailed {
            let link = world.resets().pop().unwrap().1;
            assert_eq!(world.link(&link).await, ResetLink::Over, "{way}");
            assert!(matches!(world.reset(&link, THIRD).await, Err(ResetPasswordError::Over)));
        } else {
            world.work().await;
            assert!(world.resets().is_empty(), "what waited is not sent any more: {way}");
            assert!(world.tasks_in(TaskState::Failed).await.is_empty());
        }
    }
}

#[tokio::test]
async fn a_mail_that_is_sent_again_has_the_link_that_is_good() {
    let world = world();
    let ann = ann(&world).await;
    world.mailer.fail_next(1);
    world.send_reset(ann.id, &helpdesk()).await.unwrap();
    world.work().await;
    assert!(world.resets().is_empty());
    world.clock.advance(SignedDuration::from_mins(1));
    world.work().await;
    let link = world.resets().pop().unwrap().1;
    assert_eq!(world.link(&link).await, ResetLink::Good);
    let name = link.reveal();
    for state in TaskState::ALL {
        let tasks = world.tasks_in(*state).await;
        assert!(tasks.iter().all(|task| !format!("{task:?}").contains(name)), "no queue holds the token");
    }
}

#[tokio::test]
async fn no_password_of_those_who_run_the_service_is_reset_by_mail() {
    let world = world();
    let root = world.root().await;
    for (name, role) in [("ada", Role::Auditor), ("eve", Role::Admin)] {
        let user = NewUser { email_confirmed: true, ..new_user(name, role, FIRST) };
        let account = world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
        let refused = world.send_reset(account.id, &root).await;
        assert!(matches!(refused, Err(SendPasswordResetError::NotForStaff)), "{refused:?}");
        let hidden = world.send_reset(account.id, &helpdesk()).await;
        assert!(matches!(hidden, Err(SendPasswordResetError::NotFound)), "{hidden:?}");
    }
    world.work().await;
    assert!(world.resets().is_empty() && !world.kinds().await.contains(&AuditKind::PasswordResetSent));
}

#[tokio::test]
async fn what_can_not_be_sent_is_refused_with_the_reason() {
    let world = world();
    let root = world.root().await;
    let missing = world.send_reset(AccountId::new(uuid::Uuid::nil()), &root).await;
    assert!(matches!(missing, Err(SendPasswordResetError::NotFound)));
    let bob = world.account("bob").await;
    let cat = world.account_with_email("cat").await;
    for account in [bob, cat] {
        let refused = world.send_reset(account.id, &root).await;
        assert!(matches!(refused, Err(SendPasswordResetError::NoAddress)), "{refused:?}");
    }
    let ann = ann(&world).await;
    let link = world.mailed_reset(&ann).await;
    let world = world.with_settings(|settings| settings.local_passwords = false);
    assert!(matches!(world.send_reset(ann.id, &root).await, Err(SendPasswordResetError::TurnedOff)));
    assert_eq!(world.link(&link).await, ResetLink::Over, "nobody could sign in with it");
    assert!(matches!(world.reset(&link, SECOND).await, Err(ResetPasswordError::Over)));
}

#[tokio::test]
async fn nobodys_letter_box_is_filled() {
    let world = world();
    let ann = ann(&world).await;
    for _ in 0..5 {
        world.mailed_reset(&ann).await;
    }
    let refused = world.send_reset(ann.id, &helpdesk()).await;
    assert!(matches!(refused, Err(SendPasswordResetError::Locked { wait_seconds: 60.., .. })), "{refused:?}");
    world.work().await;
    assert_eq!(world.resets().len(), 5);
    assert_eq!(world.link(&world.resets()[4].1).await, ResetLink::Good, "what was refused ends nothing");
    let eve = NewUser { email_confirmed: true, ..new_user("eve", Role::User, FIRST) };
    let eve = world.use_cases.create_user.run(&eve, &Actor::CommandLine).await.unwrap();
    world.send_reset(eve.id, &helpdesk()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_of_a_link_one_sets_the_password() {
    let world = Arc::new(world());
    let ann = ann(&world).await;
    let link = world.mailed_reset(&ann).await;
    let start = Arc::new(Barrier::new(16));
    let mut all = JoinSet::new();
    for nth in 0..16 {
        let (world, start, link) = (Arc::clone(&world), Arc::clone(&start), link.clone());
        all.spawn(async move {
            start.wait().await;
            world.reset(&link, &format!("{SECOND} {nth}")).await.is_ok()
        });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|set| *set).count(), 1);
}
