use super::{fence::Fence, outcome::TaskOutcome, queue::Queue};
use crate::{
    Ports, Settings,
    ports::{Clock, Held, HistoryReader, Leftovers, PortResult, Storage, WhichTasks, Workforce},
    settings::{CleanUpSettings, WorkSettings},
    use_cases::{ForgetAnswers, ForgetSessions},
};
use backstop_domain::{Notice, NoticeKind, Timestamp};
use jiff::SignedDuration;
use std::{collections::BTreeSet, sync::Arc};

/// Housekeeping: what is over and nobody reads any more, and codes that are about to be.
pub(crate) struct Housekeeper {
    storage: Arc<dyn Storage>,
    history: Arc<dyn HistoryReader>,
    workforce: Arc<dyn Workforce>,
    leftovers: Arc<dyn Leftovers>,
    sessions: ForgetSessions,
    answers: ForgetAnswers,
    clock: Arc<dyn Clock>,
    queue: Queue,
    work: WorkSettings,
    clean_up: CleanUpSettings,
    notices: BTreeSet<NoticeKind>,
}

/// So much at once, so that nobody waits long for it.
const CHUNK: u32 = 1_000;
/// For how long it is known what somebody was told: longer than any reason to tell it once only lasts.
const NOTICES_FOR: SignedDuration = SignedDuration::from_hours(60 * 24);
const SILENT_WORKERS_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long before their end owners are told of it.
const EXPIRING_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Housekeeper {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            history: Arc::clone(&ports.history),
            workforce: Arc::clone(&ports.workforce),
            leftovers: Arc::clone(&ports.leftovers),
            sessions: ForgetSessions::new(ports, settings),
            answers: ForgetAnswers::new(ports),
            clock: Arc::clone(&ports.clock),
            queue: Queue::new(ports, settings),
            work: settings.work,
            clean_up: settings.clean_up,
            notices: settings.mail.notices.clone(),
        }
    }

    pub(crate) async fn clear_away(&self, fence: &Fence) -> PortResult<TaskOutcome> {
        let now = self.clock.now();
        let ago = |span: SignedDuration| now.saturating_sub(span).unwrap_or(Timestamp::MIN);
        let sessions = self.sessions.run().await?;
        let answers = self.answers.run().await?;
        let leftovers = self.leftovers.clear_away(now).await?;
        let workers = self.workforce.forget(ago(SILENT_WORKERS_FOR)).await?;
        let done = WhichTasks::DoneBeyond { keep: self.work.keep_done, most: CHUNK };
        let (mut tasks, mut notices, mut links, mut records) = (0, 0, 0, 0);
        loop {
            let mut unit = self.storage.begin().await?;
            if fence.hold(&mut *unit).await? == Held::Lost {
                unit.rollback().await?;
                return Ok(TaskOutcome::Lost);
            }
            let some_tasks = unit.tasks().remove(done).await?;
            let some_notices = unit.notices().forget(ago(NOTICES_FOR), CHUNK).await?;
            let some_links = unit.links().forget(now, CHUNK).await?;
            let some_runs = match self.clean_up.history_retention_days {
                0 => 0,
                days => unit.runs().forget(ago(SignedDuration::from_hours(24 * i64::from(days))), CHUNK).await?,
            };
            let some_records = match self.clean_up.history_retention_days {
                0 => 0,
                days => {
                    let until = ago(SignedDuration::from_hours(24 * i64::from(days)));
                    unit.clean_ups().take_history(until, CHUNK).await?.len()
                }
            };
            unit.commit().await?;
            tasks += some_tasks;
            notices += some_notices;
            links += some_links;
            records += some_records;
            let most = u64::from(CHUNK);
            let few = [some_tasks, some_notices, some_links, some_runs].into_iter().all(|some| some < most);
            if few && some_records == 0 {
                break;
            }
            if now_is_late(fence, &*self.clock) {
                return Ok(TaskOutcome::Unfinished);
            }
        }
        Ok(TaskOutcome::Done(format!(
            "{sessions} sessions, {answers} answers, {leftovers} copies and counts, {tasks} tasks, {notices} notices, \
             {links} links, {records} records, {workers} workers"
        )))
    }

    /// Queues a notice for each set that is about to expire; what was told of a set once is not told again.
    pub(crate) async fn find_expiring(&self, fence: &Fence) -> PortResult<TaskOutcome> {
        if !self.notices.contains(&NoticeKind::CodesExpiring) {
            return Ok(TaskOutcome::Done("nobody is told".to_owned()));
        }
        let now = self.clock.now();
        let until = now.saturating_add(EXPIRING_WITHIN).unwrap_or(Timestamp::MAX);
        let (mut after, mut told) = (None, 0_u64);
        loop {
            let batches = self.history.expiring(now, until, after, CHUNK).await?;
            let Some(last) = batches.last() else { break };
            after = last.expires_at.map(|end| (end, last.id));
            let mut unit = self.storage.begin().await?;
            if fence.hold(&mut *unit).await? == Held::Lost {
                unit.rollback().await?;
                return Ok(TaskOutcome::Lost);
            }
            for batch in &batches {
                let Some(expires_at) = batch.expires_at else { continue };
                let notice = Notice::CodesExpiring { expires_at, remaining: batch.counters.live() };
                unit.tasks().push(self.queue.tell(batch.account, &notice, Some(batch.id.uuid()))?).await?;
                told += 1;
            }
            unit.commit().await?;
        }
        Ok(TaskOutcome::Done(format!("{told} sets")))
    }
}

/// Whether the attempt should come to an end by itself.
fn now_is_late(fence: &Fence, clock: &dyn Clock) -> bool {
    clock.now() >= fence.ends
}
