use super::{trail::Trail, work::ManageSchedules};
use crate::{
    Ports, Settings,
    ports::{PortResult, Storage, WhichTasks},
};
use backstop_domain::{Actor, AuditKind, Origin, TaskKind};
use std::sync::Arc;

/// Clears tasks away that somebody does not want any more: never mail that was not delivered.
pub struct FlushTasks {
    storage: Arc<dyn Storage>,
    schedules: ManageSchedules,
    trail: Trail,
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
        Self {
            storage: Arc::clone(&ports.storage),
            schedules: ManageSchedules::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    /// How many tasks and schedules went.
    pub async fn run(&self, flush: Flush, actor: &Actor) -> PortResult<u64> {
        self.run_from(flush, actor, &Origin::default()).await
    }

    pub async fn run_from(&self, flush: Flush, actor: &Actor, origin: &Origin) -> PortResult<u64> {
        let mut cleared = 0;
        if matches!(flush, Flush::Failed | Flush::All) {
            cleared += self.remove(WhichTasks::Failed, "failed", actor, origin).await?;
        }
        if matches!(flush, Flush::Schedules | Flush::All) {
            cleared += self.schedules(actor, origin).await?;
        }
        if flush == Flush::All {
            cleared += self.waiting(actor, origin).await?;
        }
        Ok(cleared)
    }

    pub(crate) async fn schedules(&self, actor: &Actor, origin: &Origin) -> PortResult<u64> {
        self.schedules.remove_all(actor, origin).await
    }

    /// Runs of clean-ups that wait.
    pub(crate) async fn waiting(&self, actor: &Actor, origin: &Origin) -> PortResult<u64> {
        self.remove(WhichTasks::WaitingOfKind(TaskKind::CleanUp), "waiting clean-ups", actor, origin).await
    }

    async fn remove(&self, which: WhichTasks, said: &str, actor: &Actor, origin: &Origin) -> PortResult<u64> {
        let mut unit = self.storage.begin().await?;
        let removed = unit.tasks().remove(which).await?;
        if removed > 0 {
            let mut entry = self.trail.entry(AuditKind::TasksFlushed, actor.clone(), origin.clone());
            entry.reason = Some(format!("{removed} {said}").into());
            unit.audit().append(entry).await?;
        }
        unit.commit().await?;
        Ok(removed)
    }
}
