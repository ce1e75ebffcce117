//! Broken queues.

mod shown;

use super::defects;
use crate::{Queue, QueueHarness};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, Claiming, CleanUpStore, ClientStore, CodeStore, Concerns, Held,
    Leased, LimitStore, LinkStore, MailLog, NewTask, NoticeStore, PasswordStore, PortError, PortErrorKind, PortResult,
    RecoveryStore, RunStore, ScheduleStore, SecondFactorStore, Storage, TaskStore, UnitOfWork, WhichTasks,
};
use backstop_domain::{
    AccountId, TaskId, Timestamp,
    task::{Ending, Lease, Priority},
};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard};

defects! {
    /// What is wrong with a queue.
    QueueDefect {
        // Queueing.
        LosesWhatIsSealed,
        ForgetsConcerns,
        PrioritiesAreAlike,
        QueuesNothing,
        RollbackCommits,
        RemovesCommittedOnly,
        NamesAreNoMatter,
        OneNameForAll,
        NamesAreTakenForEver,
        ConflictsSpoilTheUnit,
        // Claiming.
        ClaimsEarly,
        ClaimsMoreThanAsked,
        ClaimsAnyTask,
        ClaimsInReverse,
        ClaimsRowLocks,
        LeasesNeverEnd,
        AttemptsStandStill,
        HidesWhatIsUsedUp,
        ForgetsAfterAnAttempt,
        SealedComesBack,
        // Leases.
        RenewsNothing,
        AnybodyHolds,
        LapsedLeasesHold,
        SummariesAreForgotten,
        ErrorsAreForgotten,
        TriesAgainAtOnce,
        ReleasesAreCounted,
        FailuresComeAgain,
        // Ends.
        RetriesNothing,
        RetriesAnything,
        RemovesNothing,
        RemovesEverything,
        RemovesWhatRuns,
        KeepsNothing,
        RemovesAllAtOnce,
        // Reading.
        DepthsAreIncomplete,
        OldestIsNotDueYet,
        LeasesAreNeverDue,
        TasksAreNotFound,
        OldestTasksFirst,
        // Workers.
        FirstBeatStays,
        NobodyLeaves,
        ListsTheSilent,
        YoungestWorkersFirst,
        ForgetsTheLiving,
        // The signal.
        IsDeaf,
        HearsOnlyWhileItWaits,
        TellsOneOnly,
        WaitsForEver,
    }
}

/// A sound queue with one defect.
pub struct BrokenQueue {
    sound: Arc<dyn QueueHarness>,
    defect: QueueDefect,
}

impl BrokenQueue {
    pub fn new(sound: Arc<dyn QueueHarness>, defect: QueueDefect) -> Self {
        Self { sound, defect }
    }
}

struct Core {
    sound: Queue,
    defect: QueueDefect,
    /// What was ever queued.
    seen: Mutex<Vec<NewTask>>,
    waits: tokio::sync::Mutex<()>,
}

impl Core {
    fn has(&self, defect: QueueDefect) -> bool {
        self.defect == defect
    }

    fn seen(&self) -> MutexGuard<'_, Vec<NewTask>> {
        self.seen.lock().unwrap()
    }

    fn seen_task(&self, id: TaskId) -> Option<NewTask> {
        self.seen().iter().find(|task| task.id == id).cloned()
    }
}

struct Shown(Arc<Core>);

#[async_trait]
impl QueueHarness for BrokenQueue {
    async fn fresh(&self) -> Queue {
        let sound = self.sound.fresh().await;
        let audit = Arc::clone(&sound.audit);
        let core = Core { sound, defect: self.defect, seen: Mutex::default(), waits: tokio::sync::Mutex::default() };
        let shown = Arc::new(Shown(Arc::new(core)));
        Queue {
            storage: shown.clone(),
            tasks: shown.clone(),
            workforce: shown.clone(),
            signal: shown.clone(),
            audit,
            keep: shown,
        }
    }

