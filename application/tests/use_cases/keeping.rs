//! Accounts, sets of codes and their history.

use crate::support::{World, attempt, caller, generation, registration, subject};
use backstop_application::{
    ports::{Clock as _, Revocation, Storage as _},
    use_cases::{ActError, GenerateError, Patch, RegisterError, Stranded},
};
use backstop_domain::{
    Actor, AuditKind, BatchStatus, Duty, EmailAddress, KeyId, Role, Scope, Scopes, SuspensionReason,
};
use jiff::SignedDuration;

#[tokio::test]
async fn making_codes_again_replaces_the_standing_set() {
    let world = World::new();
    world.account("ann").await;
    let first = world.generate("ann").await;
    let second = world.generate("ann").await;
    assert_eq!(world.batch("ann").await.unwrap().id, second.batch.id);
    assert!(world.use_cases.redeem_code.run(&attempt("ann", first.codes[0].reveal())).await.is_err());
    assert!(world.use_cases.redeem_code.run(&attempt("ann", second.codes[0].reveal())).await.is_ok());
    let page = world.use_cases.show_history.run(&subject("ann"), 1).await.unwrap();
    let old = &page.items[1];
    assert_eq!((old.id, old.status(world.clock.now())), (first.batch.id, BatchStatus::Superseded));
    assert_eq!((old.counters.invalidated, old.counters.live()), (10, 0));
}

#[tokio::test]
async fn making_codes_settles_the_duty_to_make_codes() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    let view = world.use_cases.show_account.run(&subject("ann")).await.unwrap();
    assert!(view.duties.contains(Duty::NewCodes) && view.duties.contains(Duty::EnrolAuthenticator));
    assert_eq!(view.remaining, 9);
    world.generate("ann").await;
    let view = world.use_cases.show_account.run(&subject("ann")).await.unwrap();
    assert!(!view.duties.contains(Duty::NewCodes) && view.duties.contains(Duty::EnrolAuthenticator));
}

#[tokio::test]
async fn what_can_not_be_made_is_refused_with_the_reason() {
    let world = World::new();
    let run = async |name: &str, count, days| {
        let mut request = generation(name);
        (request.count, request.expires_in_days) = (count, days);
        world.use_cases.generate_batch.run(&request).await
    };
    assert!(matches!(run("nobody", None, None).await, Err(GenerateError::UnknownAccount)));
    let ann = world.account("ann").await;
    assert!(matches!(run("ann", Some(0), None).await, Err(GenerateError::Count)));
    assert!(matches!(run("ann", Some(51), None).await, Err(GenerateError::Count)));
    assert!(matches!(run("ann", None, Some(0)).await, Err(GenerateError::Expiry(_))));
    assert!(matches!(run("ann", None, Some(366)).await, Err(GenerateError::Expiry(_))));
    assert_eq!(run("ann", Some(50), Some(365)).await.unwrap().codes.len(), 50);
    world.suspend(&ann).await;
    assert!(matches!(run("ann", None, None).await, Err(GenerateError::Suspended(SuspensionReason::NotMe))));
}

#[tokio::test]
async fn lifting_a_suspension_lets_codes_work_again() {
    let world = World::new();
    let ann = world.account("ann").await;
    let made = world.generate("ann").await;
    world.suspend(&ann).await;
    assert!(world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.is_err());
    for _ in 0..2 {
        world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    }
    assert!(world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.is_ok());
    let lifted: Vec<_> = world.trail().await.into_iter().filter(|e| e.kind == AuditKind::Lifted).collect();
    assert_eq!(lifted.len(), 1);
    assert_eq!(lifted[0].reason.as_deref(), Some("not_me"));
}

#[tokio::test]
async fn revoking_a_set_again_gives_the_same_answer() {
    let world = World::new();
    world.account("ann").await;
    world.account("bob").await;
    let made = world.generate("ann").await;
    let run =
        async |name: &str, how| world.use_cases.revoke_batch.run(&subject(name), made.batch.id, how, &caller()).await;
    let first = run("ann", Revocation::Invalidate).await.unwrap();
    assert_eq!(first.counters.invalidated, 10);
    world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(run("ann", Revocation::Invalidate).await.unwrap(), first);
    let deleted = run("ann", Revocation::Delete).await.unwrap();
    assert_eq!((deleted.counters.invalidated, deleted.counters.removed), (10, 0));
    assert_eq!(run("ann", Revocation::Delete).await.unwrap(), deleted);
    assert!(matches!(run("bob", Revocation::Delete).await, Err(ActError::NotFound)));
    assert!(matches!(run("nobody", Revocation::Delete).await, Err(ActError::NotFound)));
}

