use super::{
    fence::Fence,
    jobs::{CleanUpJob, LetterJob},
    queue::Queue,
};
use crate::{
    Ports, Settings,
    ports::{
        Claiming, Clock, CodeChunk, Held, Ids, Leased, LogTaken, PortError, PortErrorKind, PortResult, Reader, Run,
        RunChunk, RunReader, RunRecord, RunResult, Storage, UnitOfWork,
    },
    settings::{CleanUpSettings, MailSettings, WorkSettings},
    use_cases::trail::Trail,
};
use backstop_domain::{
    Actor, AuditKind, CleanUp, Origin, ReportWhen, RunStatus, Timestamp, WorkerId,
    clean_up::{Portions, StartedBy},
    retention,
    task::Ending,
};
use core::ops::ControlFlow;
use std::sync::Arc;
use uuid::Uuid;

/// Takes away what has been over for longer than it is kept, some rows at a time, and writes down what went.
pub struct RunCleanUp {
    storage: Arc<dyn Storage>,
    runs: Arc<dyn RunReader>,
    clock: Arc<dyn Clock>,
    queue: Queue,
    settings: CleanUpSettings,
    mail: MailSettings,
    work: WorkSettings,
    ids: Arc<dyn Ids>,
    trail: Trail,
}

/// How a run went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It ended, now or before.
    Ended(Box<RunRecord>),
    /// The time was up; it goes on where it stopped.
    Unfinished { removed: u64 },
    /// Somebody else goes on with it.
    Lost,
}

/// Somebody at a terminal wants a clean-up now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanUpOrder {
    pub of: CleanUp,
    pub retention_days: Option<u32>,
    /// How much at most, in place of the setting.
    pub portions: Option<Portions>,
    pub report: ReportWhen,
}

/// What would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    pub retention_days: u32,
    pub until: Timestamp,
    pub rows: u64,
    pub batches: u64,
}

/// Told of each step with how many rows went so far, and may end the run there.
pub type Progress<'a> = &'a (dyn Fn(u64) -> ControlFlow<()> + Send + Sync);

/// More is not taken at once of what is not counted against the limit.
const CHUNK_OF_EMPTY: u32 = 200;

