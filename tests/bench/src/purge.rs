//! Taking codes away, against a bare `DELETE` and beside redemptions.

use crate::{
    Plan,
    backlog::{Backlog, OVER},
    database::{Bare, Server},
    report::{Limit, Report},
    runner::{Sample, Series, Side, Stopwatch, take_turns},
    service::{Hashing, Holder, Instance, concurrently},
};
use anyhow::{Result, bail, ensure};
use backstop_application::use_cases::{CleanUpOrder, Ran};
use backstop_backends::Database;
use backstop_domain::{CleanUp, ReportWhen, Timestamp, clean_up::Portions};
use core::ops::ControlFlow;
use core::time::Duration;
use jiff::SignedDuration;
use std::{
    collections::VecDeque,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::sync::{Mutex, Notify};

const RETENTION_DAYS: u32 = 90;
/// As `purge.chunk_size` and `purge.max_per_run` are where nobody sets them.
const CHUNK: u32 = 50;
const RUN: u64 = 1_000;
const LARGE_CHUNK: u32 = 1_000;
/// Codes that are over on PostgreSQL; there is a third as many live ones. On SQLite it is a tenth.
const CODES: usize = 300_000;
const CONNECTIONS: u32 = 8;
const CALLERS: usize = 4;
/// Windows with the purge, and as many without.
const WINDOWS: u32 = 6;

#[derive(Clone, Copy)]
enum Kind {
    Postgres,
    Sqlite,
}

struct Case {
    name: &'static str,
    about: &'static str,
    kind: Kind,
    chunk: u32,
    judged: bool,
}

const CASES: [Case; 3] = [
    Case {
        name: "purge-postgres",
        about: "purging on PostgreSQL, 50 codes at once",
        kind: Kind::Postgres,
        chunk: CHUNK,
        judged: true,
    },
    Case {
        name: "purge-large-chunks",
        about: "purging on PostgreSQL, 1,000 codes at once",
        kind: Kind::Postgres,
        chunk: LARGE_CHUNK,
        judged: false,
    },
    Case {
        name: "purge-sqlite",
        about: "purging on SQLite, 50 codes at once",
        kind: Kind::Sqlite,
        chunk: CHUNK,
        judged: true,
    },
];

const BESIDE: [(&str, &str, Kind); 2] = [
    ("redeem-during-purge-postgres", "redeeming on PostgreSQL with and without a purge, 4 callers", Kind::Postgres),
    ("redeem-during-purge-sqlite", "redeeming on SQLite with and without a purge, 4 callers", Kind::Sqlite),
];

pub async fn compare(plan: &Plan, report: &mut Report) -> Result<()> {
    for case in CASES.iter().filter(|case| plan.wants(case.name)) {
        alone(plan, report, case).await?;
    }
    for (name, about, kind) in BESIDE.into_iter().filter(|(name, ..)| plan.wants(name)) {
        beside(plan, report, name, about, kind).await?;
    }
    Ok(())
}

/// A service on a database of its own in which much is over, and ways past it.
struct Full {
    instance: Instance,
    backlog: Backlog,
    /// Knows the server's processes.
    bare: Option<Bare>,
    /// Dropped after all that uses it.
    _database: Option<Database>,
}

impl Full {
    async fn new(server: Option<&Server>, accounts: usize) -> Result<Self> {
        let mut full = if let Some(server) = server {
            let database = server.database().await?;
            let instance = Instance::start(Hashing::Keyed, Some((&database.url, CONNECTIONS)), None).await?;
            Self {
                backlog: Backlog::postgres(&database.url).await?,
                bare: Some(Bare::connect(&database.url, 1, &instance).await?),
                instance,
                _database: Some(database),
            }
        } else {
            let instance = Instance::start(Hashing::Keyed, None, None).await?;
            let backlog = Backlog::sqlite(&instance.sqlite_file()).await?;
            Self { instance, backlog, bare: None, _database: None }
        };
        full.backlog.fill(accounts, full.instance.service.clock.now()).await?;
        Ok(full)
    }
}

impl Kind {
    /// How many are over.
    const fn codes(self) -> usize {
        match self {
            Self::Postgres => CODES,
            Self::Sqlite => CODES / 10,
        }
    }

    /// How many there are in a window: so few that what is over lasts for all windows.
    const fn redemptions(self) -> usize {
        match self {
            Self::Postgres => 600,
            Self::Sqlite => 200,
        }
    }

    async fn server(self) -> Result<Option<Server>> {
        Ok(match self {
            Self::Postgres => Some(Server::start().await?),
            Self::Sqlite => None,
        })
    }
}

/// Removes at most so many, and tells how many went.
async fn purge(instance: &Instance, chunk: u32, most: u64) -> Result<u64> {
    let order = CleanUpOrder {
        of: CleanUp::Codes,
        retention_days: Some(RETENTION_DAYS),
        portions: Some(Portions { chunk: Some(chunk), most: Some(most) }),
        report: ReportWhen::Never,
    };
    match instance.service.use_cases.run_clean_up.run(&order, &|_| ControlFlow::Continue(())).await? {
        Ran::Ended(record) => Ok(record.removed),
        other => bail!("the run ended with {other:?}"),
    }
}

fn until(instance: &Instance) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(RETENTION_DAYS));
    instance.service.clock.now().saturating_sub(span).unwrap_or(Timestamp::MIN)
}

