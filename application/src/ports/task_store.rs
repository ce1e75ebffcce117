use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{
    AccountId, BatchId, ScheduleId, Sealed, TaskId, TaskKind, Timestamp, WorkerId,
    task::{Ending, Lease, Priority},
};

/// What a task has to know, in a form that its kind gives it, with the version of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub version: u16,
    /// Readable to whoever reads the database. Never a secret.
    pub text: String,
}

/// What a task is about, so that it can go with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concerns {
    pub account: Option<AccountId>,
    pub batch: Option<BatchId>,
    pub schedule: Option<ScheduleId>,
}

/// A task to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    pub id: TaskId,
    pub kind: TaskKind,
    pub payload: Payload,
    /// What only the service can open.
    pub sealed: Option<Sealed>,
    /// While an unfinished task has this name, no other one gets it.
    pub unique: Option<String>,
    pub priority: Priority,
    pub concerns: Concerns,
    pub created_at: Timestamp,
    /// Not before that.
    pub due_at: Timestamp,
    /// How many attempts it has.
    pub attempts: u32,
}

/// A worker asks for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claiming {
    pub worker: WorkerId,
    pub now: Timestamp,
    /// The end of the leases.
    pub until: Timestamp,
    /// This task and no other, if it is due.
    pub only: Option<TaskId>,
    pub most: u32,
}

/// A task in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// Its attempt may be one more than the task has: then nobody knows how the last one ended.
    pub lease: Lease,
    pub kind: TaskKind,
    pub payload: Payload,
    pub sealed: Option<Sealed>,
    pub concerns: Concerns,
    pub created_at: Timestamp,
    /// How many attempts it has in all.
    pub attempts: u32,
}

/// Whether a lease was still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    /// Its time was up, somebody else took the task over, or the task is gone.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichTasks {
    /// This one, unless it is running.
    One(TaskId),
    /// All of a person, whatever became of them.
    OfAccount(AccountId),
    /// All of a batch that are not done: whoever does one of them loses the lease.
    OfBatch(BatchId),
    /// All of a schedule that are neither done nor given up: whoever does one of them loses the lease.
    OfSchedule(ScheduleId),
    /// Those of a schedule that nobody has in hand.
    WaitingOfSchedule(ScheduleId),
    /// Those of a kind that wait, also for their next attempt.
    WaitingOfKind(TaskKind),
    /// All that were given up.
    Failed,
    /// At most so many of those that are done, except the newest `keep`.
    DoneBeyond { keep: u32, most: u32 },
}

/// The queue of background work, in the database whose changes cause it.
#[async_trait]
pub trait TaskStore: Send {
    /// Queues a task: it can be claimed if the unit commits, and never was if it does not. The store may write it as late
    /// as at the commit; what else the unit's task store does sees it at once.
    /// Where an unfinished task has the same unique name, that one stays as it is and this one is forgotten; a name is
    /// free again as soon as its task is done or given up.
    async fn push(&mut self, task: NewTask) -> PortResult<()>;

    /// Leases tasks that are due, or whose lease is over, to a worker: at most so many, by priority, then by when they are
    /// due. Each is one attempt more.
    /// Of any number of parallel claims exactly one gets a task, and none waits for another.
    /// A task whose attempts are used up comes too, so that somebody gives it up. One of a kind that this program does not
    /// know is left for a newer one.
    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>>;

    /// Holds a lease until a later time. A lease that is over at `now` is `Lost`, even if nobody has taken the task over.
    /// Until the unit ends nobody else can take the task over, so that what else the unit does is done under the lease.
    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held>;

    /// Ends an attempt, under the same rule as `renew`.
    /// What was sealed is wiped when the task is done or given up, and so is the payload when it is done; what came of it
    /// stays, and so does the last error. A task to be tried again is queued for then; a released one is queued for now,
    /// and its attempt is not counted.
    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held>;

    /// Queues a task that was given up again, with all its attempts. `false` when there is no such task, it was not given
    /// up, or an unfinished one has its unique name.
    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool>;

    /// Removes tasks and tells how many.
    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64>;
}