    fn locks_whole_store(&self) -> bool {
        self.defect != QueueDefect::ClaimsRowLocks && self.sound.locks_whole_store()
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(2)
    }
}

#[async_trait]
impl Storage for Shown {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        let inner = self.0.sound.storage.begin().await?;
        Ok(Box::new(BrokenUnit { inner, core: Arc::clone(&self.0), pushed: 0, spoilt: false }))
    }

    async fn begin_locking(&self, _: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        self.begin().await
    }
}

struct BrokenUnit {
    inner: Box<dyn UnitOfWork>,
    core: Arc<Core>,
    pushed: u32,
    spoilt: bool,
}

macro_rules! lent {
    ($($store:ident: $port:ident),* $(,)?) => {
        $(fn $store(&mut self) -> Box<dyn $port + '_> {
            self.inner.$store()
        })*
    };
}

#[async_trait]
impl UnitOfWork for BrokenUnit {
    lent! {
        accounts: AccountStore, batches: BatchStore, codes: CodeStore, recoveries: RecoveryStore, limits: LimitStore,
        audit: AuditLog, clients: ClientStore, answers: AnswerStore, schedules: ScheduleStore, clean_ups: CleanUpStore, runs: RunStore, mail_log: MailLog, notices: NoticeStore, links: LinkStore, passwords: PasswordStore, second_factors: SecondFactorStore,
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        Box::new(BrokenTasks(self))
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        if self.spoilt {
            return Err(PortError::new(PortErrorKind::Rejected, "the unit is spoilt"));
        }
        self.inner.commit().await
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        if self.core.has(QueueDefect::RollbackCommits) {
            self.inner.commit().await
        } else {
            self.inner.rollback().await
        }
    }
}

struct BrokenTasks<'u>(&'u mut BrokenUnit);

impl BrokenTasks<'_> {
    fn has(&self, defect: QueueDefect) -> bool {
        self.0.core.has(defect)
    }

    fn sound(&mut self) -> Box<dyn TaskStore + '_> {
        self.0.inner.tasks()
    }

    fn now(&self, now: Timestamp) -> Timestamp {
        if self.has(QueueDefect::LapsedLeasesHold) { Timestamp::MIN } else { now }
    }

    fn told(&self, held: Held) -> Held {
        if self.has(QueueDefect::AnybodyHolds) { Held::Yes } else { held }
    }

    fn altered(&self, mut leased: Leased) -> Leased {
        match self.0.core.defect {
            QueueDefect::AttemptsStandStill => leased.lease.attempt = 1,
            QueueDefect::ForgetsAfterAnAttempt if leased.lease.attempt > 1 => leased.sealed = None,
            QueueDefect::SealedComesBack => {
                leased.sealed = self.0.core.seen_task(leased.lease.task).and_then(|task| task.sealed);
            }
            _ => {}
        }
        leased
    }
}

