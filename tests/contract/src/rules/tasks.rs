//! Tasks, from the unit that queues them to who gets them.

use crate::{
    QueueHarness,
    fixture::{RACERS, at, micros_before},
    work::*,
};
use backstop_application::ports::{Claiming, Leased, NewTask, WhichTasks};
use backstop_domain::{TaskId, TaskState, task::Priority};
use std::collections::BTreeSet;

fn ids(found: &[Leased]) -> Vec<TaskId> {
    found.iter().map(|leased| leased.lease.task).collect()
}

fn due(second: i64, priority: Priority) -> NewTask {
    NewTask { due_at: at(second), priority, ..a_task() }
}

/// What a worker gets is what was queued.
pub async fn a_task_keeps_everything_it_was_given(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    work.push([&task]).await;
    let leased = work.claim_one(2).await;
    assert_eq!((leased.lease.task, leased.lease.worker, leased.lease.attempt), (task.id, work.worker, 1));
    assert_eq!((leased.kind, &leased.payload, &leased.sealed), (task.kind, &task.payload, &task.sealed));
    assert_eq!(leased.concerns, task.concerns);
    assert_eq!((leased.created_at, leased.attempts), (task.created_at, task.attempts));
}

/// "It can be claimed if the unit commits, and never was if it does not."
pub async fn a_task_goes_with_its_unit(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (undone, dropped, kept) = (a_task(), a_task(), a_task());
    let mut unit = work.begin().await;
    unit.tasks().push(undone.clone()).await.unwrap();
    unit.rollback().await.unwrap();
    let mut unit = work.begin().await;
    unit.tasks().push(dropped.clone()).await.unwrap();
    drop(unit);
    let mut unit = work.begin().await;
    unit.tasks().push(kept.clone()).await.unwrap();
    assert_eq!(work.find(kept.id).await, None, "nobody sees it before");
    unit.commit().await.unwrap();
    assert_eq!(work.state(&kept).await, Some(TaskState::Queued));
    assert_eq!((work.find(undone.id).await, work.find(dropped.id).await), (None, None));
    assert_eq!(work.claim_one(0).await.lease.task, kept.id);
}

/// "What else the unit's task store does sees it at once."
pub async fn a_unit_sees_what_it_queued(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (gone, stays) = (a_full_task(), a_task());
    let mut unit = work.begin().await;
    unit.tasks().push(gone.clone()).await.unwrap();
    unit.tasks().push(stays.clone()).await.unwrap();
    let removed = unit.tasks().remove(WhichTasks::OfBatch(gone.concerns.batch.unwrap())).await.unwrap();
    assert_eq!(removed, 1);
    let found = unit.tasks().claim(&work.claiming(5, 10)).await.unwrap();
    assert_eq!(ids(&found), [stays.id]);
    unit.commit().await.unwrap();
    assert_eq!((work.state(&gone).await, work.state(&stays).await), (None, Some(TaskState::Running)));
}

/// "By priority, then by when they are due."
pub async fn tasks_go_by_priority_then_by_when_they_are_due(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let order = [
        due(2, Priority::SOON),
        due(3, Priority::SOON),
        due(1, Priority::USUAL),
        due(4, Priority::USUAL),
        due(0, Priority(1_000)),
    ];
    work.push([3, 0, 4, 2, 1].map(|place| &order[place])).await;
    let expected: Vec<TaskId> = order.iter().map(|task| task.id).collect();
    assert_eq!(work.claim(5, 1).await[0].lease.task, expected[0], "also one at a time");
    assert_eq!(ids(&work.claim(5, 10).await), expected[1..]);
}

/// "Not before that."
pub async fn a_task_is_not_begun_before_its_time(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = due(5, Priority::SOON);
    work.push([&task]).await;
    let early = Claiming { now: micros_before(at(5), 1), ..work.claiming(5, 10) };
    assert_eq!(work.claim_as(&early).await, []);
    assert_eq!(work.claim_one(5).await.lease.task, task.id);
}

