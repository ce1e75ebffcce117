use backstop_application::use_cases::{Author, Planned};
use backstop_domain::{
    Actor, CleanUp, ReportWhen, ScheduleName,
    schedule::{Calendar, Zone},
};
use backstop_e2e::{Kind, Local, Site};
use backstop_memory::ManualClock;
use jiff::SignedDuration;
use std::sync::Arc;

/// In hours.
const MONTH: usize = 31 * 24;

/// Two replicas over one database, with one clock that a test moves.
async fn every_hour_runs_once(kind: Kind) {
    let site = Site::new(kind).await;
    let clock = Arc::new(ManualClock::new("2027-01-01T00:00:00Z".parse().unwrap()));
    let one = Local::start(&site, clock.clone(), "").await;
    let two = Local::start(&site, clock.clone(), "").await;
    let planned = Planned {
        name: ScheduleName::parse("hourly").unwrap(),
        of: CleanUp::Codes,
        retention_days: 30,
        calendar: Calendar {
            first: "2027-01-01T00:30".parse().unwrap(),
            zone: Zone::UTC,
            rhythm: "hourly".parse().unwrap(),
        },
        delete_empty: true,
        log_run: false,
        report: ReportWhen::Never,
        enabled: true,
    };
    one.use_cases().manage_schedules.create(planned, &Author::new(Actor::CommandLine, "test")).await.unwrap();
    for hour in 1..=MONTH {
        clock.advance(SignedDuration::from_hours(1));
        let fired = async |replica: &Local| replica.use_cases().fire_schedules.run().await.unwrap().len();
        let (first, second) = tokio::join!(fired(&one), fired(&two));
        assert_eq!(first + second, 1, "hour {hour}");
        tokio::join!(one.work(), two.work());
    }
    let runs = one.use_cases().watch_work.run(u32::MAX).await.unwrap().runs;
    assert_eq!(runs.len(), MONTH);
    let mut begun: Vec<_> = runs.iter().map(|run| run.run.started_at).collect();
    begun.sort_unstable();
    begun.dedup();
    assert_eq!(begun.len(), MONTH, "each hour has a run of its own");
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_postgres_run_each_hour_of_a_month_once() {
    every_hour_runs_once(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_sqlite_run_each_hour_of_a_month_once() {
    every_hour_runs_once(Kind::Sqlite).await;
}
