use super::worker;
use crate::support::World;
use backstop_application::{
    UseCases,
    ports::{RunReader as _, ScheduleReader as _},
    use_cases::{Author, Flush, Planned, ScheduleError},
};
use backstop_domain::{
    Actor, AuditKind, CleanUp, ReportWhen, RunStatus, Schedule, ScheduleName, TaskState,
    schedule::{Calendar, Zone},
};
use jiff::SignedDuration;

pub(super) fn planned(name: &str, rhythm: &str) -> Planned {
    Planned {
        name: ScheduleName::parse(name).unwrap(),
        of: CleanUp::Codes,
        retention_days: 30,
        calendar: Calendar {
            first: "2027-01-15T09:00".parse().unwrap(),
            zone: Zone::UTC,
            rhythm: rhythm.parse().unwrap(),
        },
        delete_empty: true,
        log_run: false,
        report: ReportWhen::Never,
        enabled: true,
    }
}

async fn create(world: &World, name: &str, rhythm: &str) -> Schedule {
    let made =
        world.use_cases.manage_schedules.create(planned(name, rhythm), &Author::new(Actor::CommandLine, "eve")).await;
    made.unwrap()
}

async fn queued(world: &World) -> usize {
    world.tasks_in(TaskState::Queued).await.len()
}

/// Two replicas over one store, for a simulated month of hourly runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_run_each_hour_of_a_month_once() {
    let world = World::new();
    let other = UseCases::assemble(&world.ports, &world.settings);
    let schedule = create(&world, "hourly", "hourly").await;
    let mut fired = 0;
    for hour in 0..31 * 24 {
        world.clock.advance(SignedDuration::from_hours(1));
        let (one, two) = tokio::join!(world.use_cases.fire_schedules.run(), other.fire_schedules.run());
        fired += one.unwrap().len() + two.unwrap().len();
        assert_eq!(fired, hour + 1);
        for (number, use_cases) in [(1, &*world.use_cases), (2, &other)] {
            for task in use_cases.do_tasks.claim(worker(number), 10).await.unwrap() {
                use_cases.do_tasks.run(&task).await.unwrap();
            }
        }
    }
    let runs = world.store.newest(10_000).await.unwrap();
    assert_eq!(runs.len(), 31 * 24);
    assert!(runs.iter().all(|run| run.status == RunStatus::Completed));
    let known = world.store.schedule(schedule.id).await.unwrap().unwrap();
    assert_eq!(known.last.unwrap().status, RunStatus::Completed);
}

