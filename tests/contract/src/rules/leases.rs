//! Whose task it is, and how an attempt ends.

use crate::{
    QueueHarness,
    fixture::{RACERS, an_entry, at, micros_before, uuid},
    work::*,
};
use backstop_application::ports::{Held, WhichTasks};
use backstop_domain::{
    AuditKind, TaskState, WorkerId,
    task::{Ending, Lease},
};
use tokio::time::timeout;

fn again(second: i64) -> Ending {
    Ending::Again { at: at(second), error: "busy".to_owned() }
}

/// Neither can be renewed nor finished, and the task stays as it is.
async fn assert_lost(work: &Work, lease: &Lease, second: i64) {
    let before = work.find(lease.task).await;
    assert_eq!(work.renew(lease, second).await, Held::Lost, "renewed at {second}");
    for ending in [done(), failed(), again(0), Ending::Released] {
        assert_eq!(work.finish(lease, second, &ending).await, Held::Lost, "{ending:?} at {second}");
    }
    assert_eq!(work.find(lease.task).await, before);
}

/// "Holds a lease until a later time."
pub async fn a_renewed_lease_lasts_longer(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let lease = work.begun(&a_task()).await;
    assert_eq!(work.renew(&lease, 9).await, Held::Yes);
    assert_eq!(work.claim(18, 1).await, []);
    assert_eq!(work.renew(&lease, 18).await, Held::Yes);
    assert_eq!(work.claim(27, 1).await, []);
    assert_eq!(work.claim_one(28).await.lease.attempt, 2);
}

