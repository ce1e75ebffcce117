use super::{Access, BrokenStores};
use async_trait::async_trait;
use backstop_application::ports::{Claiming, Held, Leased, NewTask, PortResult, TaskStore, WhichTasks};
use backstop_domain::{
    TaskId, Timestamp,
    task::{Ending, Lease},
};

/// Sound: queues have broken adapters of their own.
#[async_trait]
impl TaskStore for BrokenStores<'_> {
    async fn push(&mut self, task: NewTask) -> PortResult<()> {
        sound!(self, tasks.push(task))
    }

    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>> {
        sound!(self, tasks.claim(claiming))
    }

    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held> {
        sound!(self, tasks.renew(lease, now, until))
    }

    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held> {
        sound!(self, tasks.finish(lease, now, ending))
    }

    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool> {
        sound!(self, tasks.retry(task, now))
    }

    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64> {
        sound!(self, tasks.remove(which))
    }
}
