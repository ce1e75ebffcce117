use super::Viewer;
use crate::{
    Ports,
    lists::Runs,
    ports::{AccountReader, PortResult, Register, RunReader, RunRecord, Sight},
};
use backstop_domain::{Role, RunId, letter::BatchLine};
use std::sync::Arc;

/// A run of a clean-up, with what it took from each batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunWithLines {
    pub record: RunRecord,
    /// Those that lost most, the most first, as far as the viewer sees them.
    pub lines: Vec<BatchLine>,
    /// From how many batches the run took anything.
    pub batches: u64,
}

/// Shows the report of a clean-up.
pub struct ShowRun {
    register: Arc<dyn Register<Runs>>,
    runs: Arc<dyn RunReader>,
    accounts: Arc<dyn AccountReader>,
}

/// How many batches are told of, as in the report by mail.
const MOST_LINES: u32 = 100;

impl ShowRun {
    pub(crate) fn new(ports: &Ports) -> Self {
        let (register, runs) = (Arc::clone(&ports.registers.runs), Arc::clone(&ports.runs));
        Self { register, runs, accounts: Arc::clone(&ports.accounts) }
    }

    pub async fn run(&self, viewer: Viewer, id: RunId) -> PortResult<Option<RunWithLines>> {
        let Some(record) = self.register.entry(id.uuid(), viewer.sight()).await? else { return Ok(None) };
        let mut lines = Vec::new();
        for line in self.runs.batches(id, MOST_LINES).await? {
            if self.sees(viewer, &line).await? {
                lines.push(line);
            }
        }
        Ok(Some(RunWithLines { record, lines, batches: self.runs.number_of_batches(id).await? }))
    }

    async fn sees(&self, viewer: Viewer, line: &BatchLine) -> PortResult<bool> {
        if viewer.sight() == Sight::Everything {
            return Ok(true);
        }
        let owner = self.accounts.by_subject(&line.subject).await?;
        Ok(owner.is_none_or(|owner| owner.role == Role::User))
    }
}