/// "A lease that is over at `now` is `Lost`, even if nobody has taken the task over."
pub async fn a_lease_that_is_over_is_lost(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let lease = work.begun(&a_task()).await;
    assert_lost(&work, &lease, 10).await;
    assert_lost(&work, &lease, 99).await;
    let mut unit = work.begin().await;
    let held = unit.tasks().renew(&lease, micros_before(at(10), 1), at(20)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(held, Held::Yes, "to the last instant");
}

/// "Somebody else took the task over": also the same worker, with the next attempt.
pub async fn a_lease_that_was_taken_over_is_lost(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let first = work.begun(&a_task()).await;
    let second = work.claim_one(10).await.lease;
    assert_lost(&work, &first, 11).await;
    assert_lost(&work, &Lease { worker: WorkerId::new(uuid()), ..second }, 11).await;
    assert_lost(&work, &Lease { attempt: 3, ..second }, 11).await;
    assert_eq!(work.finish(&second, 11, &done()).await, Held::Yes);
    assert_lost(&work, &second, 11).await;
}

/// "Or the task is gone."
pub async fn a_lease_of_a_task_that_is_gone_is_lost(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    let lease = work.begun(&task).await;
    assert_eq!(work.remove(WhichTasks::OfAccount(task.concerns.account.unwrap())).await, 1);
    assert_lost(&work, &lease, 3).await;
}

/// "Until the unit ends nobody else can take the task over, so that what else the unit does is done under the lease."
pub async fn nobody_takes_over_while_a_unit_holds_the_lease(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let lease = work.begun(&a_task()).await;
    let mut unit = work.begin().await;
    assert_eq!(unit.tasks().renew(&lease, at(9), at(19)).await.unwrap(), Held::Yes);
    // To this one the old lease is over, and the new one is not there yet.
    let mut claiming = Box::pin(work.claim(11, 10));
    let beside = timeout(WATCHED, &mut claiming).await;
    unit.commit().await.unwrap();
    let found = match beside {
        Ok(found) => found,
        Err(_) => work.soon("claiming after the unit", claiming).await,
    };
    assert_eq!(found, []);
    assert_eq!(work.finish(&lease, 12, &done()).await, Held::Yes);
}

/// What a unit does is undone when it finds its lease lost, and is there when it holds it.
pub async fn what_is_done_without_a_lease_is_undone(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let lease = work.begun(&a_task()).await;
    for (second, expected) in [(10, Held::Lost), (9, Held::Yes)] {
        let mut unit = work.begin().await;
        unit.audit().append(an_entry(AuditKind::Viewed, None)).await.unwrap();
        unit.tasks().push(a_task()).await.unwrap();
        let held = unit.tasks().finish(&lease, at(second), &done()).await.unwrap();
        assert_eq!(held, expected);
        if held == Held::Yes { unit.commit().await.unwrap() } else { unit.rollback().await.unwrap() }
    }
    assert_eq!(work.queue.audit.newest(None, 10).await.unwrap().len(), 1);
    assert_eq!(work.all().await, 2, "the one that was done, and what the second unit queued");
}

/// Of many that end an attempt one does.
pub async fn an_attempt_ends_once(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let lease = work.begun(&a_task()).await;
    let outcomes = work
        .race(RACERS, |work, racer| async move {
            let ending = if racer % 2 == 0 { done() } else { failed() };
            work.finish(&lease, 1, &ending).await
        })
        .await;
    assert_eq!(outcomes.iter().filter(|held| **held == Held::Yes).count(), 1);
}

/// "What came of it stays, and so does the last error."
pub async fn what_came_of_a_task_stays(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_task();
    let lease = work.begun(&task).await;
    assert_eq!(work.finish(&lease, 1, &again(2)).await, Held::Yes);
    let lease = work.claim_one(2).await.lease;
    assert_eq!(work.finish(&lease, 3, &Ending::Done(Some("12 rows".to_owned()))).await, Held::Yes);
    let view = work.view(task.id).await;
    assert_eq!((view.state, view.ended_at, view.attempt), (TaskState::Done, Some(at(3)), 2));
    assert_eq!((view.summary.as_deref(), view.error.as_deref()), (Some("12 rows"), Some("busy")));
    assert_eq!((view.begun_at, view.worker), (Some(at(2)), Some(work.worker)));
    assert_eq!(work.claim(99, 1).await, []);
}

/// "A task to be tried again is queued for then", with all that it needs.
pub async fn a_task_is_tried_again_at_its_time(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    let lease = work.begun(&task).await;
    assert_eq!(work.finish(&lease, 3, &again(7)).await, Held::Yes);
    let view = work.view(task.id).await;
    assert_eq!((view.state, view.due_at, view.error.as_deref()), (TaskState::Queued, at(7), Some("busy")));
    assert_eq!((view.worker, view.ended_at), (None, None));
    assert_eq!(work.claim(6, 1).await, []);
    let next = work.claim_one(7).await;
    assert_eq!((next.lease.attempt, &next.payload, &next.sealed), (2, &task.payload, &task.sealed));
}

/// "A released one is queued for now, and its attempt is not counted."
pub async fn a_released_attempt_is_not_counted(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    let lease = work.begun(&task).await;
    assert_eq!(work.finish(&lease, 3, &Ending::Released).await, Held::Yes);
    let view = work.view(task.id).await;
    assert_eq!((view.state, view.due_at, view.attempt, view.error), (TaskState::Queued, at(3), 0, None));
    let next = work.claim_one(3).await;
    assert_eq!((next.lease.attempt, &next.payload, &next.sealed), (1, &task.payload, &task.sealed));
}

/// A task that was given up is kept, and nobody gets it.
pub async fn a_task_that_was_given_up_is_kept(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_task();
    work.ended(&task, 1, &failed()).await;
    let view = work.view(task.id).await;
    assert_eq!((view.state, view.ended_at, view.error.as_deref()), (TaskState::Failed, Some(at(1)), Some("no use")));
    assert_eq!(work.claim(99, 1).await, []);
}

/// "What was sealed is wiped when the task is done or given up": nobody sees it again, while its payload serves a
/// retry.
pub async fn what_was_sealed_is_wiped_when_a_task_is_given_up(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_full_task();
    work.ended(&task, 2, &failed()).await;
    assert!(work.retry(task.id, 5).await);
    let leased = work.claim_one(5).await;
    assert_eq!((&leased.payload, leased.sealed), (&task.payload, None));
}
