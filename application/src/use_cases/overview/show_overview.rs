use super::{
    DAYS, Warning,
    mails::{self, newest},
    memo::Memo,
};
use crate::{
    Ports, Settings,
    lists::{AccountFilter, ClientFilter, ClientSort, CodesLeft, RunFilter, RunSort, ScheduleFilter, ScheduleSort},
    lists::{Registers, TaskFilter, TaskSort},
    ports::{
        Clock, Direction, Health, KeyBook, Listed, PortErrorKind, PortResult, Portion, Register, RunRecord, Sight,
        Tallies, Which, Workforce,
    },
    settings::OverviewSettings,
    use_cases::{Total, Viewer, WatchWork},
};
use backstop_domain::{CleanUp, DayCounts, LastDays, Quarter, RunStatus, TaskState, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;

/// How the service is doing, as far as the viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOverview {
    /// When it was so.
    pub at: Timestamp,
    /// The last thirty days of the site's time zone, today at the end.
    pub days: Vec<DayCounts>,
    pub accounts: AccountCounts,
    pub queue: QueueCounts,
    /// The last runs of clean-ups, the newest first.
    pub runs: Vec<RunRecord>,
    /// What is to be looked after, the most urgent first.
    pub warnings: Vec<Warning>,
}

/// How accounts stand with their codes; `None` where counting would have taken too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountCounts {
    pub without_codes: Option<Total>,
    /// One at least, and at most [`Self::FEW`].
    pub with_few: Option<Total>,
    /// Some, which expire within [`Self::DAYS`].
    pub expiring: Option<Total>,
}

impl AccountCounts {
    pub const FEW: u32 = 3;
    pub const DAYS: u16 = 7;
}

/// How much background work there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueCounts {
    pub queued: Total,
    pub running: Total,
    pub failed: Total,
    /// Since when the task has been due that waits longest.
    pub oldest_due: Option<Timestamp>,
}

/// Shows how the service is doing.
///
/// What was found is answered again for a few seconds, so that a page which is loaded again and again asks the database no
/// more often; accounts, of which there may be many, are counted less often still.
pub struct ShowOverview {
    tallies: Arc<dyn Tallies>,
    registers: Registers,
    workforce: Arc<dyn Workforce>,
    parts: Vec<Arc<dyn Health>>,
    book: Arc<dyn KeyBook>,
    clock: Arc<dyn Clock>,
    settings: OverviewSettings,
    stores_mail_log: bool,
    reports_go_to_somebody: bool,
    overviews: Memo<ServiceOverview>,
    accounts: Memo<AccountCounts>,
}

const GOOD_FOR: SignedDuration = SignedDuration::from_secs(10);
const ACCOUNTS_GOOD_FOR: SignedDuration = SignedDuration::from_mins(1);
const RUNS: usize = 5;

