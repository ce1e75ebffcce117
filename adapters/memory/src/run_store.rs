use crate::{
    MemoryStorage,
    clean_up_store::codes_over,
    readers::size,
    tables::{RunRow, Tables},
};
use async_trait::async_trait;
use backstop_application::ports::{Eligible, PortResult, Run, RunChunk, RunReader, RunRecord, RunStore, Sight};
use backstop_domain::{
    BatchId, CleanUp, RunId, RunStatus, ScheduleId, Timestamp, clean_up::StartedBy, letter::BatchLine,
};
use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct MemoryRunStore<'a>(pub(crate) &'a mut Tables);

pub(crate) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Both ranges in one.
fn spanning(
    one: Option<(Timestamp, Timestamp)>,
    other: Option<(Timestamp, Timestamp)>,
) -> Option<(Timestamp, Timestamp)> {
    match (one, other) {
        (Some((from, to)), Some((since, until))) => Some((from.min(since), to.max(until))),
        (one, other) => one.or(other),
    }
}

#[async_trait]
impl RunStore for MemoryRunStore<'_> {
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>> {
        if let Some(known) = self.0.runs().get(&run.id) {
            return Ok(Some(known.record.clone()));
        }
        let record = RunRecord {
            run: run.clone(),
            status: RunStatus::Running,
            ended_at: None,
            error: None,
            removed: 0,
            removed_batches: 0,
            range: None,
        };
        self.0.runs_mut().insert(run.id, RunRow { record, lines: BTreeMap::new() });
        Ok(None)
    }

    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()> {
        let Some(RunRow { record, lines }) = self.0.runs_mut().get_mut(&run) else { return Ok(()) };
        record.removed += chunk.removed;
        record.removed_batches += number(chunk.batches.iter().filter(|line| line.batch_removed).count());
        record.range = spanning(record.range, chunk.range);
        for line in &chunk.batches {
            let sum = lines.entry(line.batch).or_insert_with(|| BatchLine { removed_codes: 0, ..line.clone() });
            sum.removed_codes += line.removed_codes;
            sum.left = line.left;
            sum.batch_removed |= line.batch_removed;
        }
        Ok(())
    }

    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()> {
        if let Some(RunRow { record, .. }) = self.0.runs_mut().get_mut(&run)
            && record.ended_at.is_none()
        {
            (record.ended_at, record.status, record.error) = (Some(at), status, error.map(str::to_owned));
        }
        Ok(())
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let ended = |row: &RunRow| row.record.ended_at.is_some_and(|end| end <= until);
        let over = self.0.runs().iter().filter(|(_, row)| ended(row)).map(|(id, _)| *id);
        let over: Vec<RunId> = over.take(size(most)).collect();
        for id in &over {
            self.0.runs_mut().remove(id);
        }
        Ok(number(over.len()))
    }
}

/// The newest first.
fn by_start<'t>(rows: impl Iterator<Item = &'t RunRow>) -> Vec<&'t RunRecord> {
    let mut records: Vec<_> = rows.map(|row| &row.record).collect();
    records.sort_by_key(|record| Reverse((record.run.started_at, record.run.id)));
    records
}

fn lines_in_sight(tables: &Tables, run: RunId, sight: Sight) -> impl Iterator<Item = &BatchLine> {
    let lines = tables.runs().get(&run).into_iter().flat_map(|row| row.lines.values());
    lines.filter(move |line| sight == Sight::Everything || !tables.is_of_staff(&line.subject))
}

#[async_trait]
impl RunReader for MemoryStorage {
    async fn run(&self, id: RunId) -> PortResult<Option<RunRecord>> {
        Ok(self.committed().runs().get(&id).map(|row| row.record.clone()))
    }

    async fn batches(&self, id: RunId, limit: u32, sight: Sight) -> PortResult<Vec<BatchLine>> {
        let tables = self.committed();
        let mut lines: Vec<&BatchLine> = lines_in_sight(&tables, id, sight).collect();
        lines.sort_by_key(|line| (Reverse(line.removed_codes), line.batch));
        Ok(lines.into_iter().take(size(limit)).cloned().collect())
    }

    async fn number_of_batches(&self, id: RunId, sight: Sight) -> PortResult<u64> {
        Ok(number(lines_in_sight(&self.committed(), id, sight).count()))
    }

    async fn newest(&self, limit: u32) -> PortResult<Vec<RunRecord>> {
        let tables = self.committed();
        Ok(by_start(tables.runs().values()).into_iter().take(size(limit)).cloned().collect())
    }

    async fn eligible(&self, of: CleanUp, until: Timestamp) -> PortResult<Eligible> {
        let tables = self.committed();
        Ok(match of {
            CleanUp::Codes => {
                let over: Vec<BatchId> = codes_over(&tables, until).map(|(.., batch)| batch).collect();
                let rows = number(over.len());
                Eligible { rows, batches: number(over.into_iter().collect::<BTreeSet<_>>().len()) }
            }
            CleanUp::Audit => {
                Eligible { rows: number(tables.audit().iter().filter(|entry| entry.at <= until).count()), batches: 0 }
            }
            CleanUp::EmailLog => {
                let old = tables.mails().values().filter(|mail| mail.created_at <= until);
                Eligible { rows: number(old.count()), batches: 0 }
            }
        })
    }

    async fn unfinished(&self, schedule: ScheduleId) -> PortResult<Option<RunRecord>> {
        let tables = self.committed();
        let is_its = |row: &&RunRow| {
            let by_it = matches!(&row.record.run.started_by, StartedBy::Schedule { id, .. } if *id == schedule);
            by_it && row.record.ended_at.is_none()
        };
        Ok(by_start(tables.runs().values().filter(is_its)).first().copied().cloned())
    }
}