impl RunCleanUp {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            runs: Arc::clone(&ports.runs),
            clock: Arc::clone(&ports.clock),
            queue: Queue::new(ports, settings),
            settings: settings.clean_up,
            mail: settings.mail.clone(),
            work: settings.work,
            ids: Arc::clone(&ports.ids),
            trail: Trail::new(ports),
        }
    }

    /// What a run would take, taking nothing.
    pub async fn look(&self, order: &CleanUpOrder) -> PortResult<Prospect> {
        let (days, until) = self.threshold(order.of, self.days(order.of, order.retention_days));
        let eligible = self.runs.eligible(order.of, until).await?;
        Ok(Prospect { retention_days: days, until, rows: eligible.rows, batches: eligible.batches })
    }

    /// Runs to its end, whatever time that takes. It is a task like those of schedules, in the hands of whoever calls
    /// this: should they die, a worker brings it to its end when the lease is over.
    pub async fn run(&self, order: &CleanUpOrder, progress: Progress<'_>) -> PortResult<Ran> {
        let days = self.days(order.of, order.retention_days);
        let job =
            CleanUpJob { log_run: self.settings.log_runs, ..self.queue.new_run(order.of, days, true, order.report) };
        let Some(leased) = self.queue_in_hand(&job).await? else { return Ok(Ran::Lost) };
        let fence = Fence::unhurried(&leased, &self.work, &self.clock);
        let ran = self.go(&job, &fence, order.portions.unwrap_or(self.settings.portions), progress).await;
        if let Err(fault) = &ran {
            let _ = retry_contention!(self.give_up(&job, &fence, &fault.to_string()).await);
        }
        ran
    }

    /// Goes on with a run that a task is for.
    pub(crate) async fn go_on(&self, job: &CleanUpJob, fence: &Fence) -> PortResult<Ran> {
        self.go(job, fence, self.settings.portions, &|_| ControlFlow::Continue(())).await
    }

    /// Queues the run and leases it in one unit, so that no worker takes it.
    async fn queue_in_hand(&self, job: &CleanUpJob) -> PortResult<Option<Leased>> {
        let task = self.queue.run_by_hand(job)?;
        let now = self.clock.now();
        let claiming = Claiming {
            worker: WorkerId::new(self.ids.next()),
            now,
            until: now.saturating_add(self.work.lease).unwrap_or(Timestamp::MAX),
            only: Some(task.id),
            most: 1,
        };
        let mut unit = self.storage.begin().await?;
        unit.tasks().push(task).await?;
        let leased = unit.tasks().claim(&claiming).await?.pop();
        unit.commit().await?;
        Ok(leased)
    }

    /// The run failed, and its task with it.
    async fn give_up(&self, job: &CleanUpJob, fence: &Fence, error: &str) -> PortResult<()> {
        let mut unit = self.storage.begin().await?;
        if fence.end(&mut *unit, &Ending::Failed { error: error.to_owned() }).await? == Held::Lost {
            return unit.rollback().await;
        }
        self.fail(job, &mut *unit, error).await?;
        unit.commit().await
    }

    fn days(&self, of: CleanUp, asked: Option<u32>) -> u32 {
        asked.unwrap_or(match of {
            CleanUp::Codes => self.settings.retention_days,
            CleanUp::Audit | CleanUp::EmailLog => self.settings.audit_retention_days,
        })
    }

    async fn go(&self, job: &CleanUpJob, fence: &Fence, portions: Portions, progress: Progress<'_>) -> PortResult<Ran> {
        let mut job = job.clone();
        let record = loop {
            let Some(record) = self.begin(&job, fence).await? else { return Ok(Ran::Lost) };
            if record.status != RunStatus::Failed {
                break record;
            }
            // Somebody wants what was given up once more: that is another run, whose id follows from the first.
            job.run = Uuid::from_u128(job.run.as_u128().wrapping_add(1));
        };
        let job = &job;
        if record.status != RunStatus::Running {
            return retry_contention!(self.end(job, fence, record.status).await);
        }
        // The cap is one of codes; a log that grows faster than it would never be clean.
        let portions = match record.run.of {
            CleanUp::Codes => portions,
            CleanUp::Audit | CleanUp::EmailLog => Portions { most: None, ..portions },
        };
        let mut removed = record.removed;
        let mut wait = false;
        let all_gone = loop {
            if progress(removed).is_break() {
                break false;
            }
            let most = portions.next(removed);
            if most == 0 {
                match retry_contention!(self.is_more_due(&record.run, fence).await)? {
                    None => return Ok(Ran::Lost),
                    Some(more) => break !more,
                }
            }
            if self.clock.now() >= fence.ends {
                return Ok(Ran::Unfinished { removed });
            }
            // Whoever waits holds one account's lock at most, and keeps no other owner waiting.
            let chunk = Chunk { until: record.run.until, most: if wait { 1 } else { most }, wait };
            match retry_contention!(self.take(&record.run, &chunk, fence).await)? {
                None => return Ok(Ran::Lost),
                Some(0) if wait || record.run.of != CleanUp::Codes => break true,
                // Whatever is left belongs to accounts that somebody had locked.
                Some(0) => wait = true,
                Some(taken) => (removed, wait) = (removed + taken, false),
            }
        };
        if record.run.of == CleanUp::Codes
            && job.delete_empty
            && progress(removed).is_continue()
            && let Some(stopped) = self.take_empty(&record.run, fence).await?
        {
            return Ok(stopped);
        }
        let status = if all_gone { RunStatus::Completed } else { RunStatus::Capped };
        retry_contention!(self.end(job, fence, status).await)
    }

    /// What is known of the run, which begins now unless it began before. `None` without the lease.
    async fn begin(&self, job: &CleanUpJob, fence: &Fence) -> PortResult<Option<RunRecord>> {
        let of = job.of().ok_or_else(|| PortError::corrupt("a clean-up of something unknown"))?;
        let (days, until) = self.threshold(of, job.retention_days);
        let now = self.clock.now();
        let run = Run { id: job.run(), of, started_by: job.started_by(), started_at: now, retention_days: days, until };
        let Some(mut unit) = self.open(fence).await? else { return Ok(None) };
        let known = unit.runs().begin(&run).await?;
        unit.commit().await?;
        Ok(Some(known.unwrap_or(RunRecord {
            run,
            status: RunStatus::Running,
            ended_at: None,
            error: None,
            removed: 0,
            removed_batches: 0,
            range: None,
        })))
    }

    /// For how many days what is kept, and until when what ended goes. Logs are kept for ever with zero days; codes go at
    /// once with it.
    fn threshold(&self, of: CleanUp, days: u32) -> (u32, Timestamp) {
        let days = match of {
            CleanUp::Audit if days > 0 => days.max(self.settings.audit_min_retention_days),
            _ => days,
        };
        let keeps_all = days == 0 && of != CleanUp::Codes;
        (days, if keeps_all { Timestamp::MIN } else { retention::threshold(self.clock.now(), days) })
    }

    async fn open(&self, fence: &Fence) -> PortResult<Option<Box<dyn UnitOfWork>>> {
        let mut unit = self.storage.begin().await?;
        if fence.hold(&mut *unit).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(None);
        }
        Ok(Some(unit))
    }

    /// One short unit: what goes, and the record of it. `None` without the lease.
    async fn take(&self, run: &Run, chunk: &Chunk, fence: &Fence) -> PortResult<Option<u64>> {
        let Some(mut unit) = self.open(fence).await? else { return Ok(None) };
        let done = self.take_within(&mut *unit, run.of, chunk).await?;
        if done.removed == 0 {
            unit.rollback().await?;
            return Ok(Some(0));
        }
        unit.runs().add(run.id, &done).await?;
        unit.commit().await?;
        Ok(Some(done.removed))
    }

    /// Whether anything would go if more might: found by taking one row and giving it back, as counting all that is due
    /// can take longer than the run. `None` without the lease.
    async fn is_more_due(&self, run: &Run, fence: &Fence) -> PortResult<Option<bool>> {
        let Some(mut unit) = self.open(fence).await? else { return Ok(None) };
        let one = self.take_within(&mut *unit, run.of, &Chunk { until: run.until, most: 1, wait: true }).await?;
        unit.rollback().await?;
        Ok(Some(one.removed > 0))
    }

    async fn take_within(&self, unit: &mut dyn UnitOfWork, of: CleanUp, chunk: &Chunk) -> PortResult<RunChunk> {
        let Chunk { until, most, wait } = *chunk;
        let log = |LogTaken { rows, range }| RunChunk { removed: rows, range, batches: Vec::new() };
        Ok(match of {
            CleanUp::Codes => {
                let chunk = CodeChunk { until, at: self.clock.now(), most, wait };
                let taken = unit.clean_ups().take_codes(&chunk).await?;
                let removed = taken.iter().map(|of| u64::from(of.line.removed_codes)).sum();
                RunChunk { removed, range: None, batches: taken.into_iter().map(|of| of.line).collect() }
            }
            CleanUp::Audit => log(unit.clean_ups().take_audit(until, most).await?),
            CleanUp::EmailLog => log(unit.clean_ups().take_email_log(until, most).await?),
        })
    }

    /// Takes batches that have no code left. `None` when all are gone, else why it stopped.
    async fn take_empty(&self, run: &Run, fence: &Fence) -> PortResult<Option<Ran>> {
        let mut wait = false;
        loop {
            if self.clock.now() >= fence.ends {
                return Ok(Some(Ran::Unfinished { removed: 0 }));
            }
            match retry_contention!(self.take_some_empty(run, wait, fence).await)? {
                None => return Ok(Some(Ran::Lost)),
                Some(0) if wait => return Ok(None),
                Some(taken) => wait = taken == 0,
            }
        }
    }

    async fn take_some_empty(&self, run: &Run, wait: bool, fence: &Fence) -> PortResult<Option<usize>> {
        let Some(mut unit) = self.open(fence).await? else { return Ok(None) };
        let most = if wait { 1 } else { CHUNK_OF_EMPTY };
        let chunk = CodeChunk { until: run.until, at: self.clock.now(), most, wait };
        let taken = unit.clean_ups().take_empty_batches(&chunk).await?;
        let number = taken.len();
        if number > 0 {
            let batches = taken.into_iter().map(|of| of.line).collect();
            unit.runs().add(run.id, &RunChunk { batches, ..RunChunk::default() }).await?;
        }
        unit.commit().await?;
        Ok(Some(number))
    }

    /// The end of a run, what its schedule is told, the report, and the end of its task: all or nothing.
    async fn end(&self, job: &CleanUpJob, fence: &Fence, status: RunStatus) -> PortResult<Ran> {
        let record = self.record(job).await?;
        let was_running = record.status == RunStatus::Running;
        let mut unit = self.storage.begin().await?;
        if fence.end(&mut *unit, &Ending::Done(Some(summary(&record, status)))).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Ran::Lost);
        }
        if was_running {
            self.settle(&mut *unit, job, &record, status, None).await?;
            if job.report().wants(record.removed + record.removed_batches)
                && let Some(address) = &self.mail.admin_address
            {
                let letter = LetterJob::Report { run: job.run };
                let mut report = self.queue.send_mail(address, &Reader::default(), letter, None)?;
                report.unique = Some(format!("report:{}", job.run));
                unit.tasks().push(report).await?;
            }
        }
        unit.commit().await?;
        Ok(Ran::Ended(Box::new(self.record(job).await?)))
    }

    /// Ends a run that can't go on, in the unit that gives its task up.
    pub(crate) async fn fail(&self, job: &CleanUpJob, unit: &mut dyn UnitOfWork, error: &str) -> PortResult<()> {
        let Some(record) = self.runs.run(job.run()).await? else { return Ok(()) };
        if record.status != RunStatus::Running {
            return Ok(());
        }
        self.settle(unit, job, &record, RunStatus::Failed, Some(error)).await
    }

    async fn settle(
        &self,
        unit: &mut dyn UnitOfWork,
        job: &CleanUpJob,
        record: &RunRecord,
        status: RunStatus,
        error: Option<&str>,
    ) -> PortResult<()> {
        let now = self.clock.now();
        unit.runs().end(job.run(), now, status, error).await?;
        if let StartedBy::Schedule { id, .. } = &record.run.started_by {
            let result = RunResult { at: now, status, error: error.map(str::to_owned), removed: record.removed };
            unit.schedules().record(*id, &result).await?;
        }
        let kind = match record.run.of {
            CleanUp::Codes => AuditKind::Purged,
            CleanUp::Audit => AuditKind::AuditCleaned,
            CleanUp::EmailLog => AuditKind::EmailLogCleaned,
        };
        let mut entry = self.trail.entry(kind, actor(&record.run.started_by), Origin::default());
        entry.count = Some(u32::try_from(record.removed).unwrap_or(u32::MAX));
        let mut told = told(record, status, error);
        if record.run.started_by == StartedBy::CommandLine {
            // Nobody is known at a terminal; this is who answers for it.
            told = format!("{told}, for {}", self.mail.admin_name);
        }
        entry.reason = Some(told.into());
        unit.audit().append(entry).await
    }

    async fn record(&self, job: &CleanUpJob) -> PortResult<RunRecord> {
        let record = self.runs.run(job.run()).await?;
        record.ok_or_else(|| PortError::new(PortErrorKind::Corrupt, "the record of a run is gone"))
    }
}

/// How much, and until when.
struct Chunk {
    until: Timestamp,
    most: u32,
    wait: bool,
}

fn actor(started_by: &StartedBy) -> Actor {
    match started_by {
        StartedBy::Schedule { name, saved_by, .. } => {
            Actor::Schedule { name: name.clone(), saved_by: saved_by.clone() }
        }
        StartedBy::CommandLine => Actor::CommandLine,
    }
}

fn summary(record: &RunRecord, status: RunStatus) -> String {
    format!("{status}: {} removed", record.removed)
}

/// For the trail: the run, its end, and of a log the times of what went.
fn told(record: &RunRecord, status: RunStatus, error: Option<&str>) -> String {
    let range = record.range.map(|(oldest, newest)| format!(", from {oldest} to {newest}")).unwrap_or_default();
    let error = error.map(|error| format!(", {error}")).unwrap_or_default();
    format!("run {}: {status}{range}{error}", record.run.id)
}
