//! When clean-ups are due.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{RunResult, ScheduleSaved};
use backstop_domain::{
    CleanUp, ReportWhen, RunStatus, Schedule, ScheduleId, ScheduleName,
    schedule::{LastRun, Zone},
};
use core::time::Duration;
use tokio::time::timeout;

/// How long a unit is watched before it counts as waiting.
const WATCHED: Duration = Duration::from_millis(200);

async fn insert(store: &Fixture, schedule: &Schedule) -> ScheduleSaved {
    let mut unit = store.begin().await;
    let saved = unit.schedules().insert(schedule).await.unwrap();
    unit.commit().await.unwrap();
    saved
}

async fn stored(store: &Fixture, name: &str) -> Schedule {
    let schedule = a_schedule(name);
    assert_eq!(insert(store, &schedule).await, ScheduleSaved::Done);
    schedule
}

async fn update(store: &Fixture, schedule: &Schedule, was: u32) -> ScheduleSaved {
    let mut unit = store.begin().await;
    let saved = unit.schedules().update(schedule, was).await.unwrap();
    unit.commit().await.unwrap();
    saved
}

async fn read(store: &Fixture, id: ScheduleId) -> Option<Schedule> {
    store.stores.schedules.schedule(id).await.unwrap()
}

async fn due(store: &Fixture, second: i64, most: u32) -> Vec<String> {
    let mut unit = store.begin().await;
    let due = unit.schedules().due(at(second), most).await.unwrap();
    unit.rollback().await.unwrap();
    due.iter().map(|one| one.name.to_string()).collect()
}

fn full() -> Schedule {
    Schedule {
        of: CleanUp::EmailLog,
        retention_days: 0,
        extra: Some(at(7)),
        delete_empty: false,
        log_run: true,
        report: ReportWhen::Never,
        enabled: false,
        saved_by: "Zoë 'admin'".to_owned(),
        revision: 7,
        last: Some(LastRun { at: at(3), status: RunStatus::Failed, error: Some("it broke".to_owned()) }),
        total_removed: u64::from(u32::MAX) + 1,
        ..a_schedule("full ä")
    }
}

/// "Stores a new schedule with everything it was given."
pub async fn a_schedule_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut bare = a_schedule("bare");
    (bare.next, bare.calendar.zone, bare.calendar.rhythm) = (None, Zone::UTC, "once".parse().unwrap());
    for schedule in [full(), bare] {
        assert_eq!(insert(&store, &schedule).await, ScheduleSaved::Done);
        assert_eq!(read(&store, schedule.id).await, Some(schedule));
    }
}

/// "A name that is taken leaves the unit usable", be it taken by an insertion or an update; compared byte for byte.
pub async fn a_name_belongs_to_one_schedule(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (one, other) = (stored(&store, "nightly").await, stored(&store, "Nightly").await);
    let mut unit = store.begin().await;
    assert_eq!(unit.schedules().insert(&a_schedule("nightly")).await.unwrap(), ScheduleSaved::NameTaken);
    store.assert_usable(unit).await;
    let mut unit = store.begin().await;
    let renamed = Schedule { name: one.name.clone(), ..other.clone() };
    assert_eq!(unit.schedules().update(&renamed, 1).await.unwrap(), ScheduleSaved::NameTaken);
    store.assert_usable(unit).await;
    assert_eq!(store.stores.schedules.all().await.unwrap(), [other.clone(), one.clone()]);
    assert_eq!(store.stores.schedules.named(&one.name).await.unwrap(), Some(one.clone()));
    assert_eq!(store.stores.schedules.named(&ScheduleName::parse("NIGHTLY").unwrap()).await.unwrap(), None);
    let kept = Schedule { revision: 2, ..one };
    assert_eq!(update(&store, &kept, 1).await, ScheduleSaved::Done, "its own name is not taken");
}

