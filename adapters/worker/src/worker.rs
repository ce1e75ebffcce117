use crate::{hands::Hands, log, tally::Tally};
use backstop_application::{
    UseCases,
    ports::{Clock, Ids, PortError, PortResult, ScheduleReader, TaskReader, WorkSignal, Worker as Known, Workforce},
};
use backstop_domain::{Timestamp, WorkerId};
use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// How many tasks it does at once.
    pub slots: u32,
    /// How long one attempt may take.
    pub time_limit: Duration,
    /// How long a lease lasts that nobody renews.
    pub lease: Duration,
    /// How long it may go unnoticed that there is something to do, when no signal tells.
    pub look_every: Duration,
    /// How long tasks in hand may go on once the worker is asked to stop.
    pub grace: Duration,
    /// More tasks than that waiting are worth a warning.
    pub queue_limit: u64,
    /// Where it runs, as people call it.
    pub host: String,
}

/// What a worker needs.
#[derive(Clone)]
pub struct WorkerParts {
    pub use_cases: Arc<UseCases>,
    pub tasks: Arc<dyn TaskReader>,
    pub schedules: Arc<dyn ScheduleReader>,
    pub workforce: Arc<dyn Workforce>,
    pub signal: Arc<dyn WorkSignal>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// One process's worker.
pub struct Worker {
    id: WorkerId,
    parts: WorkerParts,
    settings: WorkerSettings,
    tally: Arc<Tally>,
}

/// How often people learn that it is alive.
const BEAT_EVERY: Duration = Duration::from_secs(10);
/// How often the tasks that come round by themselves are looked for, and how full the queue is.
const LOOK_ROUND_EVERY: Duration = Duration::from_mins(10);

impl Worker {
    pub fn new(parts: WorkerParts, settings: WorkerSettings) -> Self {
        Self { id: WorkerId::new(parts.ids.next()), parts, settings, tally: Arc::default() }
    }

    pub const fn id(&self) -> WorkerId {
        self.id
    }

    /// Works until it is asked to stop, and then finishes what it has in hand, or gives it back.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let started_at = self.parts.clock.now();
        let (hurry, hurried) = watch::channel(false);
        let mut in_hand = JoinSet::new();
        tokio::select! {
            () = self.work(&mut in_hand, &hurried, stop) => {}
            () = self.beat(started_at) => {}
            () = self.look_round() => {}
        }
        if timeout(self.settings.grace, finish(&mut in_hand)).await.is_err() {
            hurry.send_replace(true);
            // Giving a task back is one short unit; a store that does not answer lets the lease run out.
            let _ = timeout(self.settings.grace.max(Duration::from_secs(1)), finish(&mut in_hand)).await;
        }
        let _ = self.parts.workforce.leave(self.id).await;
    }

