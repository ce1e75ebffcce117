//! What is read when somebody asks, because other replicas change it as well.

use super::{Meters, catalogue, seconds};
use backstop_application::{
    ports::{Clock, Health, Overview, PoolUse, PortResult, RunReader, ScheduleReader, TaskReader, Workforce},
    use_cases::WatchWork,
};
use backstop_domain::{CleanUp, RunStatus, TaskKind, TaskState, Timestamp};
use core::time::Duration;
use futures_util::future::join_all;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// However many ask, the database is asked no more often than that.
const EVERY: Duration = Duration::from_secs(5);
/// Whoever scrapes waits ten seconds as a rule, and the rest is worth having when the database is out.
const PATIENCE: Duration = Duration::from_secs(2);
/// Among so many runs the last good one is looked for.
const RUNS: u32 = 50;

type Pools = Box<dyn Fn() -> Vec<PoolUse> + Send + Sync>;
type Offset = Box<dyn Fn() -> Option<SignedDuration> + Send + Sync>;

/// Where the measurements of a moment come from.
pub struct Readings {
    pub tasks: Arc<dyn TaskReader>,
    pub workforce: Arc<dyn Workforce>,
    pub schedules: Arc<dyn ScheduleReader>,
    pub runs: Arc<dyn RunReader>,
    pub health: Vec<Arc<dyn Health>>,
    pub clock: Arc<dyn Clock>,
    pub pools: Pools,
    pub offset: Offset,
    /// When the database was asked last.
    pub asked: Mutex<Option<Instant>>,
}

/// What is not known is not a number, so that no old value is taken for a new one.
const UNKNOWN: f64 = f64::NAN;

impl Readings {
    pub(super) async fn write_to(&self, meters: &Meters) {
        for PoolUse { pool, in_use, idle, most } in (self.pools)() {
            meters.gauge(&catalogue::CONNECTIONS, [pool, "in_use"]).set(in_use);
            meters.gauge(&catalogue::CONNECTIONS, [pool, "idle"]).set(idle);
            meters.gauge(&catalogue::CONNECTIONS_MOST, [pool]).set(most);
        }
        let offset = (self.offset)().map_or(UNKNOWN, |offset| offset.as_secs_f64());
        meters.gauge(&catalogue::CLOCK_OFFSET, []).set(offset);
        // Who comes meanwhile waits, and then finds it done.
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        tokio::join!(
            self.parts(meters),
            self.queue(meters),
            self.workers(meters),
            self.schedule(meters),
            self.purges(meters)
        );
        *asked = Some(Instant::now());
    }

    async fn parts(&self, meters: &Meters) {
        let checks = self.health.iter().map(async |part| (part.part(), in_time(part.check()).await.is_some()));
        for (part, is_up) in join_all(checks).await {
            meters.gauge(&catalogue::PART_UP, [part]).set(f64::from(u8::from(is_up)));
        }
    }

    async fn queue(&self, meters: &Meters) {
        let now = self.clock.now();
        let overview = in_time(self.tasks.overview(now)).await;
        let of = |kind, state| overview.as_ref().map_or(UNKNOWN, |overview| number(overview, kind, state));
        for kind in TaskKind::ALL {
            for state in TaskState::ALL {
                meters.gauge(&catalogue::TASKS, [kind.as_str(), state.as_str()]).set(of(*kind, *state));
            }
        }
        let waiting = [TaskKind::SendCodes, TaskKind::SendMail]
            .into_iter()
            .flat_map(|kind| [TaskState::Queued, TaskState::Running].map(|state| of(kind, state)));
        meters.gauge(&catalogue::MAILS_WAITING, []).set(waiting.sum::<f64>());
        let oldest = overview.map_or(UNKNOWN, |overview| late(overview.oldest_due, now));
        meters.gauge(&catalogue::OLDEST, []).set(oldest);
    }

    async fn workers(&self, meters: &Meters) {
        let since = self.clock.now().saturating_sub(WatchWork::LATELY).unwrap_or(Timestamp::MIN);
        let workers = in_time(self.workforce.workers(since)).await;
        let (mut all, mut busy, mut free) = (UNKNOWN, UNKNOWN, UNKNOWN);
        if let Some(workers) = workers {
            (all, busy, free) = (0.0, 0.0, 0.0);
            for worker in workers {
                all += 1.0;
                busy += f64::from(worker.busy);
                free += f64::from(worker.slots.saturating_sub(worker.busy));
            }
        }
        meters.gauge(&catalogue::WORKERS, []).set(all);
        meters.gauge(&catalogue::WORKER_SLOTS, ["busy"]).set(busy);
        meters.gauge(&catalogue::WORKER_SLOTS, ["free"]).set(free);
    }

    async fn schedule(&self, meters: &Meters) {
        let next = in_time(self.schedules.next_run()).await;
        let behind = next.map_or(UNKNOWN, |next| late(next, self.clock.now()));
        meters.gauge(&catalogue::SCHEDULE_LATE, []).set(behind);
    }

    async fn purges(&self, meters: &Meters) {
        let runs = in_time(self.runs.newest(RUNS)).await.unwrap_or_default();
        for of in CleanUp::ALL {
            let good = runs.iter().filter(|record| {
                record.run.of == *of && matches!(record.status, RunStatus::Completed | RunStatus::Capped)
            });
            let last = good.filter_map(|record| record.ended_at).max();
            // Once known it stays known, also when many runs came since.
            if let Some(at) = last {
                meters.gauge(&catalogue::PURGE_SUCCESS, [of.as_str()]).set(seconds(at));
            }
        }
    }
}

async fn in_time<T>(read: impl Future<Output = PortResult<T>>) -> Option<T> {
    timeout(PATIENCE, read).await.ok()?.ok()
}

#[expect(clippy::cast_precision_loss, reason = "nobody has that many tasks")]
fn number(overview: &Overview, kind: TaskKind, state: TaskState) -> f64 {
    let depth = overview.depths.iter().find(|depth| depth.kind == kind && depth.state == state);
    depth.map_or(0.0, |depth| depth.tasks as f64)
}

/// By how much the time for something is over; zero when it is not.
fn late(due: Option<Timestamp>, now: Timestamp) -> f64 {
    due.map_or(0.0, |due| due.duration_until(now).as_secs_f64().max(0.0))
}
