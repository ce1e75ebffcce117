use super::address;
use crate::support::{World, attempt, attempt_from, caller, generation, registering, subject};
use backstop_application::{
    ports::Revocation,
    use_cases::{AccountChanges, AttemptError, Patch},
};
use backstop_domain::{NoticeKind, TaskKind, TaskState};
use jiff::SignedDuration;

fn subjects(world: &World) -> Vec<String> {
    world.mailer.sent().into_iter().map(|mail| mail.subject).collect()
}

async fn told(world: &World, kind: NoticeKind) -> usize {
    world.work().await;
    subjects(world).iter().filter(|subject| subject.contains(kind.as_str())).count()
}

#[tokio::test]
async fn owners_are_told_of_new_codes_and_of_each_use() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    assert_eq!(told(&world, NoticeKind::CodesMade).await, 1);
    let used = attempt("ann", made.codes[0].reveal());
    world.use_cases.redeem_code.run(&used).await.unwrap();
    assert_eq!(told(&world, NoticeKind::CodeUsed).await, 1);
    // A wrong one tells nobody anything.
    world.use_cases.redeem_code.run(&used).await.unwrap_err();
    assert_eq!(told(&world, NoticeKind::CodeUsed).await, 1);
}

#[tokio::test]
async fn each_address_gets_a_mail_of_its_own() {
    let world = World::new();
    let changes = AccountChanges {
        email: Patch::Set(address("ann@example.com")),
        notify_emails: Some(vec![address("ANN@example.com"), address("team@example.com")]),
        ..AccountChanges::default()
    };
    let request = registering("ann", changes);
    world.use_cases.register_account.run(&request, &caller()).await.unwrap();
    world.use_cases.generate_batch.run(&generation("ann")).await.unwrap();
    world.work().await;
    let mut to: Vec<String> = world.mailer.sent().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    to.sort();
    assert_eq!(to, ["ann@example.com", "team@example.com"]);
}

#[tokio::test]
async fn few_and_none_left_are_told_once() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    for (place, code) in made.codes.iter().enumerate() {
        world.use_cases.redeem_code.run(&attempt("ann", code.reveal())).await.unwrap();
        // Not so many an hour that they are held back.
        world.clock.advance(SignedDuration::from_hours(1));
        let left = made.codes.len() - place - 1;
        assert_eq!(told(&world, NoticeKind::CodesLow).await, usize::from(left <= 3), "{left} left");
        assert_eq!(told(&world, NoticeKind::NoneLeft).await, usize::from(left == 0), "{left} left");
    }
}

#[tokio::test]
async fn what_is_switched_off_is_not_told() {
    let world = World::new().with_settings(|settings| {
        settings.mail.notices.remove(&NoticeKind::CodesMade);
    });
    world.ann_by_mail().await;
    assert!(world.work().await.is_empty());
    assert!(subjects(&world).is_empty());
}

#[tokio::test]
async fn a_hundred_failures_tell_of_the_suspension_and_the_ceiling_once_a_day() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    for network in 0..=u8::MAX {
        let wrong = made.codes[0].reveal().chars().rev().collect::<String>();
        let _ = world.use_cases.redeem_code.run(&attempt_from(network, "ann", &wrong)).await;
        world.clock.advance(SignedDuration::from_mins(2));
        world.work().await;
    }
    assert_eq!(told(&world, NoticeKind::Suspended).await, 1);
    let ceilings = told(&world, NoticeKind::CeilingReached).await;
    assert!((1..=2).contains(&ceilings), "256 tries in nine hours: once a day, {ceilings}");
}