#[tokio::test]
async fn a_set_is_marked_as_viewed_once() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    world.use_cases.mark_viewed.run(made.batch.id, &caller()).await.unwrap();
    let first = world.batch("ann").await.unwrap().viewed_at.unwrap();
    world.clock.advance(SignedDuration::from_secs(5));
    world.use_cases.mark_viewed.run(made.batch.id, &caller()).await.unwrap();
    assert_eq!(world.batch("ann").await.unwrap().viewed_at, Some(first));
    let unknown = backstop_domain::BatchId::new(uuid::Uuid::from_u128(99));
    assert!(matches!(world.use_cases.mark_viewed.run(unknown, &caller()).await, Err(ActError::NotFound)));
}

#[tokio::test]
async fn history_shows_the_newest_twenty_sets_five_a_page() {
    let world = World::new();
    world.account("ann").await;
    for _ in 0..23 {
        world.generate("ann").await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let page = async |n| world.use_cases.show_history.run(&subject("ann"), n).await.unwrap();
    let first = page(1).await;
    assert_eq!((first.items.len(), first.pages, first.total), (5, 4, 20));
    assert!(first.items.windows(2).all(|two| two[0].created_at > two[1].created_at));
    assert_eq!(page(4).await.items.len(), 5);
    for outside in [0, 5, u32::MAX] {
        let page = page(outside).await;
        assert_eq!((page.items.len(), page.pages, page.total), (0, 4, 20));
    }
    assert!(matches!(world.use_cases.show_history.run(&subject("nobody"), 1).await, Err(ActError::NotFound)));
}

#[tokio::test]
async fn registering_changes_what_is_given_and_keeps_the_rest() {
    let world = World::new();
    let address = EmailAddress::parse("Ann@Example.com").unwrap();
    let mut with_email = registration("ann");
    with_email.changes.email = Patch::Set(address.clone());
    with_email.changes.email_confirmed = Some(true);
    let first = world.use_cases.register_account.run(&with_email, &caller()).await.unwrap();
    assert!(first.created && first.account.email_confirmed);
    let again = world.use_cases.register_account.run(&registration("ann"), &caller()).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.account, first.account);

    let mut moved = registration("ann");
    moved.changes.email = Patch::Set(EmailAddress::parse("ann@elsewhere.example").unwrap());
    let moved = world.use_cases.register_account.run(&moved, &caller()).await.unwrap().account;
    assert!(!moved.email_confirmed, "a new address is unconfirmed until somebody says otherwise");
    assert_eq!((moved.id, moved.created_at), (first.account.id, first.account.created_at));

    let mut recased = registration("ann");
    recased.changes.email = Patch::Set(EmailAddress::parse("Ann@Elsewhere.example").unwrap());
    let recased = world.use_cases.register_account.run(&recased, &caller()).await.unwrap().account;
    assert_eq!(recased.email.unwrap().as_str(), "Ann@Elsewhere.example");

    let mut twin = registration("bob");
    twin.changes.email = Patch::Set(EmailAddress::parse("ANN@elsewhere.example").unwrap());
    let taken = world.use_cases.register_account.run(&twin, &caller()).await;
    assert!(matches!(taken, Err(RegisterError::EmailTaken)));
    let mut many = registration("ann");
    many.changes.notify_emails = Some(vec![address; 5]);
    let many = world.use_cases.register_account.run(&many, &caller()).await;
    assert!(matches!(many, Err(RegisterError::TooManyNotifyEmails)));
    let mut cleared = registration("ann");
    cleared.changes.email = Patch::Clear;
    let cleared = world.use_cases.register_account.run(&cleared, &caller()).await.unwrap().account;
    assert!(cleared.email.is_none() && !cleared.email_confirmed);
}

