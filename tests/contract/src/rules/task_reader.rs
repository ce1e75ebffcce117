//! What people see of tasks.

use crate::{
    QueueHarness,
    fixture::{at, uuid},
    work::*,
};
use backstop_application::ports::{Depth, NewTask, Overview, TaskView};
use backstop_domain::{TaskId, TaskKind, TaskState};

/// "How many tasks of a kind are in a state": "only what there is any of, in the order of kinds and states"; "since
/// when the task has been due that waits longest."
pub async fn an_overview_counts_tasks(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    assert_eq!(work.queue.tasks.overview(at(0)).await.unwrap(), Overview::default());
    work.ended(&a_task(), 0, &done()).await;
    work.begun(&a_task()).await;
    let clean_up = NewTask { kind: TaskKind::CleanUp, due_at: at(7), ..a_task() };
    work.push([&NewTask { due_at: at(8), ..a_task() }, &clean_up, &NewTask { due_at: at(9), ..a_task() }]).await;
    work.push([&NewTask { kind: TaskKind::SendCodes, due_at: at(99), ..a_task() }]).await;
    let depth = |kind, state, tasks| Depth { kind, state, tasks };
    let depths = vec![
        depth(TaskKind::SendCodes, TaskState::Queued, 1),
        depth(TaskKind::SendMail, TaskState::Queued, 2),
        depth(TaskKind::SendMail, TaskState::Running, 1),
        depth(TaskKind::SendMail, TaskState::Done, 1),
        depth(TaskKind::CleanUp, TaskState::Queued, 1),
    ];
    let expected = |oldest_due| Overview { depths: depths.clone(), oldest_due };
    assert_eq!(work.queue.tasks.overview(at(6)).await.unwrap(), expected(None), "nothing waits yet");
    assert_eq!(work.queue.tasks.overview(at(9)).await.unwrap(), expected(Some(at(7))));
}

/// "When the next task can be claimed: a queued one that is due, or one whose lease ends."
pub async fn the_next_time_to_claim_is_known(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let next = async || work.queue.tasks.next_due().await.unwrap();
    assert_eq!(next().await, None);
    work.ended(&a_task(), 0, &done()).await;
    assert_eq!(next().await, None, "what is over is not claimed");
    work.begun(&a_task()).await;
    assert_eq!(next().await, Some(at(10)), "the end of the lease");
    work.push([&NewTask { due_at: at(20), ..a_task() }]).await;
    assert_eq!(next().await, Some(at(10)));
    work.push([&NewTask { due_at: at(5), ..a_task() }]).await;
    assert_eq!(next().await, Some(at(5)));
}

/// A task is shown as it is.
pub async fn a_task_is_shown(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    assert_eq!(work.find(TaskId::new(uuid())).await, None);
    let task = a_full_task();
    work.push([&task]).await;
    let queued = TaskView {
        id: task.id,
        kind: task.kind,
        state: TaskState::Queued,
        concerns: task.concerns,
        created_at: task.created_at,
        due_at: task.due_at,
        begun_at: None,
        ended_at: None,
        attempt: 0,
        attempts: task.attempts,
        worker: None,
        summary: None,
        error: None,
    };
    assert_eq!(work.view(task.id).await, queued);
    work.claim_one(4).await;
    let (begun_at, worker) = (Some(at(4)), Some(work.worker));
    let running = TaskView { state: TaskState::Running, begun_at, worker, attempt: 1, ..queued };
    assert_eq!(work.view(task.id).await, running);
}

/// "Those in a state, the newest first: by when they ended, or else by when they were made."
pub async fn the_newest_tasks_come_first(harness: &dyn QueueHarness) {
    let work = Work::new(harness).await;
    let ids = async |state, limit| {
        let found = work.queue.tasks.tasks(state, limit).await.unwrap();
        found.into_iter().map(|task| task.id).collect::<Vec<_>>()
    };
    for (ending, state) in [(done(), TaskState::Done), (failed(), TaskState::Failed)] {
        let (early, late) = (NewTask { created_at: at(1), ..a_task() }, a_task());
        work.ended(&late, 5, &ending).await;
        work.ended(&early, 4, &ending).await;
        assert_eq!(ids(state, 10).await, [late.id, early.id]);
        assert_eq!(ids(state, 1).await, [late.id]);
    }
    let made = |second| NewTask { created_at: at(second), ..a_task() };
    let (first, second, third) = (made(1), made(2), made(3));
    work.push([&second, &third, &first]).await;
    assert_eq!(ids(TaskState::Queued, 10).await, [third.id, second.id, first.id]);
    assert_eq!(ids(TaskState::Queued, 2).await, [third.id, second.id]);
    work.claim(6, 10).await;
    assert_eq!(ids(TaskState::Running, 2).await, [third.id, second.id]);
    assert!(ids(TaskState::Queued, 10).await.is_empty());
}
