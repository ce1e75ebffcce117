use super::{address, scheduling::planned};
use crate::support::{World, attempt};
use backstop_application::{
    ports::{HistoryReader as _, RunReader as _, RunRecord, ScheduleReader as _, Storage as _, WhichTasks},
    use_cases::{Author, CleanUpOrder, Ran, TaskOutcome},
};
use backstop_domain::{
    Actor, AuditKind, CleanUp, ReportWhen, RunStatus, TaskKind, TaskState, clean_up::Portions, history::Window,
    task::Ending,
};
use core::ops::ControlFlow;
use jiff::SignedDuration;
use std::sync::Mutex;

const ORDER: CleanUpOrder =
    CleanUpOrder { of: CleanUp::Codes, retention_days: Some(30), portions: None, report: ReportWhen::WhenRemoved };

const fn portions(chunk: u32, most: u64) -> Portions {
    Portions { chunk: Some(chunk), most: Some(most) }
}

async fn purge(world: &World, order: &CleanUpOrder) -> RunRecord {
    match world.use_cases.run_clean_up.run(order, &|_| ControlFlow::Continue(())).await.unwrap() {
        Ran::Ended(record) => *record,
        other => panic!("{other:?}"),
    }
}

/// So many accounts whose first sets of ten were replaced a while ago.
async fn old_sets(accounts: usize) -> World {
    let world = World::new().with_settings(|settings| {
        settings.mail.notices.clear();
        settings.mail.admin_address = Some(address("ops@example.com"));
    });
    for number in 0..accounts {
        let name = format!("user-{number}");
        world.account(&name).await;
        world.generate(&name).await;
        world.generate(&name).await;
    }
    world.clock.advance(SignedDuration::from_hours(31 * 24));
    world
}

#[tokio::test]
async fn a_run_takes_what_is_over_for_long_enough_and_nothing_else() {
    let world = old_sets(3).await;
    let recent = world.generate("user-0").await;
    let looked = world.use_cases.run_clean_up.look(&ORDER).await.unwrap();
    assert_eq!((looked.rows, looked.batches), (30, 3));
    let record = purge(&world, &ORDER).await;
    assert_eq!((record.removed, record.removed_batches, record.status), (30, 3, RunStatus::Completed));
    // What was replaced a moment ago stays, although its set is old.
    let account = world.known("user-0").await.unwrap();
    let page = world.store.page(account.id, Some(Window { offset: 0, limit: 10 })).await.unwrap();
    assert_eq!(page.total, 3, "the record of the set that went stays");
    let purged: Vec<u32> = page.batches.iter().map(|batch| batch.counters.purged).collect();
    assert_eq!(purged, [0, 0, 10]);
    assert!(page.batches.iter().all(|batch| batch.counters.adds_up()));
    world.use_cases.redeem_code.run(&attempt("user-0", recent.codes[0].reveal())).await.unwrap();
}

#[tokio::test]
async fn the_cap_holds_to_the_row_and_the_next_run_goes_on() {
    let world = old_sets(5).await;
    let order = CleanUpOrder { portions: Some(portions(7, 23)), ..ORDER };
    let first = purge(&world, &order).await;
    assert_eq!((first.removed, first.status), (23, RunStatus::Capped));
    let second = purge(&world, &order).await;
    assert_eq!((second.removed, second.status), (23, RunStatus::Capped));
    let third = purge(&world, &order).await;
    assert_eq!((third.removed, third.status), (4, RunStatus::Completed));
    assert_eq!(first.removed_batches + second.removed_batches + third.removed_batches, 5, "no empty row stays");
}

#[tokio::test]
async fn progress_is_told_and_a_chunk_is_no_larger_than_asked() {
    let world = old_sets(4).await;
    let seen = Mutex::new(Vec::new());
    let order = CleanUpOrder { portions: Some(portions(16, 1_000)), ..ORDER };
    let step = |removed| {
        seen.lock().unwrap().push(removed);
        ControlFlow::Continue(())
    };
    world.use_cases.run_clean_up.run(&order, &step).await.unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.windows(2).all(|pair| pair[1] - pair[0] <= 16), "{seen:?}");
    assert_eq!(seen.last(), Some(&40));
}