#[tokio::test]
async fn beyond_ten_an_hour_comes_a_digest() {
    let world = World::new();
    world.ann_by_mail().await;
    for _ in 0..14 {
        world.generate("ann").await;
    }
    assert_eq!(told(&world, NoticeKind::CodesMade).await, 10);
    assert_eq!(subjects(&world).iter().filter(|subject| subject.contains("digest")).count(), 0);
    let waiting = world.tasks_in(TaskState::Queued).await;
    assert_eq!(waiting.iter().filter(|task| task.kind == TaskKind::TellHeld).count(), 1);
    world.clock.advance(SignedDuration::from_mins(61));
    world.work().await;
    let digests: Vec<_> = world.mailer.sent().into_iter().filter(|mail| mail.subject.contains("digest")).collect();
    let [digest] = &digests[..] else { panic!("{} digests", digests.len()) };
    assert_eq!(digest.text.reveal().matches("CodesMade").count(), 5);
}

#[tokio::test]
async fn codes_about_to_expire_are_told_once_a_set() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    let expiring = backstop_application::use_cases::GenerateRequest { expires_in_days: Some(10), ..generation("ann") };
    drop(made);
    world.use_cases.generate_batch.run(&expiring).await.unwrap();
    world.use_cases.do_tasks.queue_recurring().await.unwrap();
    for day in 0..12 {
        let expected = usize::from(day >= 3);
        assert_eq!(told(&world, NoticeKind::CodesExpiring).await, expected, "day {day}");
        world.clock.advance(SignedDuration::from_hours(24));
    }
}

#[tokio::test]
async fn what_comes_round_by_itself_is_queued_once() {
    let world = World::new();
    for _ in 0..5 {
        world.use_cases.do_tasks.queue_recurring().await.unwrap();
    }
    assert_eq!(world.tasks_in(TaskState::Queued).await.len(), 2);
    for hour in 0..30 {
        world.work().await;
        assert_eq!(world.tasks_in(TaskState::Queued).await.len(), 2, "hour {hour}");
        world.clock.advance(SignedDuration::from_hours(1));
    }
    let done = world.tasks_in(TaskState::Done).await;
    assert_eq!(done.iter().filter(|task| task.kind == TaskKind::ClearAway).count(), 30);
    assert_eq!(done.iter().filter(|task| task.kind == TaskKind::FindExpiring).count(), 2);
}

#[tokio::test]
async fn a_flood_of_hours_is_ten_mails_and_a_digest_an_hour() {
    let world = World::new();
    world.ann_by_mail().await;
    let mut before = 0;
    for hour in 0..4 {
        for _ in 0..60 {
            world.generate("ann").await;
            world.work().await;
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let all = subjects(&world).len();
        assert!(all - before <= 12, "{} mails in hour {hour}", all - before);
        before = all;
    }
    assert!(before >= 13, "{before}");
}

#[tokio::test]
async fn a_small_set_and_a_revoked_one_are_told_of_too() {
    let world = World::new();
    world.ann_by_mail().await;
    let three = backstop_application::use_cases::GenerateRequest { count: Some(3), ..generation("ann") };
    let made = world.use_cases.generate_batch.run(&three).await.unwrap();
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    assert_eq!(told(&world, NoticeKind::CodesLow).await, 1, "two are left");
    world.use_cases.revoke_batch.run(&subject("ann"), made.batch.id, Revocation::Invalidate, &caller()).await.unwrap();
    assert_eq!(told(&world, NoticeKind::NoneLeft).await, 1);
}

#[tokio::test]
async fn a_code_that_was_dead_tells_nothing_and_clears_no_failures() {
    let world = World::new();
    let old = world.ann_by_mail().await;
    let made = world.generate("ann").await;
    let wrong = made.codes[0].reveal().chars().rev().collect::<String>();
    for _ in 0..3 {
        world.use_cases.redeem_code.run(&attempt("ann", &wrong)).await.unwrap_err();
    }
    let delete = attempt("ann", old.codes[0].reveal());
    world.use_cases.revoke_code.run(&delete, Revocation::Delete).await.unwrap();
    assert_eq!(told(&world, NoticeKind::NoneLeft).await, 0, "ten are left in the set that stands");
    let refused = world.use_cases.redeem_code.run(&attempt("ann", &wrong)).await;
    assert!(matches!(refused, Err(AttemptError::Refused { attempts_left: 1, .. })), "{refused:?}");
}