#[async_trait]
impl TaskStore for BrokenTasks<'_> {
    async fn push(&mut self, mut task: NewTask) -> PortResult<()> {
        let again = task.unique.is_some() && self.0.core.seen().iter().any(|seen| seen.unique == task.unique);
        self.0.core.seen().push(task.clone());
        self.0.pushed += 1;
        match self.0.core.defect {
            QueueDefect::LosesWhatIsSealed => task.sealed = None,
            QueueDefect::ForgetsConcerns => task.concerns = Concerns::default(),
            QueueDefect::PrioritiesAreAlike => task.priority = Priority::USUAL,
            QueueDefect::QueuesNothing => return Ok(()),
            QueueDefect::NamesAreNoMatter => task.unique = None,
            QueueDefect::OneNameForAll => task.unique = Some("all".to_owned()),
            QueueDefect::NamesAreTakenForEver if again => return Ok(()),
            QueueDefect::ConflictsSpoilTheUnit => self.0.spoilt |= again,
            _ => {}
        }
        self.sound().push(task).await
    }

    async fn claim(&mut self, claiming: &Claiming) -> PortResult<Vec<Leased>> {
        let mut claiming = *claiming;
        match self.0.core.defect {
            QueueDefect::ClaimsEarly => claiming.now = Timestamp::MAX,
            QueueDefect::ClaimsMoreThanAsked => claiming.most = u32::MAX,
            QueueDefect::ClaimsAnyTask => claiming.only = None,
            _ => {}
        }
        let found = self.sound().claim(&claiming).await?;
        let mut found: Vec<Leased> = found.into_iter().map(|leased| self.altered(leased)).collect();
        match self.0.core.defect {
            QueueDefect::ClaimsInReverse => found.reverse(),
            QueueDefect::LeasesNeverEnd => found.retain(|leased| leased.lease.attempt == 1),
            QueueDefect::HidesWhatIsUsedUp => found.retain(|leased| leased.lease.attempt <= leased.attempts),
            _ => {}
        }
        Ok(found)
    }

    async fn renew(&mut self, lease: &Lease, now: Timestamp, until: Timestamp) -> PortResult<Held> {
        if self.has(QueueDefect::RenewsNothing) {
            return Ok(Held::Yes);
        }
        let now = self.now(now);
        let held = self.sound().renew(lease, now, until).await?;
        Ok(self.told(held))
    }

    async fn finish(&mut self, lease: &Lease, now: Timestamp, ending: &Ending) -> PortResult<Held> {
        let mut ending = ending.clone();
        match (self.0.core.defect, &mut ending) {
            (QueueDefect::SummariesAreForgotten, Ending::Done(summary)) => *summary = None,
            (QueueDefect::ErrorsAreForgotten, Ending::Again { error, .. } | Ending::Failed { error }) => error.clear(),
            (QueueDefect::TriesAgainAtOnce, Ending::Again { at, .. }) => *at = now,
            (QueueDefect::ReleasesAreCounted, Ending::Released)
            | (QueueDefect::FailuresComeAgain, Ending::Failed { .. }) => {
                ending = Ending::Again { at: now, error: String::new() };
            }
            _ => {}
        }
        let at = self.now(now);
        let held = self.sound().finish(lease, at, &ending).await?;
        Ok(self.told(held))
    }

    async fn retry(&mut self, task: TaskId, now: Timestamp) -> PortResult<bool> {
        if self.has(QueueDefect::RetriesNothing) {
            return Ok(true);
        }
        Ok(self.sound().retry(task, now).await? || self.has(QueueDefect::RetriesAnything))
    }

    async fn remove(&mut self, which: WhichTasks) -> PortResult<u64> {
        let which = match (self.0.core.defect, which) {
            (QueueDefect::RemovesNothing, _) => return Ok(0),
            (QueueDefect::RemovesCommittedOnly, _) if self.0.pushed > 0 => return Ok(0),
            (QueueDefect::RemovesWhatRuns, WhichTasks::One(id)) => {
                let account = self.0.core.seen_task(id).and_then(|task| task.concerns.account);
                account.map_or(which, WhichTasks::OfAccount)
            }
            (QueueDefect::KeepsNothing, WhichTasks::DoneBeyond { most, .. }) => {
                WhichTasks::DoneBeyond { keep: 0, most }
            }
            (QueueDefect::RemovesAllAtOnce, WhichTasks::DoneBeyond { keep, .. }) => {
                WhichTasks::DoneBeyond { keep, most: u32::MAX }
            }
            _ => which,
        };
        let removed = self.sound().remove(which).await?;
        if self.has(QueueDefect::RemovesEverything) {
            let seen: Vec<TaskId> = self.0.core.seen().iter().map(|task| task.id).collect();
            for id in seen {
                self.sound().remove(WhichTasks::One(id)).await?;
            }
        }
        Ok(removed)
    }
}