#[tokio::test]
async fn what_was_missed_runs_once_and_late() {
    let world = World::new();
    create(&world, "hourly", "hourly").await;
    world.clock.advance(SignedDuration::from_hours(500));
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    assert!(world.use_cases.fire_schedules.run().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_change_of_a_schedule_leaves_a_stray_run() {
    let world = World::new();
    let schedules = &world.use_cases.manage_schedules;
    let schedule = create(&world, "hourly", "hourly").await;
    let due = async || {
        world.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
        assert_eq!(queued(&world).await, 1);
    };
    due().await;
    let seen = world.store.schedule(schedule.id).await.unwrap().unwrap();
    schedules
        .update(schedule.id, seen.revision, planned("other", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    assert_eq!(queued(&world).await, 0, "edited");
    schedules
        .update(schedule.id, seen.revision + 1, planned("third", "hourly"), &Author::new(Actor::CommandLine, "eve"))
        .await
        .unwrap();
    due().await;
    schedules.pause(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(queued(&world).await, 0, "paused");
    world.clock.advance(SignedDuration::from_hours(100));
    assert!(world.use_cases.fire_schedules.run().await.unwrap().is_empty(), "paused");
    world.clock.advance(SignedDuration::from_mins(1));
    schedules.resume(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert!(world.use_cases.fire_schedules.run().await.unwrap().is_empty(), "what it missed stays missed");
    due().await;
    schedules.remove(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(queued(&world).await, 0, "removed");
    world.clock.advance(SignedDuration::from_hours(100));
    assert!(world.use_cases.fire_schedules.run().await.unwrap().is_empty());
    let removed = schedules.remove(schedule.id, &Author::new(Actor::CommandLine, "eve")).await;
    assert!(matches!(removed, Err(ScheduleError::Unknown)));
    let changes = world.trail().await.iter().filter(|entry| entry.kind == AuditKind::ScheduleChanged).count();
    assert_eq!(changes, 6);
}

#[tokio::test]
async fn who_saw_an_older_one_changes_nothing() {
    let world = World::new();
    let schedule = create(&world, "nightly", "daily").await;
    let schedules = &world.use_cases.manage_schedules;
    schedules.pause(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    let stale = schedules
        .update(schedule.id, schedule.revision, planned("x", "daily"), &Author::new(Actor::CommandLine, "eve"))
        .await;
    assert!(matches!(stale, Err(ScheduleError::Changed)));
    create(&world, "weekly", "weekly").await;
    let taken = schedules.create(planned("weekly", "daily"), &Author::new(Actor::CommandLine, "eve")).await;
    assert!(matches!(taken, Err(ScheduleError::NameTaken)));
}

#[tokio::test]
async fn an_extra_run_is_one_more_and_not_before_the_first() {
    let world = World::new();
    let schedules = &world.use_cases.manage_schedules;
    let schedule = create(&world, "monthly", "monthly").await;
    let early = schedules.run_extra(schedule.id, None, &Author::new(Actor::CommandLine, "eve")).await;
    assert!(matches!(early, Err(ScheduleError::TooEarly)));
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    world.work().await;
    let before = world.store.schedule(schedule.id).await.unwrap().unwrap().next;
    schedules.run_extra(schedule.id, None, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    world.work().await;
    let after = world.store.schedule(schedule.id).await.unwrap().unwrap();
    assert_eq!((after.next, after.extra), (before, None));
    assert_eq!(world.store.newest(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_new_installation_has_one_daily_schedule_and_whoever_removed_it_stays_without() {
    let world = World::new();
    let schedules = &world.use_cases.manage_schedules;
    schedules.ensure_built_in().await.unwrap();
    schedules.ensure_built_in().await.unwrap();
    let all = schedules.all().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].of, all[0].retention_days, all[0].enabled), (CleanUp::Codes, 90, true));
    schedules.pause(all[0].id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    schedules.ensure_built_in().await.unwrap();
    assert!(!schedules.all().await.unwrap()[0].enabled, "paused stays paused");
    schedules.remove(all[0].id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    schedules.ensure_built_in().await.unwrap();
    assert!(schedules.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_setting_switches_the_schedule_of_the_trail() {
    let world = World::new().with_settings(|settings| settings.clean_up.audit = true);
    world.use_cases.manage_schedules.ensure_built_in().await.unwrap();
    let audit = |all: Vec<Schedule>| all.into_iter().find(|schedule| schedule.of == CleanUp::Audit);
    let made = audit(world.use_cases.manage_schedules.all().await.unwrap()).unwrap();
    assert!(made.enabled);
    let world = world.with_settings(|settings| settings.clean_up.audit = false);
    world.use_cases.manage_schedules.ensure_built_in().await.unwrap();
    assert!(!audit(world.use_cases.manage_schedules.all().await.unwrap()).unwrap().enabled);
    let world = world.with_settings(|settings| settings.clean_up.audit = true);
    world.use_cases.manage_schedules.ensure_built_in().await.unwrap();
    assert!(audit(world.use_cases.manage_schedules.all().await.unwrap()).unwrap().enabled);
}

#[tokio::test]
async fn what_was_due_when_somebody_edited_runs_by_what_is_said_now() {
    let world = World::new();
    let schedules = &world.use_cases.manage_schedules;
    let schedule = create(&world, "once", "once").await;
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    let seen = world.store.schedule(schedule.id).await.unwrap().unwrap();
    let edited = Planned { retention_days: 7, ..planned("once", "once") };
    schedules.update(schedule.id, seen.revision, edited, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(queued(&world).await, 0);
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    world.work().await;
    let runs = world.store.newest(10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.run.retention_days).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn a_run_in_hand_ends_when_its_schedule_is_paused_or_removed() {
    for act in ["pause", "remove"] {
        let world = World::new();
        let schedules = &world.use_cases.manage_schedules;
        let schedule = create(&world, "hourly", "hourly").await;
        world.clock.advance(SignedDuration::from_hours(2));
        world.use_cases.fire_schedules.run().await.unwrap();
        let leased = world.claim_one().await;
        world.calls.stop_after_commits(1);
        assert!(world.use_cases.do_tasks.run(&leased).await.is_err());
        world.calls.go_on();
        match act {
            "pause" => drop(schedules.pause(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap()),
            _ => schedules.remove(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap(),
        }
        let gone = world.use_cases.do_tasks.run(&leased).await.unwrap();
        assert_eq!(gone, backstop_application::use_cases::TaskOutcome::Lost, "{act}");
        assert!(world.work().await.is_empty(), "{act}");
        let runs = world.store.newest(10).await.unwrap();
        assert_eq!(runs.iter().map(|run| run.status).collect::<Vec<_>>(), [RunStatus::Failed], "{act}");
        let trail = world.trail().await;
        assert!(trail.iter().any(|entry| entry.kind == AuditKind::Purged), "{act}");
    }
}

#[tokio::test]
async fn a_paused_schedule_takes_no_extra_run_and_a_past_time_is_now() {
    let world = World::new();
    let schedules = &world.use_cases.manage_schedules;
    let schedule = create(&world, "daily", "daily").await;
    world.clock.advance(SignedDuration::from_hours(30));
    assert_eq!(world.use_cases.fire_schedules.run().await.unwrap().len(), 1);
    world.work().await;
    let ran = world.store.newest(1).await.unwrap()[0].run.started_at;
    let first = "2027-01-15T09:00:00Z".parse().unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    let extra = schedules.run_extra(schedule.id, Some(first), &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(extra.extra, Some(world.now()), "never an occurrence that ran ({ran})");
    schedules.pause(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    let refused = schedules.run_extra(schedule.id, None, &Author::new(Actor::CommandLine, "eve")).await;
    assert!(matches!(refused, Err(ScheduleError::Paused)));
    let resumed = schedules.resume(schedule.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    assert_eq!(resumed.extra, None);
}

#[tokio::test]
async fn a_built_in_schedule_that_somebody_saved_is_theirs() {
    let world = World::new().with_settings(|settings| settings.clean_up.audit = true);
    let schedules = &world.use_cases.manage_schedules;
    schedules.ensure_built_in().await.unwrap();
    let all = schedules.all().await.unwrap();
    let audit = all.iter().find(|schedule| schedule.of == CleanUp::Audit).unwrap();
    schedules.pause(audit.id, &Author::new(Actor::CommandLine, "eve")).await.unwrap();
    schedules.ensure_built_in().await.unwrap();
    let after = world.store.schedule(audit.id).await.unwrap().unwrap();
    assert_eq!((after.enabled, after.saved_by.as_str()), (false, "eve"));
}

#[tokio::test]
async fn the_trail_says_who_changed_a_schedule_and_from_where() {
    let world = crate::administering::world();
    let root = world.root().await;
    let by = Author::from(&root);
    let schedules = &world.use_cases.manage_schedules;
    let made = schedules.create(planned("weekly", "daily"), &by).await.unwrap();
    schedules.update(made.id, made.revision, planned("weekly", "hourly"), &by).await.unwrap();
    schedules.pause(made.id, &by).await.unwrap();
    schedules.resume(made.id, &by).await.unwrap();
    schedules.run_extra(made.id, Some(world.now() + SignedDuration::from_hours(48)), &by).await.unwrap();
    schedules.remove(made.id, &by).await.unwrap();
    schedules.create(planned("nightly", "daily"), &by).await.unwrap();
    world.use_cases.console.manage_tasks.flush(Flush::Schedules, &root).await.unwrap();
    let trail = world.trail().await;
    let told: Vec<_> = trail.iter().filter(|entry| entry.kind == AuditKind::ScheduleChanged).collect();
    assert_eq!(told.len(), 8);
    let caller = root.caller();
    assert!(caller.origin().ip.is_some() && caller.origin().request.is_some());
    assert!(told.iter().all(|entry| entry.origin == caller.origin() && entry.actor == caller.actor()), "{told:?}");
    assert_eq!(made.saved_by, root.name());
}