    /// Stops between looking and looking only, so that no task is claimed that nobody then does.
    async fn work(
        &self,
        in_hand: &mut JoinSet<()>,
        hurried: &watch::Receiver<bool>,
        stop: impl Future<Output = ()> + Send,
    ) {
        tokio::pin!(stop);
        let mut troubled = false;
        loop {
            let waits = match self.look(in_hand, hurried).await {
                Ok(waits) => {
                    if core::mem::take(&mut troubled) {
                        tracing::info!(target: "backstop", "the queue can be read again");
                    }
                    waits
                }
                Err(fault) => {
                    if !core::mem::replace(&mut troubled, true) {
                        tracing::warn!(target: "backstop", %fault, "the queue can't be read; it is tried again and again");
                    }
                    Some(self.settings.look_every)
                }
            };
            let is_full = self.free(in_hand) == 0;
            let signalled = async {
                match waits {
                    _ if is_full => core::future::pending().await,
                    Some(time) => self.parts.signal.wait(time).await,
                    None => {}
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                Some(_) = in_hand.join_next() => {}
                () = signalled => {}
            }
        }
    }

    fn free(&self, in_hand: &JoinSet<()>) -> u32 {
        self.settings.slots.saturating_sub(u32::try_from(in_hand.len()).unwrap_or(u32::MAX))
    }

    /// Takes what there is to do; tells how long nothing will come, or `None` when there may be more at once.
    async fn look(&self, in_hand: &mut JoinSet<()>, hurried: &watch::Receiver<bool>) -> PortResult<Option<Duration>> {
        while in_hand.try_join_next().is_some() {}
        let now = self.parts.clock.now();
        if self.parts.schedules.next_run().await?.is_some_and(|due| due <= now) {
            // A schedule that can't be read must not keep mails from going.
            match self.parts.use_cases.fire_schedules.run().await {
                Ok(fired) => log::fired(&fired),
                Err(fault) => tracing::error!(target: "backstop::schedule", %fault, "what is due can't be queued"),
            }
        }
        // Reading costs nobody anything; claiming takes the store's lock for writing.
        let due = self.parts.tasks.next_due().await?;
        if due.is_none_or(|due| due > now) {
            return Ok(Some(self.until(now, due)));
        }
        let free = self.free(in_hand);
        let leased = self.parts.use_cases.do_tasks.claim(self.id, free).await?;
        let is_all = u32::try_from(leased.len()).unwrap_or(u32::MAX) < free;
        for leased in leased {
            let hands = Hands {
                tasks: Arc::clone(&self.parts.use_cases.do_tasks),
                tally: Arc::clone(&self.tally),
                time_limit: self.settings.time_limit,
                keep_every: self.settings.lease / 3,
                hurry: hurried.clone(),
            };
            in_hand.spawn(hands.take(leased));
        }
        Ok(is_all.then_some(self.settings.look_every))
    }

    fn until(&self, now: Timestamp, due: Option<Timestamp>) -> Duration {
        let wait = due.map_or(self.settings.look_every, |due| {
            // A little later, because the instant itself is due.
            Duration::try_from(now.duration_until(due)).unwrap_or_default() + Duration::from_millis(1)
        });
        wait.min(self.settings.look_every)
    }

    async fn beat(&self, started_at: Timestamp) {
        let mut beat = interval(BEAT_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let known = Known {
                id: self.id,
                host: self.settings.host.clone(),
                started_at,
                seen_at: self.parts.clock.now(),
                slots: self.settings.slots,
                busy: self.tally.busy.load(Ordering::Relaxed),
                done: self.tally.done.load(Ordering::Relaxed),
                failed: self.tally.failed.load(Ordering::Relaxed),
            };
            // Nothing hangs on it; a store that is out is told of elsewhere.
            let _ = self.parts.workforce.beat(&known).await;
        }
    }

    async fn look_round(&self) {
        let mut round = interval(LOOK_ROUND_EVERY);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut warned = false;
        loop {
            round.tick().await;
            if let Err(fault) = self.parts.use_cases.do_tasks.queue_recurring().await {
                tracing::warn!(target: "backstop", %fault, "housekeeping can't be queued");
            }
            if let Err(fault) = self.warn_of_a_full_queue(&mut warned).await {
                tracing::warn!(target: "backstop", %fault, "how full the queue is can't be read");
            }
        }
    }

    async fn warn_of_a_full_queue(&self, warned: &mut bool) -> Result<(), PortError> {
        let overview = self.parts.tasks.overview(self.parts.clock.now()).await?;
        let is_waiting =
            |depth: &&backstop_application::ports::Depth| depth.state == backstop_domain::TaskState::Queued;
        let waiting: u64 = overview.depths.iter().filter(is_waiting).map(|depth| depth.tasks).sum();
        if waiting <= self.settings.queue_limit {
            *warned = false;
        } else if !core::mem::replace(warned, true) {
            tracing::warn!(
                target: "backstop",
                waiting,
                limit = self.settings.queue_limit,
                "more tasks wait than worker.queue_limit; none is dropped, but more workers may be needed"
            );
        }
        Ok(())
    }
}

async fn finish(in_hand: &mut JoinSet<()>) {
    while in_hand.join_next().await.is_some() {}
}
