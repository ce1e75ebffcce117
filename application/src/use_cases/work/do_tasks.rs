use super::{
    clear_away::Housekeeper,
    fence::Fence,
    jobs::{CleanUpJob, Job as _, SendCodes},
    outcome::TaskOutcome,
    queue::Queue,
    run_clean_up::{Ran, RunCleanUp},
    send_codes::{CodesSender, in_time},
    send_mail::MailSender,
    tell_notice::NoticeTeller,
};
use crate::{
    Ports, Settings,
    ports::{Claiming, Clock, Held, Ids, Leased, PortResult, Storage, UnitOfWork},
    settings::WorkSettings,
    use_cases::deliveries::Deliveries,
};
use backstop_domain::{
    TaskId, TaskKind, Timestamp, WorkerId,
    task::{Ending, Lease},
};
use jiff::SignedDuration;
use std::sync::Arc;

/// What a worker does: takes tasks, does them, and says how they ended.
pub struct DoTasks {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    settings: WorkSettings,
    queue: Queue,
    clean_up: RunCleanUp,
    codes: CodesSender,
    mail: MailSender,
    notices: NoticeTeller,
    housekeeper: Housekeeper,
}

/// Of all kinds; an older program leaves what it can't know to a newer one.
const NEWEST_PAYLOAD: u16 = 2;

