use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{CleanUpStore, CodeChunk, LogTaken, PortResult, TakenOf};
use backstop_domain::{AccountId, BatchId, Timestamp};
use core::sync::atomic::Ordering;
use jiff::SignedDuration;

impl BrokenStores<'_> {
    fn log(&self, taken: LogTaken) -> LogTaken {
        if self.has(Defect::LogRangesAreForgotten) { LogTaken { range: None, ..taken } } else { taken }
    }

    fn log_until(&self, until: Timestamp) -> Timestamp {
        if self.has(Defect::LogsLoseEverything) { Timestamp::MAX } else { until }
    }
}

#[async_trait]
impl CleanUpStore for BrokenStores<'_> {
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let mut chunk = *chunk;
        match self.core.defect {
            Defect::TakesNoCodes => return Ok(Vec::new()),
            Defect::TakesNothingAtTimes if self.core.finders.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) => {
                return Ok(Vec::new());
            }
            Defect::TakesWhatIsNotOver => chunk.until += SignedDuration::from_hours(24 * 1_000),
            Defect::TakesAllCodesAtOnce => chunk.most = u32::MAX,
            _ => {}
        }
        let mut taken = sound!(self, clean_ups.take_codes(&chunk))?;
        match self.core.defect {
            Defect::TellsBatchesTwice => taken.extend_from_within(..),
            Defect::ForgetsWhatIsLeft => taken.iter_mut().for_each(|of| of.line.left = 0),
            _ => {}
        }
        Ok(taken)
    }

    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let mut chunk = *chunk;
        match self.core.defect {
            Defect::EmptyBatchesStay => return Ok(Vec::new()),
            Defect::ActiveBatchesGo => chunk.at = Timestamp::MAX,
            Defect::YoungBatchesGo => chunk.until = Timestamp::MAX,
            Defect::AllBatchesGoAtOnce => chunk.most = u32::MAX,
            _ => {}
        }
        sound!(self, clean_ups.take_empty_batches(&chunk))
    }

    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>> {
        match self.core.defect {
            Defect::MarkedBatchesStay => return Ok(None),
            Defect::LiveBatchesGo => {
                sound!(self, batches.delete(account, batch, at))?;
            }
            _ => {}
        }
        let taken = sound!(self, clean_ups.take_batch(account, batch, at))?;
        if self.has(Defect::GoneBatchesAreForgotten) && taken.is_some() {
            sound!(self, clean_ups.take_history(Timestamp::MAX, u32::MAX))?;
        }
        Ok(taken)
    }

    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let until = self.log_until(until);
        let taken = sound!(self, clean_ups.take_audit(until, most))?;
        Ok(self.log(taken))
    }

    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let until = self.log_until(until);
        let taken = sound!(self, clean_ups.take_email_log(until, most))?;
        Ok(self.log(taken))
    }

    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>> {
        match self.core.defect {
            Defect::RecordsStay | Defect::HistoriesAreKept => Ok(Vec::new()),
            Defect::HistoriesGoEarly => sound!(self, clean_ups.take_history(Timestamp::MAX, most)),
            Defect::RecordsGoAtOnce => sound!(self, clean_ups.take_history(until, u32::MAX)),
            _ => sound!(self, clean_ups.take_history(until, most)),
        }
    }
}
