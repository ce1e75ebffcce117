use super::work::ManageSchedules;
use crate::{
    Ports, Settings,
    ports::{PortResult, Storage, WhichTasks},
};
use backstop_domain::{Actor, TaskKind};
use std::sync::Arc;

/// Clears tasks away that somebody does not want any more: never mail that was not delivered.
pub struct FlushTasks {
    storage: Arc<dyn Storage>,
    schedules: ManageSchedules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// Tasks that were given up.
    Failed,
    /// All schedules, with what they had waiting.
    Schedules,
    /// Both, and runs of clean-ups that wait.
    All,
}

impl FlushTasks {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { storage: Arc::clone(&ports.storage), schedules: ManageSchedules::new(ports, settings) }
    }

    /// How many tasks and schedules went.
    pub async fn run(&self, flush: Flush, actor: &Actor) -> PortResult<u64> {
        let mut cleared = 0;
        if matches!(flush, Flush::Failed | Flush::All) {
            cleared += self.remove(WhichTasks::Failed).await?;
        }
        if matches!(flush, Flush::Schedules | Flush::All) {
            cleared += self.schedules.remove_all(actor).await?;
        }
        if flush == Flush::All {
            cleared += self.remove(WhichTasks::WaitingOfKind(TaskKind::CleanUp)).await?;
        }
        Ok(cleared)
    }

    async fn remove(&self, which: WhichTasks) -> PortResult<u64> {
        let mut unit = self.storage.begin().await?;
        let removed = unit.tasks().remove(which).await?;
        unit.commit().await?;
        Ok(removed)
    }
}