impl DoTasks {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
            settings: settings.work,
            queue: Queue::new(ports, settings),
            clean_up: RunCleanUp::new(ports, settings),
            codes: CodesSender::new(ports, settings, deliveries),
            mail: MailSender::new(ports, settings),
            notices: NoticeTeller::new(ports, settings),
            housekeeper: Housekeeper::new(ports, settings),
        }
    }

    /// Leases what is due to a worker.
    pub async fn claim(&self, worker: WorkerId, most: u32) -> PortResult<Vec<Leased>> {
        let mut unit = self.storage.begin().await?;
        let leased = unit.tasks().claim(&self.claiming(worker, None, most)).await?;
        unit.commit().await?;
        Ok(leased)
    }

    /// Leases one task to somebody who waits for it, in the unit that queues it. What does not go well stays for the
    /// workers.
    pub(crate) async fn take(&self, unit: &mut dyn UnitOfWork, task: TaskId) -> PortResult<Option<Leased>> {
        let worker = WorkerId::new(self.ids.next());
        Ok(unit.tasks().claim(&self.claiming(worker, Some(task), 1)).await?.pop())
    }

    fn claiming(&self, worker: WorkerId, only: Option<TaskId>, most: u32) -> Claiming {
        let now = self.clock.now();
        Claiming { worker, now, until: now.saturating_add(self.settings.lease).unwrap_or(Timestamp::MAX), only, most }
    }

    /// Shows that the worker is alive.
    pub async fn keep(&self, lease: &Lease) -> PortResult<Held> {
        let now = self.clock.now();
        let until = now.saturating_add(self.settings.lease).unwrap_or(Timestamp::MAX);
        let mut unit = self.storage.begin().await?;
        let held = unit.tasks().renew(lease, now, until).await?;
        unit.commit().await?;
        Ok(held)
    }

    /// Does a task to its end. After a fault it is queued again, or given up.
    pub async fn run(&self, leased: &Leased) -> PortResult<TaskOutcome> {
        if leased.lease.attempt > leased.attempts {
            return self.give_back(leased, "nobody knows how the last attempt ended").await;
        }
        if leased.payload.version > NEWEST_PAYLOAD {
            return self.give_back(leased, "a newer version of the program queued it").await;
        }
        let fence = Fence::new(leased, &self.settings, &self.clock);
        match self.attempt(leased, &fence).await {
            Ok(TaskOutcome::Done(summary)) => self.end(leased, Ending::Done(Some(summary))).await,
            Ok(TaskOutcome::Hopeless(error)) => self.end(leased, Ending::Failed { error }).await,
            Ok(TaskOutcome::Unfinished) => match self.end(leased, Ending::Released).await? {
                TaskOutcome::Ended(_) => Ok(TaskOutcome::Unfinished),
                lost => Ok(lost),
            },
            Ok(outcome) => Ok(outcome),
            Err(fault) => self.give_back(leased, &fault.to_string()).await,
        }
    }

    async fn attempt(&self, leased: &Leased, fence: &Fence) -> PortResult<TaskOutcome> {
        match leased.kind {
            TaskKind::SendCodes => self.codes.run(leased, fence).await,
            TaskKind::SendMail => self.mail.run(leased, fence).await,
            TaskKind::TellNotice => self.notices.run(leased, fence).await,
            TaskKind::TellHeld => self.notices.tell_held(leased, fence).await,
            TaskKind::CleanUp => {
                let Some(job) = CleanUpJob::read(&leased.payload) else { return Ok(TaskOutcome::unreadable()) };
                Ok(match self.clean_up.go_on(&job, fence).await? {
                    Ran::Ended(record) => TaskOutcome::Ran { record, log: job.log_run },
                    Ran::Unfinished { .. } => TaskOutcome::Unfinished,
                    Ran::Lost => TaskOutcome::Lost,
                })
            }
            TaskKind::ClearAway => self.housekeeper.clear_away(fence).await,
            TaskKind::FindExpiring => self.housekeeper.find_expiring(fence).await,
        }
    }

    /// The attempt failed, or took too long: later again, or never.
    pub async fn give_back(&self, leased: &Leased, error: &str) -> PortResult<TaskOutcome> {
        let mut ending = self.queue.after_fault(leased.lease.attempt, leased.attempts, error.to_owned());
        if leased.kind == TaskKind::SendCodes {
            ending = in_time(leased, ending);
        }
        self.end(leased, ending).await
    }

    /// The worker stops and gives the task back untried.
    pub async fn release(&self, leased: &Leased) -> PortResult<TaskOutcome> {
        self.end(leased, Ending::Released).await
    }

    /// Ends an attempt with all that goes with it.
    async fn end(&self, leased: &Leased, ending: Ending) -> PortResult<TaskOutcome> {
        if leased.kind == TaskKind::SendCodes
            && let (Ending::Failed { error }, Some(job)) = (&ending, SendCodes::read(&leased.payload))
        {
            let fence = Fence::new(leased, &self.settings, &self.clock);
            return self.codes.give_up(leased, &fence, &job, error.clone(), None).await;
        }
        retry_contention!(self.try_to_end(leased, &ending).await)
    }

    async fn try_to_end(&self, leased: &Leased, ending: &Ending) -> PortResult<TaskOutcome> {
        let mut unit = self.storage.begin().await?;
        if unit.tasks().finish(&leased.lease, self.clock.now(), ending).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(TaskOutcome::Lost);
        }
        let is_over = matches!(ending, Ending::Done(_) | Ending::Failed { .. });
        if is_over {
            self.queue_next(&mut *unit, leased.kind).await?;
        }
        if let Ending::Failed { error } = ending {
            self.give_up(&mut *unit, leased, error).await?;
        }
        unit.commit().await?;
        Ok(TaskOutcome::Ended(ending.clone()))
    }

    /// What goes with a task that is given up, in the unit that ends it.
    async fn give_up(&self, unit: &mut dyn UnitOfWork, leased: &Leased, error: &str) -> PortResult<()> {
        match leased.kind {
            TaskKind::SendMail => self.mail.give_up(unit, leased.lease.task, error).await,
            TaskKind::CleanUp => match CleanUpJob::read(&leased.payload) {
                Some(job) => self.clean_up.fail(&job, unit, error).await,
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Queues what comes round by itself, unless it is queued.
    pub async fn queue_recurring(&self) -> PortResult<()> {
        let mut unit = self.storage.begin().await?;
        for kind in [TaskKind::ClearAway, TaskKind::FindExpiring] {
            unit.tasks().push(self.queue.recurring(kind, self.clock.now())?).await?;
        }
        unit.commit().await
    }

    async fn queue_next(&self, unit: &mut dyn UnitOfWork, kind: TaskKind) -> PortResult<()> {
        let wait = match kind {
            TaskKind::ClearAway => SignedDuration::from_hours(1),
            TaskKind::FindExpiring => SignedDuration::from_hours(24),
            _ => return Ok(()),
        };
        let due = self.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        unit.tasks().push(self.queue.recurring(kind, due)?).await
    }
}
