//! The link that ends a suspension for failures.

use crate::{
    support::{World, attempt, caller, generation, registering, subject, with_email},
    working::address,
};
use backstop_application::{
    ports::Storage as _,
    use_cases::{AccountChanges, LiftLink, Patch},
};
use backstop_domain::{AuditKind, NoticeKind, SecretText, SuspensionReason, TaskState};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const PAGE: &str = "https://site.example/lift/";

/// Somebody guesses until the account is suspended, and the mails of it are sent.
async fn guessed_at(world: &World, confirmed: bool) -> Vec<String> {
    let changes = AccountChanges {
        email: Patch::Set(address("ann@example.com")),
        email_confirmed: Some(confirmed),
        notify_emails: Some(vec![address("team@example.com")]),
        ..AccountChanges::default()
    };
    let request = registering("ann", changes);
    world.use_cases.register_account.run(&request, &caller()).await.unwrap();
    let made = world.use_cases.generate_batch.run(&generation("ann")).await.unwrap();
    let stale = made.codes[0].reveal().to_owned();
    world.use_cases.redeem_code.run(&attempt("ann", &stale)).await.unwrap();
    suspend_by_failures(world, &stale).await;
    vec![stale]
}

async fn suspend_by_failures(world: &World, stale: &str) {
    for _ in 0..100 {
        world.clock.advance(SignedDuration::from_hours(2));
        world.use_cases.redeem_code.run(&attempt("ann", stale)).await.unwrap_err();
        world.work().await;
    }
    assert_eq!(reason(world).await, Some(SuspensionReason::Failures));
}

async fn reason(world: &World) -> Option<SuspensionReason> {
    world.known("ann").await.unwrap().suspended
}

/// The tokens that were mailed, each with whom to.
fn tokens(world: &World) -> Vec<(String, SecretText)> {
    let token = |text: &str| {
        let (_, rest) = text.split_once(PAGE)?;
        Some(SecretText::new(rest.split_whitespace().next()?.to_owned()))
    };
    let sent = world.mailer.sent().into_iter();
    sent.filter_map(|mail| Some((mail.to.as_str().to_owned(), token(mail.text.reveal())?))).collect()
}

#[tokio::test]
async fn the_confirmed_address_gets_a_link_that_lifts_once() {
    let world = World::new();
    guessed_at(&world, true).await;
    let tokens = tokens(&world);
    let [(to, token)] = &tokens[..] else { panic!("{} links", tokens.len()) };
    assert_eq!(to, "ann@example.com", "and no other address");
    let lift = &world.use_cases.lift_by_link;
    // Looking, as mail programs do, changes nothing.
    for _ in 0..2 {
        assert_eq!(lift.look(token).await.unwrap(), LiftLink::Good);
    }
    assert!(reason(&world).await.is_some());
    assert_eq!(lift.run(&SecretText::new("x".repeat(43)), &caller()).await.unwrap(), LiftLink::Over);
    assert_eq!(lift.run(token, &caller()).await.unwrap(), LiftLink::Good);
    assert_eq!(reason(&world).await, None);
    assert_eq!(
        (lift.look(token).await.unwrap(), lift.run(token, &caller()).await.unwrap()),
        (LiftLink::Over, LiftLink::Over)
    );
    let trail = world.trail().await;
    let lifted: Vec<_> = trail.iter().filter(|entry| entry.kind == AuditKind::Lifted).collect();
    assert_eq!((lifted.len(), lifted[0].reason.as_deref()), (1, Some("failures, by link")));
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_gets_no_link() {
    let world = World::new();
    guessed_at(&world, false).await;
    assert!(tokens(&world).is_empty() && !world.mailer.sent().is_empty());
}

#[tokio::test]
async fn no_queue_holds_the_token_of_a_link() {
    let world = World::new();
    guessed_at(&world, true).await;
    let (_, token) = tokens(&world).remove(0);
    for state in TaskState::ALL {
        let tasks = world.tasks_in(*state).await;
        assert!(tasks.iter().all(|task| !format!("{task:?}").contains(token.reveal())));
    }
}

#[tokio::test]
async fn a_link_lasts_a_day() {
    let world = World::new();
    guessed_at(&world, true).await;
    let (_, token) = tokens(&world).remove(0);
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.use_cases.lift_by_link.run(&token, &caller()).await.unwrap(), LiftLink::Over);
    assert!(reason(&world).await.is_some());
}

#[tokio::test]
async fn a_link_lifts_no_suspension_but_its_own() {
    let world = World::new();
    let stale = guessed_at(&world, true).await.remove(0);
    let (_, first) = tokens(&world).remove(0);
    let lift = &world.use_cases.lift_by_link;
    // By the owner or an administrator: no link ends that.
    let account = world.known("ann").await.unwrap().id;
    for other in [SuspensionReason::Admin, SuspensionReason::NotMe] {
        let mut unit = world.store.begin_locking(account).await.unwrap();
        unit.accounts().set_suspended(account, Some(other), world.now()).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(
            (lift.look(&first).await.unwrap(), lift.run(&first, &caller()).await.unwrap()),
            (LiftLink::Over, LiftLink::Over)
        );
        assert_eq!(reason(&world).await, Some(other));
    }
    // Lifted in another way, and suspended anew: the link of the first time is worth nothing.
    world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    suspend_by_failures(&world, &stale).await;
    assert_eq!(lift.run(&first, &caller()).await.unwrap(), LiftLink::Over);
    let (_, second) = tokens(&world).pop().unwrap();
    assert_eq!(lift.run(&second, &caller()).await.unwrap(), LiftLink::Good);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_of_a_link_one_lifts() {
    let world = Arc::new(World::new());
    guessed_at(&world, true).await;
    let (_, token) = tokens(&world).remove(0);
    let start = Arc::new(Barrier::new(16));
    let mut all = JoinSet::new();
    for _ in 0..16 {
        let (world, start, token) = (Arc::clone(&world), Arc::clone(&start), token.clone());
        all.spawn(async move {
            start.wait().await;
            world.use_cases.lift_by_link.run(&token, &caller()).await.unwrap()
        });
    }
    let lifted = all.join_all().await.into_iter().filter(|link| *link == LiftLink::Good).count();
    assert_eq!(lifted, 1);
}

#[tokio::test]
async fn the_link_goes_out_also_where_that_notice_is_switched_off() {
    let world = World::new().with_settings(|settings| {
        settings.mail.notices.remove(&NoticeKind::Suspended);
    });
    guessed_at(&world, true).await;
    assert_eq!(tokens(&world).len(), 1);
    let told = world.mailer.sent().into_iter().filter(|mail| mail.subject.contains(NoticeKind::Suspended.as_str()));
    let to: Vec<String> = told.map(|mail| mail.to.as_str().to_owned()).collect();
    assert_eq!(to, ["ann@example.com"], "and nobody else is told");
}

#[tokio::test]
async fn a_link_is_worth_nothing_once_the_account_has_another_address() {
    let world = World::new();
    guessed_at(&world, true).await;
    let (_, token) = tokens(&world).remove(0);
    let request = with_email("ann", address("new@example.com"));
    world.use_cases.register_account.run(&request, &caller()).await.unwrap();
    assert_eq!(world.use_cases.lift_by_link.run(&token, &caller()).await.unwrap(), LiftLink::Over);
    assert!(reason(&world).await.is_some());
}
