//! Whether background work is done.

use async_trait::async_trait;
use backstop_application::{
    ports::{Clock, Health, PortError, PortResult, TaskReader, Workforce},
    use_cases::WatchWork,
};
use backstop_domain::Timestamp;
use core::time::Duration;
use std::sync::Arc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(3);

/// The queue can be read, and somebody does what is in it. Requests are answered without, so that it keeps nobody away.
pub struct QueueHealth {
    tasks: Arc<dyn TaskReader>,
    workforce: Arc<dyn Workforce>,
    clock: Arc<dyn Clock>,
}

impl QueueHealth {
    pub fn new(tasks: Arc<dyn TaskReader>, workforce: Arc<dyn Workforce>, clock: Arc<dyn Clock>) -> Self {
        Self { tasks, workforce, clock }
    }

    async fn ask(&self) -> PortResult<()> {
        self.tasks.next_due().await?;
        let since = self.clock.now().saturating_sub(WatchWork::LATELY).unwrap_or(Timestamp::MIN);
        if self.workforce.workers(since).await?.is_empty() {
            let seconds = WatchWork::LATELY.as_secs();
            let what = format!("no worker was heard of for {seconds} seconds, and nobody sends mails or cleans up");
            return Err(PortError::unavailable(what));
        }
        Ok(())
    }
}

#[async_trait]
impl Health for QueueHealth {
    fn part(&self) -> &'static str {
        "queue"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> PortResult<()> {
        let asked = timeout(PATIENCE, self.ask()).await;
        asked.unwrap_or_else(|_| Err(PortError::unavailable("the queue does not answer")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::Worker;
    use backstop_domain::WorkerId;
    use backstop_memory::{ManualClock, MemoryStorage};
    use jiff::SignedDuration;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_queue_without_workers_is_told_and_keeps_nobody_away() {
        let clock = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse().unwrap()));
        let store = Arc::new(MemoryStorage::new());
        let queue = QueueHealth::new(store.clone(), store.clone(), clock.clone());
        assert!(!queue.is_vital());
        let fault = queue.check().await.unwrap_err();
        assert!(fault.to_string().contains("no worker was heard of for 90 seconds"), "{fault}");
        let now = clock.now();
        let id = WorkerId::new(Uuid::from_u128(1));
        let (host, slots, busy, done, failed) = ("here".to_owned(), 2, 0, 0, 0);
        store.beat(&Worker { id, host, started_at: now, seen_at: now, slots, busy, done, failed }).await.unwrap();
        queue.check().await.unwrap();
        clock.advance(SignedDuration::from_secs(91));
        queue.check().await.unwrap_err();
    }
}