#[tokio::test]
async fn a_run_that_was_interrupted_goes_on_under_its_cap() {
    let world = old_sets(4).await.with_settings(|settings| {
        settings.clean_up.portions = Portions { chunk: Some(5), most: Some(30) };
    });
    let schedule = world
        .use_cases
        .manage_schedules
        .create(planned("nightly", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_hours(24));
    world.use_cases.fire_schedules.run().await.unwrap();
    // The first worker dies in the middle: its lease is over, and somebody else goes on.
    let leased = world.claim_one().await;
    world.calls.stop_after_commits(4);
    assert!(world.use_cases.do_tasks.run(&leased).await.is_err());
    world.calls.go_on();
    let begun = world.store.unfinished(schedule.id).await.unwrap().unwrap();
    assert!(begun.removed > 0 && begun.removed < 30, "{begun:?}");
    world.clock.advance(SignedDuration::from_hours(1));
    let outcomes = world.work().await;
    let Some((TaskKind::CleanUp, TaskOutcome::Ran { record, .. })) = outcomes.first() else { panic!("{outcomes:?}") };
    assert_eq!((record.removed, record.status, record.run.id), (30, RunStatus::Capped, begun.run.id));
    // Whoever was thought dead writes nothing any more.
    assert_eq!(world.use_cases.do_tasks.run(&leased).await.unwrap(), TaskOutcome::Lost);
    let known = world.store.schedule(schedule.id).await.unwrap().unwrap();
    assert_eq!(known.total_removed, 30);
}

/// All that was said of runs that somebody started by hand.
async fn told_of_runs(world: &World) -> Vec<String> {
    let trail = world.trail().await;
    let runs = trail.into_iter().filter(|entry| entry.kind == AuditKind::Purged && entry.actor == Actor::CommandLine);
    runs.map(|entry| entry.reason.unwrap().to_string()).collect()
}

#[tokio::test]
async fn whoever_started_a_run_can_stop_it() {
    let world = old_sets(4).await;
    let order = CleanUpOrder { portions: Some(portions(5, 1_000)), ..ORDER };
    let step = |removed| if removed < 15 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let Ran::Ended(record) = world.use_cases.run_clean_up.run(&order, &step).await.unwrap() else { panic!() };
    assert_eq!((record.removed, record.status), (15, RunStatus::Capped));
    assert_eq!(told_of_runs(&world).await.len(), 1);
    // It is over: no worker goes on with it, and the report is sent.
    world.clock.advance(SignedDuration::from_hours(1));
    world.work().await;
    assert_eq!((told_of_runs(&world).await.len(), world.mailer.sent().len()), (1, 1));
    assert_eq!(purge(&world, &ORDER).await.removed, 25);
}

#[tokio::test]
async fn a_run_whose_starter_died_is_brought_to_its_end_by_a_worker() {
    let world = old_sets(4).await.with_settings(|settings| settings.clean_up.portions = portions(5, 1_000));
    world.calls.stop_after_commits(4);
    assert!(world.use_cases.run_clean_up.run(&ORDER, &|_| ControlFlow::Continue(())).await.is_err());
    world.calls.go_on();
    let begun = world.store.newest(9).await.unwrap();
    assert!(begun.len() == 1 && begun[0].removed > 0 && begun[0].status == RunStatus::Running, "{begun:?}");
    assert!(world.work().await.iter().all(|(kind, _)| *kind != TaskKind::CleanUp), "as long as the lease lasts");
    world.clock.advance(SignedDuration::from_hours(1));
    world.work().await;
    let ended = world.store.newest(9).await.unwrap();
    assert_eq!((ended.len(), ended[0].removed, ended[0].status), (1, 40, RunStatus::Completed));
    assert_eq!(told_of_runs(&world).await.len(), 1);
}

#[tokio::test]
async fn a_run_sends_one_report_if_it_is_wanted() {
    let world = old_sets(2).await;
    purge(&world, &ORDER).await;
    world.work().await;
    let arrived = world.mailer.sent();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].to, address("ops@example.com"));
    assert!(arrived[0].text.reveal().contains("20"));
    purge(&world, &ORDER).await;
    world.work().await;
    assert_eq!(world.mailer.sent().len(), 1, "nothing was removed");
    purge(&world, &CleanUpOrder { report: ReportWhen::Always, ..ORDER }).await;
    world.work().await;
    assert_eq!(world.mailer.sent().len(), 2);
    purge(&world, &CleanUpOrder { report: ReportWhen::Never, retention_days: Some(0), ..ORDER }).await;
    world.work().await;
    assert_eq!(world.mailer.sent().len(), 2);
}

