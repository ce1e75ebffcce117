use crate::MemoryStorage;
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Worker, Workforce};
use backstop_domain::{Timestamp, WorkerId};

#[async_trait]
impl Workforce for MemoryStorage {
    async fn beat(&self, worker: &Worker) -> PortResult<()> {
        self.workforce().insert(worker.id, worker.clone());
        Ok(())
    }

    async fn leave(&self, worker: WorkerId) -> PortResult<()> {
        self.workforce().remove(&worker);
        Ok(())
    }

    async fn workers(&self, since: Timestamp) -> PortResult<Vec<Worker>> {
        let mut workers: Vec<Worker> = self.workforce().values().filter(|w| w.seen_at >= since).cloned().collect();
        workers.sort_by_key(|worker| (worker.started_at, worker.id));
        Ok(workers)
    }

    async fn forget(&self, before: Timestamp) -> PortResult<u64> {
        let mut workforce = self.workforce();
        let all = workforce.len();
        workforce.retain(|_, worker| worker.seen_at >= before);
        Ok(u64::try_from(all - workforce.len()).unwrap_or(u64::MAX))
    }
}