/// "This task and no other, if it is due."
pub async fn one_task_is_claimed_by_its_id(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let tasks = [a_task(), a_task(), due(7, Priority::SOON)];
    work.push(&tasks).await;
    let only = |second, id| Claiming { only: Some(id), ..work.claiming(second, 10) };
    assert_eq!(ids(&work.claim_as(&only(5, tasks[1].id)).await), [tasks[1].id]);
    assert_eq!(work.claim_as(&only(5, tasks[1].id)).await, [], "somebody has it");
    assert_eq!(work.claim_as(&only(5, tasks[2].id)).await, [], "it is not due");
    assert_eq!(work.claim_as(&only(5, a_task().id)).await, [], "there is none");
    assert_eq!(ids(&work.claim(5, 10).await), [tasks[0].id]);
}

/// "At most so many."
pub async fn no_more_are_claimed_than_asked_for(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.push(&[a_task(), a_task(), a_task()]).await;
    let counts = [work.claim(0, 0).await.len(), work.claim(0, 2).await.len(), work.claim(0, 2).await.len()];
    assert_eq!(counts, [0, 2, 1]);
}

/// "Leases tasks": nobody else gets them meanwhile.
pub async fn a_task_in_hand_is_not_claimed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.begun(&a_task()).await;
    assert_eq!(work.claim(9, 10).await, []);
}

/// "Of any number of parallel claims exactly one gets a task."
pub async fn one_of_many_claims_gets_a_task(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let tasks: Vec<NewTask> = (0..3 * RACERS).map(|_| a_task()).collect();
    work.push(&tasks).await;
    let found = work.race(RACERS, |work, _| async move { work.claim(0, 2).await }).await;
    let mut claimed: Vec<TaskId> = found.iter().flat_map(|found| ids(found)).collect();
    claimed.extend(ids(&work.claim(0, 1_000).await));
    let distinct: BTreeSet<TaskId> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), distinct.len()), (tasks.len(), tasks.len()), "each once");
}

/// One task, and many who want it.
pub async fn one_of_many_gets_the_last_task(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    for round in 0..8 {
        work.push([&a_task()]).await;
        let found = work.race(RACERS, |work, _| async move { work.claim(0, 1).await }).await;
        assert_eq!(found.iter().flatten().count(), 1, "in round {round}");
    }
}

/// "None waits for another", unless the harness says that its store locks as a whole.
pub async fn a_claim_waits_for_no_other(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    if work.locks_whole_store {
        return;
    }
    let (one, other) = (due(0, Priority::SOON), due(0, Priority::USUAL));
    work.push([&one, &other]).await;
    let mut first = work.begin().await;
    assert_eq!(ids(&first.tasks().claim(&work.claiming(0, 1)).await.unwrap()), [one.id]);
    assert_eq!(work.claim_one(0).await.lease.task, other.id, "beside a claim that is under way");
    first.commit().await.unwrap();
}

/// "Whose lease is over"; "each is one attempt more."
pub async fn a_task_whose_lease_is_over_is_claimed_again(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    let first = work.begun(&task).await;
    let early = Claiming { now: micros_before(at(12), 1), ..work.claiming(12, 10) };
    assert_eq!(work.claim_as(&early).await, []);
    let again = work.claim_one(12).await;
    assert_eq!((again.lease.task, first.attempt, again.lease.attempt), (task.id, 1, 2));
    assert_eq!((&again.payload, &again.sealed), (&task.payload, &task.sealed), "with all that it needs");
    assert_eq!(work.claim(21, 10).await, [], "the new lease counts");
}

/// "A task whose attempts are used up comes too, so that somebody gives it up."
pub async fn a_task_whose_attempts_are_used_up_comes_too(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = NewTask { attempts: 1, ..a_task() };
    work.begun(&task).await;
    let again = work.claim_one(10).await;
    assert_eq!((again.lease.attempt, again.attempts), (2, 1));
}

/// A claim is undone with its unit.
pub async fn a_claim_goes_with_its_unit(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    work.push([&a_task()]).await;
    let mut unit = work.begin().await;
    assert_eq!(unit.tasks().claim(&work.claiming(0, 1)).await.unwrap().len(), 1);
    unit.rollback().await.unwrap();
    assert_eq!(work.claim_one(0).await.lease.attempt, 1);
}