#[tokio::test]
async fn erasing_an_account_takes_its_codes_and_leaves_the_trail_without_the_person() {
    let world = World::new();
    let ann = world.account("ann").await;
    let made = world.generate("ann").await;
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    let before = world.trail().await.len();
    world.use_cases.erase_account.run(&subject("ann"), &caller()).await.unwrap();
    assert!(world.known("ann").await.is_none());
    let trail = world.trail().await;
    assert_eq!(trail.len(), before + 1);
    assert_eq!((trail[0].kind, trail[0].count), (AuditKind::AccountErased, Some(10)));
    assert!(trail.iter().all(|e| e.account != Some(ann.id) && e.origin.ip.is_none() && e.origin.user_agent.is_none()));
    assert!(trail.iter().all(|e| e.account.is_none() || e.account == trail[0].account));
    assert!(matches!(world.use_cases.erase_account.run(&subject("ann"), &caller()).await, Err(ActError::NotFound)));
    let again = world.account("ann").await;
    assert_ne!(again.id, ann.id);
    assert!(world.use_cases.redeem_code.run(&attempt("ann", made.codes[1].reveal())).await.is_err());
}

#[tokio::test]
async fn clients_never_see_administrators_or_auditors() {
    let world = World::new();
    for (name, role) in [("root", Role::Admin), ("looker", Role::Auditor)] {
        let mut account = backstop_domain::Account::new(
            backstop_domain::AccountId::new(uuid::Uuid::from_u128(name.len() as u128 + 500)),
            subject(name),
            world.clock.now(),
        );
        account.role = role;
        let mut unit = world.store.begin().await.unwrap();
        unit.accounts().insert(&account).await.unwrap();
        unit.commit().await.unwrap();
        let cases = &world.use_cases;
        assert!(matches!(cases.show_account.run(&subject(name)).await, Err(ActError::NotFound)));
        assert!(matches!(cases.show_history.run(&subject(name), 1).await, Err(ActError::NotFound)));
        assert!(matches!(cases.erase_account.run(&subject(name), &caller()).await, Err(ActError::NotFound)));
        assert!(matches!(cases.lift_suspension.run(&subject(name), &caller()).await, Err(ActError::NotFound)));
        assert!(matches!(cases.generate_batch.run(&generation(name)).await, Err(GenerateError::UnknownAccount)));
        let registered = cases.register_account.run(&registration(name), &caller()).await;
        assert!(matches!(registered, Err(RegisterError::NotFound)));
    }
}

#[tokio::test]
async fn a_key_opens_what_its_client_may_and_nothing_else_does() {
    let world = World::new();
    let scopes: Scopes = [Scope::CodesRead].into_iter().collect();
    let created = world.use_cases.create_client.run("shop", scopes.clone(), Actor::CommandLine).await.unwrap();
    let client = world.use_cases.authenticate_client.run(created.key.reveal()).await.unwrap().unwrap();
    assert_eq!((client.name.as_str(), &client.scopes), ("shop", &scopes));
    let (head, tail) = created.key.reveal().split_at(created.key.reveal().len() - 1);
    let other = if tail == "a" { "b" } else { "a" };
    for wrong in [format!("{head}{other}"), String::new(), "backstop_x_y".into(), "Bearer".into()] {
        assert!(world.use_cases.authenticate_client.run(&wrong).await.unwrap().is_none(), "{wrong}");
    }
    assert!(world.use_cases.create_client.run("shop", scopes.clone(), Actor::CommandLine).await.is_err());
    assert!(world.use_cases.create_client.run("", scopes, Actor::CommandLine).await.is_err());
    assert!(world.use_cases.create_client.run("x", Scopes::default(), Actor::CommandLine).await.is_err());
}

#[tokio::test]
async fn live_codes_under_a_missing_key_or_profile_are_found() {
    let world = World::new();
    world.account("ann").await;
    world.generate("ann").await;
    let key = KeyId::parse("k1").unwrap();
    assert!(world.use_cases.find_stranded_codes.run(&[key]).await.unwrap().is_empty());
    let stranded = world.use_cases.find_stranded_codes.run(&[]).await.unwrap();
    assert_eq!(stranded, [Stranded::Key { id: "k1".into(), codes: 10 }]);
}
