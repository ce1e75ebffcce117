//! Hearing of work.

use crate::{QueueHarness, fixture::at, work::*};
use backstop_application::ports::Held;
use backstop_domain::task::Ending;
use core::time::Duration;

const LONG: Duration = Duration::from_hours(1);

/// Lets go of all that was said before.
async fn drained(work: &Work) {
    for _ in 0..3 {
        work.soon("waiting for no time", work.queue.signal.wait(Duration::ZERO)).await;
    }
}

/// "Returns when a task was queued": pushed, to be tried again, released, or retried.
pub async fn who_waits_hears_of_work(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let hears = async |doing: &str| {
        work.soon(doing, work.queue.signal.wait(LONG)).await;
        drained(&work).await;
    };
    drained(&work).await;
    let task = a_task();
    tokio::join!(hears("hearing of a task"), work.push([&task]));
    let again = Ending::Again { at: at(1), error: "busy".to_owned() };
    for (second, ending) in [(0, again), (1, Ending::Released)] {
        let lease = work.claim_one(second).await.lease;
        drained(&work).await;
        let ((), held) =
            tokio::join!(hears("hearing of a task that comes again"), work.finish(&lease, second, &ending));
        assert_eq!(held, Held::Yes);
    }
    let lease = work.claim_one(1).await.lease;
    assert_eq!(work.finish(&lease, 1, &failed()).await, Held::Yes);
    drained(&work).await;
    let ((), retried) = tokio::join!(hears("hearing of a retry"), work.retry(task.id, 2));
    assert!(retried);
}

/// "Since the last call": what was queued between two waits is heard of by the second.
pub async fn what_was_queued_before_the_wait_is_heard_of(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    for round in 0..3 {
        work.push([&a_task()]).await;
        work.soon(&format!("hearing of task {round}"), work.queue.signal.wait(LONG)).await;
    }
}

/// Everybody who waits hears of it.
pub async fn all_who_wait_hear_of_work(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    drained(&work).await;
    let hears = || work.soon("hearing of a task", work.queue.signal.wait(LONG));
    let task = a_task();
    tokio::join!(hears(), hears(), work.push([&task]));
}

/// "Or else after the time."
pub async fn a_wait_ends_with_its_time(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    for _ in 0..3 {
        work.soon("waiting", work.queue.signal.wait(Duration::from_millis(5))).await;
    }
}
