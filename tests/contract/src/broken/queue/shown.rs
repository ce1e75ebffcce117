use super::{QueueDefect, Shown};
use async_trait::async_trait;
use backstop_application::ports::{Overview, PortResult, TaskReader, TaskView, WorkSignal, Worker, Workforce};
use backstop_domain::{TaskId, TaskState, Timestamp, WorkerId};
use core::{future, time::Duration};

#[async_trait]
impl TaskReader for Shown {
    async fn overview(&self, now: Timestamp) -> PortResult<Overview> {
        let tasks = &self.0.sound.tasks;
        let mut overview = tasks.overview(now).await?;
        match self.0.defect {
            QueueDefect::DepthsAreIncomplete => drop(overview.depths.pop()),
            QueueDefect::OldestIsNotDueYet => overview.oldest_due = tasks.overview(Timestamp::MAX).await?.oldest_due,
            _ => {}
        }
        Ok(overview)
    }

    async fn next_due(&self) -> PortResult<Option<Timestamp>> {
        if self.0.has(QueueDefect::LeasesAreNeverDue) {
            let queued = self.0.sound.tasks.tasks(TaskState::Queued, u32::MAX).await?;
            return Ok(queued.iter().map(|task| task.due_at).min());
        }
        self.0.sound.tasks.next_due().await
    }

    async fn task(&self, id: TaskId) -> PortResult<Option<TaskView>> {
        if self.0.has(QueueDefect::TasksAreNotFound) {
            return Ok(None);
        }
        self.0.sound.tasks.task(id).await
    }

    async fn tasks(&self, state: TaskState, limit: u32) -> PortResult<Vec<TaskView>> {
        if self.0.has(QueueDefect::OldestTasksFirst) {
            let mut all = self.0.sound.tasks.tasks(state, u32::MAX).await?;
            all.reverse();
            all.truncate(limit as usize);
            return Ok(all);
        }
        self.0.sound.tasks.tasks(state, limit).await
    }
}

#[async_trait]
impl Workforce for Shown {
    async fn beat(&self, worker: &Worker) -> PortResult<()> {
        let known = self.0.sound.workforce.workers(Timestamp::MIN).await?.iter().any(|known| known.id == worker.id);
        if known && self.0.has(QueueDefect::FirstBeatStays) {
            return Ok(());
        }
        self.0.sound.workforce.beat(worker).await
    }

    async fn leave(&self, worker: WorkerId) -> PortResult<()> {
        if self.0.has(QueueDefect::NobodyLeaves) {
            return Ok(());
        }
        self.0.sound.workforce.leave(worker).await
    }

    async fn workers(&self, since: Timestamp) -> PortResult<Vec<Worker>> {
        let since = if self.0.has(QueueDefect::ListsTheSilent) { Timestamp::MIN } else { since };
        let mut workers = self.0.sound.workforce.workers(since).await?;
        if self.0.has(QueueDefect::YoungestWorkersFirst) {
            workers.reverse();
        }
        Ok(workers)
    }

    async fn forget(&self, before: Timestamp) -> PortResult<u64> {
        let before = if self.0.has(QueueDefect::ForgetsTheLiving) { Timestamp::MAX } else { before };
        self.0.sound.workforce.forget(before).await
    }
}

#[async_trait]
impl WorkSignal for Shown {
    async fn wait(&self, at_most: Duration) {
        let signal = &self.0.sound.signal;
        match self.0.defect {
            QueueDefect::IsDeaf => tokio::time::sleep(at_most).await,
            QueueDefect::WaitsForEver => future::pending().await,
            QueueDefect::HearsOnlyWhileItWaits => {
                signal.wait(Duration::ZERO).await;
                signal.wait(at_most).await;
            }
            QueueDefect::TellsOneOnly => {
                let _turn = self.0.waits.lock().await;
                signal.wait(at_most).await;
            }
            _ => signal.wait(at_most).await,
        }
    }
}
