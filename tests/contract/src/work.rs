//! What rules of queues start from, and short ways to say what they do.

use crate::{
    Queue, QueueHarness,
    fixture::{at, uuid},
};
use backstop_application::ports::{
    Claiming, Concerns, Held, Leased, NewTask, Payload, TaskView, UnitOfWork, WhichTasks, Worker,
};
use backstop_domain::{
    AccountId, BatchId, ScheduleId, Sealed, TaskId, TaskKind, TaskState, WorkerId,
    task::{Ending, Lease, Priority},
};
use core::{future::Future, time::Duration};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

/// How long something is watched before it counts as waiting. Longer proves more; shorter never fails a sound store.
pub(crate) const WATCHED: Duration = Duration::from_millis(200);

/// Queued and due at 0, with nothing special about it.
pub(crate) fn a_task() -> NewTask {
    NewTask {
        id: TaskId::new(uuid()),
        kind: TaskKind::SendMail,
        payload: Payload { version: 1, text: "{}".to_owned() },
        sealed: None,
        unique: None,
        priority: Priority::USUAL,
        concerns: Concerns::default(),
        created_at: at(0),
        due_at: at(0),
        attempts: 3,
    }
}

pub(crate) fn named(name: &str) -> NewTask {
    NewTask { unique: Some(name.to_owned()), ..a_task() }
}

/// With a secret and about everything that a task can be about.
pub(crate) fn a_full_task() -> NewTask {
    let concerns = Concerns {
        account: Some(AccountId::new(uuid())),
        batch: Some(BatchId::new(uuid())),
        schedule: Some(ScheduleId::new(uuid())),
    };
    NewTask {
        kind: TaskKind::SendCodes,
        payload: Payload { version: u16::MAX, text: r#"{"what": "ünïcödé \" 🦀"}"#.to_owned() },
        sealed: Some(Sealed::new(vec![0, 255, 7])),
        concerns,
        created_at: at(1),
        due_at: at(2),
        attempts: 10,
        ..a_task()
    }
}

pub(crate) fn a_worker() -> Worker {
    Worker {
        id: WorkerId::new(uuid()),
        host: "höst-1".to_owned(),
        started_at: at(0),
        seen_at: at(0),
        slots: 2,
        busy: 1,
        done: 3_000_000_000,
        failed: 4,
    }
}

pub(crate) fn done() -> Ending {
    Ending::Done(None)
}

pub(crate) fn failed() -> Ending {
    Ending::Failed { error: "no use".to_owned() }
}

/// An empty queue with what the rules do to it. A step that must go well panics when it does not.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) queue: Queue,
    pub(crate) locks_whole_store: bool,
    patience: Duration,
    /// Who works where nobody else is named.
    pub(crate) worker: WorkerId,
}

impl Work {
    pub(crate) async fn new(harness: &dyn QueueHarness) -> Self {
        Self {
            queue: harness.fresh().await,
            locks_whole_store: harness.locks_whole_store(),
            patience: harness.patience(),
            worker: WorkerId::new(uuid()),
        }
    }

    /// Something that must happen before long.
    pub(crate) async fn soon<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        let Ok(done) = timeout(self.patience, future).await else { panic!("{what} takes too long") };
        done
    }

    pub(crate) async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.soon("opening a unit", self.queue.storage.begin()).await.unwrap()
    }

    /// Queues tasks in a unit of their own.
    pub(crate) async fn push(&self, tasks: impl IntoIterator<Item = &NewTask>) {
        let mut unit = self.begin().await;
        for task in tasks {
            unit.tasks().push(task.clone()).await.unwrap();
        }
        unit.commit().await.unwrap();
    }

    /// A claim at a second, for ten.
    pub(crate) fn claiming(&self, second: i64, most: u32) -> Claiming {
        Claiming { worker: self.worker, now: at(second), until: at(second + 10), only: None, most }
    }

    pub(crate) async fn claim_as(&self, claiming: &Claiming) -> Vec<Leased> {
        let mut unit = self.begin().await;
        let found = self.soon("claiming", unit.tasks().claim(claiming)).await.unwrap();
        unit.commit().await.unwrap();
        found
    }

    pub(crate) async fn claim(&self, second: i64, most: u32) -> Vec<Leased> {
        self.claim_as(&self.claiming(second, most)).await
    }

    /// Claims the only task that can be claimed.
    pub(crate) async fn claim_one(&self, second: i64) -> Leased {
        let mut found = self.claim(second, 10).await;
        assert_eq!(found.len(), 1, "one task can be claimed: {found:?}");
        found.remove(0)
    }

    /// Queues a task that is due at 0 and claims it at 0, for ten seconds.
    pub(crate) async fn begun(&self, task: &NewTask) -> Lease {
        self.push([task]).await;
        let found = self.claim_one(task.due_at.as_second() - at(0).as_second()).await;
        assert_eq!(found.lease.task, task.id);
        found.lease
    }

    pub(crate) async fn renew(&self, lease: &Lease, second: i64) -> Held {
        let mut unit = self.begin().await;
        let held = unit.tasks().renew(lease, at(second), at(second + 10)).await.unwrap();
        unit.commit().await.unwrap();
        held
    }

    pub(crate) async fn finish(&self, lease: &Lease, second: i64, ending: &Ending) -> Held {
        let mut unit = self.begin().await;
        let held = unit.tasks().finish(lease, at(second), ending).await.unwrap();
        unit.commit().await.unwrap();
        held
    }

    /// Queues a task, and brings it to its end at a second.
    pub(crate) async fn ended(&self, task: &NewTask, second: i64, ending: &Ending) {
        self.push([task]).await;
        let found = self.claim(second, 1).await;
        assert_eq!(found[0].lease.task, task.id);
        assert_eq!(self.finish(&found[0].lease, second, ending).await, Held::Yes);
    }

    pub(crate) async fn retry(&self, task: TaskId, second: i64) -> bool {
        let mut unit = self.begin().await;
        let done = unit.tasks().retry(task, at(second)).await.unwrap();
        unit.commit().await.unwrap();
        done
    }

    pub(crate) async fn remove(&self, which: WhichTasks) -> u64 {
        let mut unit = self.begin().await;
        let removed = unit.tasks().remove(which).await.unwrap();
        unit.commit().await.unwrap();
        removed
    }

    pub(crate) async fn find(&self, task: TaskId) -> Option<TaskView> {
        self.queue.tasks.task(task).await.unwrap()
    }

    pub(crate) async fn view(&self, task: TaskId) -> TaskView {
        self.find(task).await.expect("the task is there")
    }

    pub(crate) async fn state(&self, task: &NewTask) -> Option<TaskState> {
        self.find(task.id).await.map(|task| task.state)
    }

    /// How many tasks there are, whatever became of them.
    pub(crate) async fn all(&self) -> u64 {
        self.queue.tasks.overview(at(0)).await.unwrap().depths.iter().map(|depth| depth.tasks).sum()
    }

    /// Runs this many at once and gives what they found.
    pub(crate) async fn race<T, R>(&self, racers: usize, run: impl Fn(Self, usize) -> R) -> Vec<T>
    where
        T: Send + 'static,
        R: Future<Output = T> + Send + 'static,
    {
        let barrier = Arc::new(Barrier::new(racers));
        let mut tasks = JoinSet::new();
        for racer in 0..racers {
            let (barrier, run) = (Arc::clone(&barrier), run(self.clone(), racer));
            tasks.spawn(async move {
                barrier.wait().await;
                run.await
            });
        }
        tasks.join_all().await
    }
}