/// "Replaces the schedule of this id if it has the revision `was`"; otherwise it is `Changed`, and nothing changes.
pub async fn a_schedule_changes_from_the_revision_it_had(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let before = stored(&store, "nightly").await;
    let after = Schedule { id: before.id, last: None, total_removed: 0, revision: 2, ..full() };
    let mut unit = store.begin().await;
    assert_eq!(unit.schedules().update(&after, 2).await.unwrap(), ScheduleSaved::Changed);
    store.assert_usable(unit).await;
    assert_eq!(read(&store, before.id).await, Some(before.clone()));
    assert_eq!(update(&store, &after, 1).await, ScheduleSaved::Done);
    assert_eq!(read(&store, before.id).await, Some(after.clone()));
    assert_eq!(update(&store, &before, 1).await, ScheduleSaved::Changed);
    assert_eq!(update(&store, &a_schedule("unknown"), 1).await, ScheduleSaved::Changed);
    assert_eq!(store.stores.schedules.all().await.unwrap(), [after]);
}

/// "… its last run and its total stay as they are."
pub async fn a_change_keeps_the_last_run(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let before = full();
    insert(&store, &before).await;
    let after = Schedule { revision: 8, last: None, total_removed: 0, ..before.clone() };
    assert_eq!(update(&store, &after, 7).await, ScheduleSaved::Done);
    assert_eq!(read(&store, before.id).await, Some(Schedule { revision: 8, ..before }));
}

/// Of many who change one revision exactly one does.
pub async fn one_of_many_changes_a_schedule(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let schedule = stored(&store, "nightly").await;
    let subject = schedule.clone();
    let saved = store
        .race(RACERS, move |store, racer| {
            let retention_days = u32::try_from(racer).unwrap();
            let changed = Schedule { retention_days, revision: 2, ..subject.clone() };
            async move { update(&store, &changed, 1).await }
        })
        .await;
    let won: Vec<usize> = (0..RACERS).filter(|racer| saved[*racer] == ScheduleSaved::Done).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(read(&store, schedule.id).await.unwrap().retention_days as usize, won[0]);
}

/// "`false` when there is none."
pub async fn a_removed_schedule_is_gone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (one, other) = (stored(&store, "one").await, stored(&store, "other").await);
    for removed in [true, false] {
        let mut unit = store.begin().await;
        assert_eq!(unit.schedules().remove(one.id).await.unwrap(), removed);
        unit.commit().await.unwrap();
    }
    assert_eq!(store.stores.schedules.all().await.unwrap(), [other]);
}

/// "Those that have a run due, the longest due first, at most so many"; and when the next one is.
pub async fn what_is_due_comes_in_its_order(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(store.stores.schedules.next_run().await.unwrap(), None);
    for (name, next, extra, enabled) in [
        ("third", Some(30), None, true),
        ("paused", Some(1), Some(1), false),
        ("first", Some(90), Some(10), true),
        ("second", Some(20), Some(95), true),
        ("over", None, None, true),
        ("fourth", None, Some(40), true),
    ] {
        let planned = Schedule { next: next.map(at), extra: extra.map(at), enabled, ..a_schedule(name) };
        insert(&store, &planned).await;
    }
    assert_eq!(store.stores.schedules.next_run().await.unwrap(), Some(at(10)));
    assert_eq!(due(&store, 9, 9).await, Vec::<String>::new());
    assert_eq!(due(&store, 10, 9).await, ["first"]);
    assert_eq!(due(&store, 39, 9).await, ["first", "second", "third"]);
    assert_eq!(due(&store, 99, 9).await, ["first", "second", "third", "fourth"]);
    assert_eq!(due(&store, 99, 2).await, ["first", "second"]);
}

/// "Until the unit ends nobody else gets them, and nobody changes them; those that another unit holds are left out, and
/// nobody waits."
pub async fn what_is_due_is_held(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    if store.locks_whole_store {
        return;
    }
    let one = stored(&store, "one").await;
    let mut first = store.begin().await;
    assert_eq!(first.schedules().due(at(100), 9).await.unwrap().len(), 1);
    let other = stored(&store, "other").await;
    assert_eq!(store.soon("asking what is due", due(&store, 100, 9)).await, ["other"]);
    let paused = Schedule { enabled: false, revision: 2, ..one };
    let mut pausing = Box::pin(update(&store, &paused, 1));
    assert!(timeout(WATCHED, &mut pausing).await.is_err(), "a schedule changes while somebody holds it");
    first.rollback().await.unwrap();
    assert_eq!(store.soon("changing after the first unit", pausing).await, ScheduleSaved::Done);
    assert_eq!(due(&store, 100, 9).await, [other.name.to_string()]);
}