#[tokio::test]
async fn a_run_is_in_the_trail_with_who_is_behind_it() {
    let world = old_sets(1).await;
    world
        .use_cases
        .manage_schedules
        .create(planned("nightly", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_hours(24));
    world.use_cases.fire_schedules.run().await.unwrap();
    world.work().await;
    let trail = world.trail().await;
    let entry = trail.iter().find(|entry| entry.kind == AuditKind::Purged).unwrap();
    assert_eq!(entry.actor, Actor::Schedule { name: "nightly".into(), saved_by: "eve".into() });
    assert_eq!(entry.count, Some(10));
}

#[tokio::test]
async fn the_trail_is_cleaned_down_to_what_must_stay() {
    let world = old_sets(1).await;
    world.account("late").await;
    let order = CleanUpOrder { of: CleanUp::Audit, retention_days: Some(1), ..ORDER };
    let before = world.trail().await.len();
    let record = purge(&world, &order).await;
    assert!(record.removed > 0 && record.range.is_some());
    let trail = world.trail().await;
    assert_eq!(u64::try_from(before + 1 - trail.len()).unwrap(), record.removed);
    assert!(trail.iter().any(|entry| entry.kind == AuditKind::AuditCleaned));
    world.clock.advance(SignedDuration::from_hours(6 * 24));
    assert_eq!(purge(&world, &order).await.removed, 0, "what is younger than a week stays, whatever is asked");
    world.clock.advance(SignedDuration::from_hours(48));
    assert!(purge(&world, &order).await.removed > 0);
    let for_ever = CleanUpOrder { retention_days: Some(0), ..order };
    world.clock.advance(SignedDuration::from_hours(1_000 * 24));
    assert_eq!(purge(&world, &for_ever).await.removed, 0, "0 keeps the trail for ever");
    assert_eq!(world.use_cases.run_clean_up.look(&for_ever).await.unwrap().rows, 0);
}

#[tokio::test]
async fn a_run_that_can_not_be_done_is_told_as_failed() {
    let world = old_sets(1).await.with_settings(|settings| settings.work.attempts = 1);
    let schedule = world
        .use_cases
        .manage_schedules
        .create(planned("nightly", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_hours(24));
    world.use_cases.fire_schedules.run().await.unwrap();
    let leased = world.claim_one().await;
    world.calls.stop_after_commits(1);
    assert!(world.use_cases.do_tasks.run(&leased).await.is_err());
    world.calls.go_on();
    let given_up = world.use_cases.do_tasks.give_back(&leased, "the database is read-only").await.unwrap();
    assert!(matches!(given_up, TaskOutcome::Ended(Ending::Failed { .. })));
    let known = world.store.schedule(schedule.id).await.unwrap().unwrap();
    let last = known.last.unwrap();
    assert_eq!((last.status, last.error.as_deref()), (RunStatus::Failed, Some("the database is read-only")));
    assert_eq!(world.tasks_in(TaskState::Failed).await.len(), 1);
}

#[tokio::test]
async fn flushing_clears_what_was_asked_and_never_mail() {
    use backstop_application::use_cases::{EmailRequest, Flush};
    let world = old_sets(1).await;
    world
        .use_cases
        .manage_schedules
        .create(planned("a", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    world
        .use_cases
        .manage_schedules
        .create(planned("b", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    let made = world.ann_by_mail().await;
    let request = EmailRequest {
        batch: made.batch.id,
        token: backstop_domain::SecretText::new(made.delivery_token.reveal().to_owned()),
        caller: crate::support::caller(),
    };
    world.use_cases.email_batch.run(&request).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24));
    world.use_cases.fire_schedules.run().await.unwrap();
    assert_eq!(world.use_cases.flush_tasks.run(Flush::Failed, &Actor::CommandLine).await.unwrap(), 0);
    let cleared = world.use_cases.flush_tasks.run(Flush::All, &Actor::CommandLine).await.unwrap();
    assert_eq!(cleared, 2, "two schedules; their runs went with them");
    let left: Vec<TaskKind> = world.tasks_in(TaskState::Queued).await.iter().map(|task| task.kind).collect();
    assert_eq!(left, [TaskKind::SendCodes]);
    let mut unit = world.store.begin().await.unwrap();
    assert_eq!(unit.tasks().remove(WhichTasks::Failed).await.unwrap(), 0);
    unit.rollback().await.unwrap();
}

#[tokio::test]
async fn a_dry_run_tells_what_a_run_then_takes() {
    let world = old_sets(2).await;
    world.account("late").await;
    for (of, days) in [(CleanUp::Audit, 1), (CleanUp::Audit, 0), (CleanUp::EmailLog, 0), (CleanUp::Codes, 0)] {
        let order = CleanUpOrder { of, retention_days: Some(days), report: ReportWhen::Never, ..ORDER };
        let told = world.use_cases.run_clean_up.look(&order).await.unwrap();
        let record = purge(&world, &order).await;
        assert_eq!((told.rows, told.retention_days), (record.removed, record.run.retention_days), "{of} {days}");
    }
}

#[tokio::test]
async fn what_was_given_up_runs_when_somebody_tries_it_again() {
    let world = old_sets(1).await.with_settings(|settings| settings.work.attempts = 1);
    world
        .use_cases
        .manage_schedules
        .create(planned("nightly", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_hours(24));
    world.use_cases.fire_schedules.run().await.unwrap();
    let leased = world.claim_one().await;
    world.calls.stop_after_commits(1);
    assert!(world.use_cases.do_tasks.run(&leased).await.is_err());
    world.calls.go_on();
    world.use_cases.do_tasks.give_back(&leased, "no use").await.unwrap();
    let mut unit = world.store.begin().await.unwrap();
    assert!(unit.tasks().retry(leased.lease.task, world.now()).await.unwrap());
    unit.commit().await.unwrap();
    let outcomes = world.work().await;
    let Some((TaskKind::CleanUp, TaskOutcome::Ran { record, .. })) = outcomes.first() else { panic!("{outcomes:?}") };
    assert_eq!((record.removed, record.status), (10, RunStatus::Completed));
}
