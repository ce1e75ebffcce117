use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Run, RunChunk, RunRecord, RunStore};
use backstop_domain::{RunId, RunStatus, Timestamp, clean_up::StartedBy};

#[async_trait]
impl RunStore for BrokenStores<'_> {
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>> {
        let mut run = run.clone();
        if self.has(Defect::ForgetsWhoStarted) {
            run.started_by = StartedBy::CommandLine;
        }
        let known = sound!(self, runs.begin(&run))?;
        Ok(known.filter(|_| !self.has(Defect::RunsBeginAgain)))
    }

    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()> {
        let times = match self.core.defect {
            Defect::ChunksAreForgotten => 0,
            Defect::LinesAreAddedTwice => 2,
            _ => 1,
        };
        for _ in 0..times {
            sound!(self, runs.add(run, chunk))?;
        }
        Ok(())
    }

    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()> {
        if self.has(Defect::EndsAreForgotten) {
            return Ok(());
        }
        sound!(self, runs.end(run, at, status, error))
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        if self.has(Defect::RunsAreKept) {
            return Ok(0);
        }
        sound!(self, runs.forget(until, most))
    }
}
