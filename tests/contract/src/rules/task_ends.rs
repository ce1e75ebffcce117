//! Trying again what was given up, and removing tasks.

use crate::{
    QueueHarness,
    fixture::{at, uuid},
    work::*,
};
use backstop_application::ports::{Concerns, Held, NewTask, WhichTasks};
use backstop_domain::{BatchId, ScheduleId, TaskId, TaskKind, TaskState, task::Priority};

/// "Queues a task that was given up again, with all its attempts."
pub async fn a_task_that_was_given_up_is_tried_again(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let task = a_task();
    work.ended(&task, 1, &failed()).await;
    assert!(work.retry(task.id, 5).await);
    let view = work.view(task.id).await;
    assert_eq!((view.state, view.due_at, view.ended_at), (TaskState::Queued, at(5), None));
    assert_eq!((view.attempt, view.error.as_deref()), (0, Some("no use")));
    assert_eq!(work.claim(4, 1).await, []);
    assert_eq!(work.claim_one(5).await.lease.attempt, 1);
}

/// "`false` when there is no such task, it was not given up".
pub async fn only_what_was_given_up_is_tried_again(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (over, running, queued) = (a_task(), a_task(), a_task());
    work.ended(&over, 0, &done()).await;
    let lease = work.begun(&running).await;
    work.push([&queued]).await;
    for id in [over.id, running.id, queued.id, TaskId::new(uuid())] {
        let before = work.find(id).await;
        assert!(!work.retry(id, 1).await);
        assert_eq!(work.find(id).await, before);
    }
    assert_eq!(work.finish(&lease, 1, &done()).await, Held::Yes);
}

/// "Or an unfinished one has its unique name": then the unit is usable still.
pub async fn a_retry_takes_no_name_from_another(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let (first, second, other) = (named("a"), named("a"), a_task());
    work.ended(&first, 0, &failed()).await;
    work.push([&second]).await;
    let mut unit = work.begin().await;
    assert!(!unit.tasks().retry(first.id, at(1)).await.unwrap());
    unit.tasks().push(other.clone()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(work.state(&first).await, Some(TaskState::Failed));
    assert_eq!(work.state(&other).await, Some(TaskState::Queued), "the unit commits");
    assert_eq!(work.remove(WhichTasks::One(second.id)).await, 1);
    assert!(work.retry(first.id, 2).await, "the name is free");
}

/// One in each state: queued, running, done, failed.
async fn one_of_each(work: &Work, like: impl Fn() -> NewTask) -> [NewTask; 4] {
    let [queued, running, over, given_up] = [like(), like(), like(), like()];
    for (task, ending) in [(&over, done()), (&given_up, failed())] {
        work.ended(&NewTask { priority: Priority::SOON, ..task.clone() }, 9, &ending).await;
    }
    work.push([&NewTask { priority: Priority::SOON, ..running.clone() }]).await;
    assert_eq!(work.claim(9, 1).await[0].lease.task, running.id);
    work.push([&queued]).await;
    [queued, running, over, given_up]
}

async fn there(work: &Work, tasks: &[NewTask; 4]) -> [bool; 4] {
    let mut there = [false; 4];
    for (task, there) in tasks.iter().zip(&mut there) {
        *there = work.find(task.id).await.is_some();
    }
    there
}

/// "This one, unless it is running."
pub async fn one_task_is_removed_unless_it_is_running(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let tasks = one_of_each(&work, a_full_task).await;
    let mut removed = Vec::new();
    for task in &tasks {
        removed.push(work.remove(WhichTasks::One(task.id)).await);
    }
    removed.push(work.remove(WhichTasks::One(tasks[0].id)).await);
    assert_eq!(removed, [1, 0, 1, 1, 0]);
    assert_eq!(there(&work, &tasks).await, [false, true, false, false]);
}

/// "All of a person, whatever became of them."
pub async fn everything_of_an_account_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let account = a_full_task().concerns.account;
    let of = || NewTask { concerns: Concerns { account, ..Concerns::default() }, ..a_task() };
    let (tasks, stranger, nobodys) = (one_of_each(&work, of).await, a_full_task(), a_task());
    work.push([&stranger, &nobodys]).await;
    assert_eq!(work.remove(WhichTasks::OfAccount(account.unwrap())).await, 4);
    assert_eq!(there(&work, &tasks).await, [false; 4]);
    assert_eq!(work.all().await, 2, "others stay");
}

