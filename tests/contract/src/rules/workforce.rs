//! Which workers there are.

use crate::{
    QueueHarness,
    fixture::{at, micros_before},
    work::*,
};
use backstop_application::ports::Worker;

/// "Notes what is now true of a worker."
pub async fn a_worker_is_as_it_last_said(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let first = a_worker();
    work.queue.workforce.beat(&first).await.unwrap();
    assert_eq!(work.queue.workforce.workers(at(0)).await.unwrap(), core::slice::from_ref(&first));
    let later = Worker { seen_at: at(5), slots: 4, busy: 4, done: u64::from(u32::MAX) + 1, failed: 9, ..first };
    work.queue.workforce.beat(&later).await.unwrap();
    assert_eq!(work.queue.workforce.workers(at(0)).await.unwrap(), [later]);
}

/// "Strikes a worker off."
pub async fn a_worker_that_left_is_not_listed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (one, other) = (a_worker(), a_worker());
    for worker in [&one, &other] {
        work.queue.workforce.beat(worker).await.unwrap();
    }
    work.queue.workforce.leave(one.id).await.unwrap();
    work.queue.workforce.leave(one.id).await.unwrap();
    assert_eq!(work.queue.workforce.workers(at(0)).await.unwrap(), [other]);
}

/// "Those that were heard of at that time or later, the longest running first."
pub async fn workers_that_were_heard_of_are_listed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let begun = |started: i64, seen: i64| Worker { started_at: at(started), seen_at: at(seen), ..a_worker() };
    let (old, young, silent) = (begun(1, 8), begun(2, 9), begun(0, 7));
    for worker in [&young, &silent, &old] {
        work.queue.workforce.beat(worker).await.unwrap();
    }
    assert_eq!(work.queue.workforce.workers(at(8)).await.unwrap(), [old, young.clone()]);
    assert_eq!(work.queue.workforce.workers(micros_before(at(9), -1)).await.unwrap(), []);
    assert_eq!(work.queue.workforce.workers(at(9)).await.unwrap(), [young]);
}

/// "Strikes off whoever was not heard of since, and tells how many."
pub async fn silent_workers_are_forgotten(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let seen = |second: i64| Worker { seen_at: at(second), ..a_worker() };
    let (gone, lost, alive) = (seen(1), seen(2), seen(3));
    for worker in [&gone, &lost, &alive] {
        work.queue.workforce.beat(worker).await.unwrap();
    }
    assert_eq!(work.queue.workforce.forget(at(3)).await.unwrap(), 2);
    assert_eq!(work.queue.workforce.forget(at(3)).await.unwrap(), 0);
    assert_eq!(work.queue.workforce.workers(at(0)).await.unwrap(), [alive]);
}