impl ShowOverview {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            tallies: Arc::clone(&ports.tallies),
            registers: ports.registers.clone(),
            workforce: Arc::clone(&ports.workforce),
            parts: ports.parts.clone(),
            book: Arc::clone(&ports.keys),
            clock: Arc::clone(&ports.clock),
            settings: settings.overview.clone(),
            stores_mail_log: settings.mail.store_log,
            reports_go_to_somebody: settings.mail.admin_address.is_some(),
            overviews: Memo::new(GOOD_FOR),
            accounts: Memo::new(ACCOUNTS_GOOD_FOR),
        }
    }

    pub async fn run(&self, viewer: Viewer) -> PortResult<ServiceOverview> {
        let (sight, at) = (viewer.sight(), self.clock.now());
        if let Some(kept) = self.overviews.get(sight, at) {
            return Ok(kept);
        }
        let runs = newest(&*self.registers.runs, RunFilter::default(), RunSort::Started, sight, at).await?;
        let queue = self.queue(sight, at).await?;
        let overview = ServiceOverview {
            at,
            days: self.days(sight, at).await?,
            accounts: self.accounts(sight, at).await?,
            queue,
            warnings: self.warnings(&runs, &queue, sight, at).await?,
            runs: runs.into_iter().take(RUNS).collect(),
        };
        self.overviews.keep(sight, at, &overview);
        Ok(overview)
    }

    async fn days(&self, sight: Sight, now: Timestamp) -> PortResult<Vec<DayCounts>> {
        let days = LastDays::new(&self.settings.zone, now, DAYS);
        let tallies = self.tallies.since(Quarter::of(days.begin()), sight).await?;
        Ok(days.counts(tallies))
    }

    async fn accounts(&self, sight: Sight, now: Timestamp) -> PortResult<AccountCounts> {
        if let Some(kept) = self.accounts.get(sight, now) {
            return Ok(kept);
        }
        let counts = AccountCounts {
            without_codes: self.accounts_with(CodesLeft::None, sight, now).await?,
            with_few: self.accounts_with(CodesLeft::Few(AccountCounts::FEW), sight, now).await?,
            expiring: self.accounts_with(CodesLeft::ExpiringWithin(AccountCounts::DAYS), sight, now).await?,
        };
        self.accounts.keep(sight, now, &counts);
        Ok(counts)
    }

    async fn accounts_with(&self, codes: CodesLeft, sight: Sight, now: Timestamp) -> PortResult<Option<Total>> {
        let filter = AccountFilter { codes: Some(codes), ..AccountFilter::default() };
        match total(&*self.registers.accounts, filter, sight, now).await {
            Ok(total) => Ok(Some(total)),
            // Where there are many and hardly any is meant, all have to be looked at, and the store gives up in time.
            Err(fault) if fault.kind() == PortErrorKind::Unavailable => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn queue(&self, sight: Sight, now: Timestamp) -> PortResult<QueueCounts> {
        let filter = |state| TaskFilter { state: Some(state), ..TaskFilter::default() };
        let number = |state| total(&*self.registers.tasks, filter(state), sight, now);
        let which = Which { filter: filter(TaskState::Queued), sight, now };
        let first = Portion { which, sort: TaskSort::Due, direction: Direction::Ascending, after: None, most: 1 };
        let first = self.registers.tasks.portion(&first).await?;
        Ok(QueueCounts {
            queued: number(TaskState::Queued).await?,
            running: number(TaskState::Running).await?,
            failed: number(TaskState::Failed).await?,
            oldest_due: first.first().map(|task| task.of.due_at).filter(|due| *due <= now),
        })
    }

    async fn warnings(
        &self,
        runs: &[RunRecord],
        queue: &QueueCounts,
        sight: Sight,
        now: Timestamp,
    ) -> PortResult<Vec<Warning>> {
        let mut warnings = Vec::new();
        for part in &self.parts {
            if part.check().await.is_err() {
                warnings.push(Warning::PartOut { part: part.part(), is_vital: part.is_vital() });
            }
        }
        let since = now.saturating_sub(WatchWork::LATELY).unwrap_or(Timestamp::MIN);
        let workers = self.workforce.workers(since).await?.len();
        warnings.extend(Warning::of_queue(queue.oldest_due, workers, now));
        warnings.extend(mails::warning(&self.registers, self.stores_mail_log, sight, now).await?);
        let planned = ScheduleFilter { enabled: Some(true), ..ScheduleFilter::default() };
        let schedules = newest(&*self.registers.schedules, planned, ScheduleSort::Name, sight, now).await?;
        warnings.extend(schedules.iter().filter_map(|schedule| Warning::of_schedule(schedule, now)));
        warnings.extend(CleanUp::ALL.iter().filter_map(|of| failed(*of, runs)));
        for (purpose, id) in &self.settings.keys {
            let since = self.book.note(*purpose, id, now).await?;
            warnings.extend(Warning::of_key(*purpose, id, since, now));
        }
        let clients = newest(&*self.registers.clients, ClientFilter::default(), ClientSort::Created, sight, now);
        warnings.extend(clients.await?.iter().flat_map(|client| Warning::of_client(client, now)));
        if self.settings.production && !self.reports_go_to_somebody {
            warnings.push(Warning::NobodyGetsReports);
        }
        Ok(warnings)
    }
}

async fn total<L: Listed>(
    register: &dyn Register<L>,
    filter: L::Filter,
    sight: Sight,
    now: Timestamp,
) -> PortResult<Total> {
    let counted = register.count(&Which { filter, sight, now }, Total::COUNTED + 1).await?;
    Ok(Total::of_counted(counted))
}

/// Of the runs, the newest first, the last one of a clean-up that ended, if it failed.
fn failed(of: CleanUp, runs: &[RunRecord]) -> Option<Warning> {
    let last = runs.iter().find(|record| record.run.of == of && record.ended_at.is_some())?;
    let at = last.ended_at.filter(|_| last.status == RunStatus::Failed)?;
    Some(Warning::CleanUpFailed { run: last.run.id, of, at })
}