/// "All of a batch that are not done: whoever does one of them loses the lease."
pub async fn what_is_not_done_of_a_batch_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let batch = BatchId::new(uuid());
    let of = || NewTask { concerns: Concerns { batch: Some(batch), ..Concerns::default() }, ..a_task() };
    let (tasks, stranger) = (one_of_each(&work, of).await, a_full_task());
    work.push([&stranger]).await;
    assert_eq!(work.remove(WhichTasks::OfBatch(batch)).await, 3);
    assert_eq!(there(&work, &tasks).await, [false, false, true, false]);
    assert_eq!(work.all().await, 2, "others stay");
}

/// "Those of a schedule that wait": also for their next attempt, and not what is in somebody's hands.
pub async fn what_waits_of_a_schedule_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let schedule = ScheduleId::new(uuid());
    let of = || NewTask { concerns: Concerns { schedule: Some(schedule), ..Concerns::default() }, ..a_task() };
    let (tasks, stranger) = (one_of_each(&work, of).await, a_full_task());
    work.push([&stranger]).await;
    assert_eq!(work.remove(WhichTasks::WaitingOfSchedule(schedule)).await, 1);
    assert_eq!(there(&work, &tasks).await, [false, true, true, true]);
    assert_eq!(work.all().await, 4, "others stay");
}

/// "All of a schedule that are neither done nor given up": what waits and what is in hand.
pub async fn what_is_unfinished_of_a_schedule_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let schedule = ScheduleId::new(uuid());
    let of = || NewTask { concerns: Concerns { schedule: Some(schedule), ..Concerns::default() }, ..a_task() };
    let (tasks, stranger) = (one_of_each(&work, of).await, a_full_task());
    work.push([&stranger]).await;
    assert_eq!(work.remove(WhichTasks::OfSchedule(schedule)).await, 2);
    assert_eq!(there(&work, &tasks).await, [false, false, true, true]);
    assert_eq!(work.all().await, 3, "others stay");
}

/// "Those of a kind that wait."
pub async fn what_waits_of_a_kind_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let of = || NewTask { kind: TaskKind::CleanUp, ..a_task() };
    let (tasks, stranger) = (one_of_each(&work, of).await, a_task());
    work.push([&stranger]).await;
    assert_eq!(work.remove(WhichTasks::WaitingOfKind(TaskKind::CleanUp)).await, 1);
    assert_eq!(there(&work, &tasks).await, [false, true, true, true]);
    assert_eq!(work.all().await, 4, "others stay");
}

/// "All that were given up."
pub async fn all_that_was_given_up_is_removed(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let tasks = one_of_each(&work, a_task).await;
    assert_eq!(work.remove(WhichTasks::Failed).await, 1);
    assert_eq!(there(&work, &tasks).await, [true, true, true, false]);
}

/// "At most so many of those that are done, except the newest `keep`."
pub async fn the_newest_that_are_done_are_kept(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let mut tasks = Vec::new();
    for second in [3, 1, 5, 2, 4] {
        let task = a_task();
        work.ended(&task, second, &done()).await;
        tasks.push((second, task));
    }
    let given_up = a_task();
    work.ended(&given_up, 0, &failed()).await;
    let beyond = async |keep, most| work.remove(WhichTasks::DoneBeyond { keep, most }).await;
    assert_eq!([beyond(2, 2).await, beyond(2, 2).await, beyond(2, 2).await], [2, 1, 0]);
    for (second, task) in tasks {
        assert_eq!(work.find(task.id).await.is_some(), second > 3, "the one of second {second}");
    }
    assert_eq!(work.state(&given_up).await, Some(TaskState::Failed), "not done");
}
