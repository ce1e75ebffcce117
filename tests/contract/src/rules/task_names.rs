//! Names of which one unfinished task has each.

use crate::{
    QueueHarness,
    fixture::{RACERS, an_entry, at},
    work::*,
};
use backstop_application::ports::Held;
use backstop_domain::{AuditKind, TaskState, task::Ending};

/// "Where an unfinished task has the same unique name, that one stays as it is and this one is forgotten."
pub async fn a_second_task_of_a_name_is_forgotten(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (first, sibling, second, third) = (named("a"), named("a"), named("a"), named("a"));
    work.push([&first, &sibling]).await;
    work.push([&second]).await;
    assert_eq!(work.claim_one(0).await.lease.task, first.id);
    work.push([&third]).await;
    assert_eq!(work.state(&first).await, Some(TaskState::Running), "it stays as it is");
    assert_eq!(work.all().await, 1);
}

/// Names are compared byte for byte, and a task needs none.
pub async fn other_names_and_none_are_apart(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.push(&[named("a"), named("A"), named("a "), named("ä"), a_task(), a_task()]).await;
    assert_eq!(work.claim(0, 10).await.len(), 6);
}

/// "A name is free again as soon as its task is done or given up."
pub async fn a_name_is_free_when_its_task_ended(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    for ending in [done(), failed()] {
        work.ended(&named("a"), 0, &ending).await;
    }
    let next = named("a");
    let lease = work.begun(&next).await;
    // In one unit, too.
    let last = named("a");
    let mut unit = work.begin().await;
    assert_eq!(unit.tasks().finish(&lease, at(1), &done()).await.unwrap(), Held::Yes);
    unit.tasks().push(last.clone()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(work.claim_one(1).await.lease.task, last.id);
}

/// A task that is to be tried again keeps its name.
pub async fn a_task_that_comes_again_keeps_its_name(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let first = named("a");
    let lease = work.begun(&first).await;
    let again = Ending::Again { at: at(5), error: "busy".to_owned() };
    assert_eq!(work.finish(&lease, 1, &again).await, Held::Yes);
    work.push([&named("a")]).await;
    assert_eq!(work.claim_one(5).await.lease.task, first.id);
}

/// A push that is forgotten leaves its unit as it is, with all else that it does.
pub async fn a_forgotten_task_takes_nothing_with_it(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.push([&named("a")]).await;
    let (other, entry) = (a_task(), an_entry(AuditKind::Viewed, None));
    let mut unit = work.begin().await;
    unit.tasks().push(named("a")).await.unwrap();
    unit.tasks().push(other.clone()).await.unwrap();
    unit.audit().append(entry.clone()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(work.state(&other).await, Some(TaskState::Queued));
    assert_eq!(work.queue.audit.newest(None, 10).await.unwrap(), [entry]);
    assert_eq!(work.all().await, 2);
}

/// Of many units that queue a task of one name at once all commit, and one task is there.
pub async fn one_of_many_units_gets_a_name(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.race(RACERS, |work, racer| async move {
        let mut unit = work.queue.storage.begin().await.unwrap();
        // Whatever the order in which they say the names, none waits for ever.
        let names = if racer % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
        for name in names {
            unit.tasks().push(named(name)).await.unwrap();
        }
        unit.audit().append(an_entry(AuditKind::Viewed, None)).await.unwrap();
        unit.commit().await.unwrap();
    })
    .await;
    assert_eq!(work.claim(0, 100).await.len(), 2);
    assert_eq!(work.queue.audit.newest(None, 1_000).await.unwrap().len(), RACERS, "every unit committed");
}