/// Of many who look for what is due and move it on, exactly one gets each occurrence.
pub async fn one_of_many_gets_an_occurrence(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for name in ["one", "other"] {
        stored(&store, name).await;
    }
    let found: usize = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.begin().await;
            let due = unit.schedules().due(at(100), 9).await.unwrap();
            for one in &due {
                unit.schedules().advance(&Schedule { next: Some(at(200)), ..one.clone() }).await.unwrap();
            }
            unit.commit().await.unwrap();
            due.len()
        })
        .await
        .into_iter()
        .sum();
    assert_eq!(found, 2);
}

/// "Moves a schedule that `due` gave to its next times, and changes nothing else."
pub async fn moving_on_changes_the_times_only(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let before = Schedule { extra: Some(at(50)), ..a_schedule("nightly") };
    insert(&store, &before).await;
    let moved = Schedule { next: Some(at(300)), extra: None, ..before.clone() };
    let given = Schedule { id: before.id, next: moved.next, extra: None, ..full() };
    let mut unit = store.begin().await;
    unit.schedules().advance(&given).await.unwrap();
    unit.schedules().advance(&a_schedule("unknown")).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.stores.schedules.all().await.unwrap(), [moved]);
}

/// "One whose id was removed before is `Changed`", under whatever name, and leaves the unit usable.
pub async fn what_was_removed_does_not_come_back(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let gone = stored(&store, "gone").await;
    let mut unit = store.begin().await;
    assert!(unit.schedules().remove(gone.id).await.unwrap());
    unit.commit().await.unwrap();
    let renamed = Schedule { id: gone.id, ..a_schedule("renamed") };
    for again in [&gone, &renamed] {
        assert_eq!(insert(&store, again).await, ScheduleSaved::Changed);
        assert_eq!(read(&store, gone.id).await, None);
    }
    assert_eq!(insert(&store, &a_schedule("gone")).await, ScheduleSaved::Done, "its name is free");
}

/// "Notes how a run ended, and adds up what it removed. A schedule that is gone is no fault."
pub async fn the_ends_of_runs_are_noted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let before = stored(&store, "nightly").await;
    let failed = RunResult {
        at: at(7),
        status: RunStatus::Failed,
        error: Some("it broke".to_owned()),
        removed: u64::from(u32::MAX),
    };
    let capped = RunResult { at: at(9), status: RunStatus::Capped, error: None, removed: 5 };
    for (result, total_removed) in [(&failed, failed.removed), (&capped, failed.removed + 5)] {
        let mut unit = store.begin().await;
        unit.schedules().record(before.id, result).await.unwrap();
        unit.schedules().record(ScheduleId::new(uuid()), result).await.unwrap();
        unit.commit().await.unwrap();
        let expected = Schedule { last: Some(result.into()), total_removed, ..before.clone() };
        assert_eq!(store.stores.schedules.all().await.unwrap(), [expected]);
    }
}

/// "All, by name", and each by its id or its name.
pub async fn schedules_are_found_and_listed(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(store.stores.schedules.all().await.unwrap(), []);
    let (b, a, c) = (stored(&store, "b").await, stored(&store, "a").await, stored(&store, "c").await);
    assert_eq!(store.stores.schedules.all().await.unwrap(), [a, b.clone(), c]);
    assert_eq!(store.stores.schedules.named(&b.name).await.unwrap(), Some(b.clone()));
    assert_eq!(read(&store, b.id).await, Some(b));
    assert_eq!(read(&store, ScheduleId::new(uuid())).await, None);
}

/// What a unit saved is not there when it is undone.
pub async fn a_schedule_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let kept = stored(&store, "kept").await;
    let mut unit = store.begin().await;
    unit.schedules().insert(&a_schedule("new")).await.unwrap();
    unit.schedules().remove(kept.id).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(store.stores.schedules.all().await.unwrap(), [kept]);
}
