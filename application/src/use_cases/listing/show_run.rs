use super::Viewer;
use crate::{
    Ports,
    lists::Runs,
    ports::{PortResult, Register, RunReader, RunRecord},
};
use backstop_domain::{RunId, letter::BatchLine};
use std::sync::Arc;

/// A run of a clean-up, with what it took from each batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunWithLines {
    pub record: RunRecord,
    /// Those that lost most, the most first, as far as the viewer sees them.
    pub lines: Vec<BatchLine>,
    /// From how many batches the run took anything, as far as the viewer sees them.
    pub batches: u64,
}

/// Shows the report of a clean-up.
pub struct ShowRun {
    register: Arc<dyn Register<Runs>>,
    runs: Arc<dyn RunReader>,
}

/// How many batches are told of, as in the report by mail.
const MOST_LINES: u32 = 100;

impl ShowRun {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { register: Arc::clone(&ports.registers.runs), runs: Arc::clone(&ports.runs) }
    }

    pub async fn run(&self, viewer: Viewer, id: RunId) -> PortResult<Option<RunWithLines>> {
        let sight = viewer.sight();
        let Some(record) = self.register.entry(id.uuid(), sight).await? else { return Ok(None) };
        let lines = self.runs.batches(id, MOST_LINES, sight).await?;
        Ok(Some(RunWithLines { record, lines, batches: self.runs.number_of_batches(id, sight).await? }))
    }
}