async fn alone(plan: &Plan, report: &mut Report, case: &Case) -> Result<()> {
    let server = case.kind.server().await?;
    let large = LARGE_CHUNK as usize;
    let each = (plan.operations(case.kind.codes()) / plan.windows() / large).max(1) * large;
    let accounts = (each * plan.windows()).div_ceil(OVER);
    let Full { instance, bare: ours, .. } = &Full::new(server.as_ref(), accounts).await?;
    let Full { instance: untouched, backlog, bare, _database } = Full::new(server.as_ref(), accounts).await?;
    let (backlog, bare, untouched) = (&Mutex::new(backlog), &bare, &untouched);
    let sides = vec![
        Side::new("the purge", move || async move {
            let work = async {
                let stopwatch = Stopwatch::start();
                let removed = purge(instance, case.chunk, each as u64).await?;
                ensure!(removed == each as u64, "{removed} codes went, and {each} were due");
                Ok(stopwatch.stop(each))
            };
            with_server(ours.as_ref(), work).await
        }),
        Side::new("bare DELETE", move || async move {
            let work = async { backlog.lock().await.delete(until(untouched), each, case.chunk).await };
            with_server(bare.as_ref(), work).await
        }),
    ];
    let all = take_turns(plan.rounds, sides).await?;
    report.measured(case.name, case.about, &all);
    report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.5), case.judged);
    Ok(())
}

async fn with_server(bare: Option<&Bare>, work: impl Future<Output = Result<Sample>>) -> Result<Sample> {
    match bare {
        Some(bare) => bare.with_server(work).await,
        None => work.await,
    }
}

/// How long each of some redemptions took, the shortest first.
async fn redeem(instance: &Instance, holders: Vec<Holder>) -> Result<Vec<Duration>> {
    let took = Arc::new(std::sync::Mutex::new(Vec::with_capacity(holders.len())));
    let (this, kept) = (instance.clone(), Arc::clone(&took));
    concurrently(CALLERS, holders, move |holder| {
        let (this, kept) = (this.clone(), Arc::clone(&kept));
        async move {
            let request = this.redemption(holder);
            let began = Instant::now();
            this.service.use_cases.redeem_code.run(&request).await?;
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(began.elapsed());
            Ok(())
        }
    })
    .await?;
    let mut took = core::mem::take(&mut *took.lock().unwrap_or_else(PoisonError::into_inner));
    took.sort();
    Ok(took)
}

/// Purges run after run until it is told to stop.
struct Purger {
    stop: Arc<AtomicBool>,
    removed: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Purger {
    /// Returns when the first rows went.
    async fn start(instance: &Instance) -> Self {
        let (stop, removed, begun) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (this, halt, counted, ready) =
            (instance.clone(), Arc::clone(&stop), Arc::clone(&removed), Arc::clone(&begun));
        let task = tokio::spawn(async move {
            // So small a first run only says that there is something to do.
            counted.fetch_add(purge(&this, CHUNK, 1).await?, Ordering::Relaxed);
            ready.notify_one();
            while !halt.load(Ordering::Acquire) {
                let gone = purge(&this, CHUNK, RUN).await?;
                ensure!(gone == RUN, "too few codes were prepared");
                counted.fetch_add(gone, Ordering::Relaxed);
            }
            Ok(())
        });
        begun.notified().await;
        Self { stop, removed, task }
    }

    /// How many rows went.
    async fn stop(self) -> Result<u64> {
        self.stop.store(true, Ordering::Release);
        self.task.await??;
        Ok(self.removed.load(Ordering::Relaxed))
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> Sample {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    let wall = sorted.get(at).copied().unwrap_or_default();
    Sample { operations: 1, wall, cpu: Duration::ZERO, database_cpu: Duration::ZERO }
}

async fn beside(plan: &Plan, report: &mut Report, name: &str, about: &str, kind: Kind) -> Result<()> {
    let server = kind.server().await?;
    let (rounds, each) = (plan.rounds.min(WINDOWS), plan.operations(kind.redemptions()));
    let full = Full::new(server.as_ref(), kind.codes() / OVER).await?;
    let instance = &full.instance;
    let needed = 2 * each * (rounds as usize + 1);
    let mut holders: VecDeque<Holder> = instance.holders("ours", needed).await?;
    let series = |name| Series { name, samples: Vec::new() };
    let mut all =
        [series("p50 while it purges"), series("p50 without"), series("p95 while it purges"), series("p95 without")];
    let mut removed = 0;
    for round in 0..=rounds {
        for turn in 0..2 {
            let with_purge = (turn + round) % 2 == 0;
            let some: Vec<Holder> = holders.drain(..each).collect();
            let took = if with_purge {
                let purger = Purger::start(instance).await;
                let took = redeem(instance, some).await?;
                removed += purger.stop().await?;
                took
            } else {
                redeem(instance, some).await?
            };
            if round > 0 {
                let side = usize::from(!with_purge);
                all[side].samples.push(percentile(&took, 50));
                all[2 + side].samples.push(percentile(&took, 95));
            }
        }
    }
    report.measured(name, about, &all);
    println!("  {removed} codes went meanwhile");
    report.ratio(&all[0], &all[1], Limit::TimeAtMost(1.5), true);
    report.ratio(&all[2], &all[3], Limit::TimeAtMost(3.0), true);
    Ok(())
}
