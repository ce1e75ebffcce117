use super::*;
use crate::telling::TellingStorage;
use backstop_application::ports::{
    Attempt, Cache, CacheEntry, CacheVersion, Clock, Guard, Mail, Mailer, PoolUse, PortResult, Posted, Side,
    Storage as _, Worker, Workforce as _,
};
use backstop_domain::{
    AccountId, Actor, AuditEntry, AuditId, AuditKind, ClientId, EmailAddress, MessageId, Origin, RunId, RunStatus,
    SecretText, WorkerId,
    guard::{Admission, Budget, Limit, Slot, Verdict},
};
use backstop_memory::{ManualClock, MemoryStorage};
use nom_openmetrics::{Family, Label, MetricDescriptor, parser::prometheus};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use uuid::Uuid;

/// A sample as Prometheus reads it.
struct Read {
    name: String,
    labels: BTreeMap<String, String>,
    number: f64,
}

/// Without the empty lines, which mean nothing in this format and are none in `OpenMetrics`, which the parser knows as well.
async fn text(meters: &Meters) -> String {
    meters.text().await.replace("\n\n", "\n")
}

/// Everything in the text, of which nothing may be left over.
fn read(text: &str) -> Vec<Family<'_>> {
    let (rest, families) = prometheus(text).expect("it can be parsed");
    assert_eq!(rest, "", "it is no measurement");
    families
}

fn value(samples: &[Read], name: &str, labels: &[(&str, &str)]) -> f64 {
    let expected = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let found = samples.iter().find(|sample| sample.name == name && sample.labels == expected);
    found.unwrap_or_else(|| panic!("there is no {name} {labels:?}")).number
}

async fn samples(meters: &Meters) -> Vec<Read> {
    let text = text(meters).await;
    let all = read(&text).into_iter().flat_map(|family| family.samples);
    let labels = |label: &Label<'_>| (label.name.to_owned(), label.value.clone());
    all.map(|sample| Read {
        name: sample.name().to_owned(),
        labels: sample.labels().iter().map(labels).collect(),
        number: sample.number(),
    })
    .collect()
}

#[tokio::test]
async fn a_part_that_is_out_is_measured_until_it_is_back() {
    let meters = Meters::new();
    let out = async || value(&samples(&meters).await, "backstop_part_out", &[("part", "cache")]);
    assert_eq!(out().await, 0.0);
    meters.out("cache", &PortError::unavailable("no connection"));
    meters.stood_in("cache");
    meters.stood_in("cache");
    assert_eq!(out().await, 1.0);
    assert_eq!(value(&samples(&meters).await, "backstop_stand_ins_total", &[("part", "cache")]), 2.0);
    meters.back("cache");
    assert_eq!(out().await, 0.0);
}

#[tokio::test]
async fn who_is_helped_out_is_told_by_what_the_cache_said_last() {
    let meters = Meters::new();
    assert!(!meters.is_helped_out());
    for well in [false, true, false] {
        meters.cache_answered(well);
        assert_eq!(meters.is_helped_out(), !well);
    }
}

fn readings(store: &Arc<MemoryStorage>, clock: Arc<dyn Clock>) -> Readings {
    Readings {
        tasks: store.clone(),
        workforce: store.clone(),
        schedules: store.clone(),
        runs: store.clone(),
        health: vec![store.clone()],
        clock,
        pools: Box::new(|| vec![PoolUse { pool: "writer", in_use: 1, idle: 2, most: 3 }]),
        offset: Box::new(|| None),
        asked: tokio::sync::Mutex::default(),
    }
}

#[tokio::test]
async fn everything_in_the_catalogue_is_told_with_help_and_type_and_nothing_else_is() {
    let meters = Meters::new();
    let clock = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse().unwrap()));
    meters.started(clock.now());
    meters.read_from(readings(&Arc::new(MemoryStorage::new()), clock));
    meters.began();
    meters.ended(&Ended { route: "/healthz", method: "GET", status: Some(200), took: Duration::from_millis(3) });
    let text = text(&meters).await;
    let mut told = BTreeSet::new();
    for family in read(&text) {
        let name = family.descriptors[0].metric();
        let metric = CATALOGUE.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is in no catalogue"));
        let [MetricDescriptor::Help { help, .. }, MetricDescriptor::Type { r#type, .. }] = &family.descriptors[..]
        else {
            panic!("{:?}", family.descriptors);
        };
        let kind = format!("{:?}", metric.kind);
        assert!(help == metric.help && r#type.to_string().eq_ignore_ascii_case(&kind), "{:?}", family.descriptors);
        assert!(!family.samples.is_empty(), "{name}");
        for sample in &family.samples {
            assert!(sample.name().starts_with(name), "{} among {name}", sample.name());
            let labels = sample.labels().iter().map(|label| label.name).filter(|label| *label != "le");
            assert_eq!(labels.collect::<BTreeSet<_>>(), metric.labels.iter().copied().collect(), "{name}");
        }
        assert!(told.insert(name), "{name} comes twice");
    }
    assert_eq!(told, CATALOGUE.iter().map(|metric| metric.name).collect());
}

#[tokio::test]
async fn an_unknown_account_is_told_like_a_wrong_code() {
    let meters = Meters::new();
    for reason in ["unknown_account", "unknown_code", "used", "suspended", "no reason that anybody knows"] {
        meters.acted(AuditKind::RedeemRefused, Some(reason), None, None);
    }
    meters.acted(AuditKind::Redeemed, None, None, None);
    let all = samples(&meters).await;
    let of = |outcome| value(&all, "backstop_redeems_total", &[("outcome", outcome)]);
    assert_eq!(["wrong", "used", "suspended", "accepted", "expired"].map(of), [2.0, 1.0, 1.0, 1.0, 0.0]);
    assert!(!all.iter().any(|sample| sample.labels.values().any(|label| label.contains("unknown"))));
    assert_eq!(value(&all, "backstop_acts_total", &[("kind", "redeem_refused")]), 5.0);
}

#[tokio::test]
async fn locks_suspensions_and_clean_ups_are_counted_by_what_the_trail_says() {
    let meters = Meters::new();
    for limit in ["pair", "pair", "account", "network"] {
        meters.acted(AuditKind::Locked, Some(limit), None, None);
    }
    meters.acted(AuditKind::Suspended, Some("failures"), None, None);
    meters.acted(AuditKind::Lifted, None, None, None);
    meters.acted(AuditKind::Purged, Some("all that was due"), Some(12), Some(RunStatus::Capped));
    meters.acted(AuditKind::AuditCleaned, None, Some(3), Some(RunStatus::Failed));
    let all = samples(&meters).await;
    assert_eq!(value(&all, "backstop_guard_limits_reached_total", &[("limit", "pair")]), 2.0);
    assert_eq!(value(&all, "backstop_guard_limits_reached_total", &[("limit", "account")]), 1.0);
    assert_eq!(value(&all, "backstop_suspensions_total", &[("reason", "failures")]), 1.0);
    assert_eq!(value(&all, "backstop_suspensions_lifted_total", &[]), 1.0);
    assert_eq!(value(&all, "backstop_purge_removed_total", &[("of", "codes")]), 12.0);
    assert_eq!(value(&all, "backstop_purge_runs_total", &[("of", "codes"), ("status", "capped")]), 1.0);
    assert_eq!(value(&all, "backstop_purge_runs_total", &[("of", "audit"), ("status", "failed")]), 1.0);
}

#[tokio::test]
async fn a_unit_counts_when_it_is_committed_and_how_it_ended_a_run() {
    let meters = Arc::new(Meters::new());
    let storage = TellingStorage::new(Arc::new(MemoryStorage::new()), Arc::clone(&meters));
    let removed = async || value(&samples(&meters).await, "backstop_purge_removed_total", &[("of", "codes")]);
    for commits in [false, true] {
        let mut unit = storage.begin().await.unwrap();
        let run = RunId::new(Uuid::from_u128(9));
        unit.runs().end(run, Timestamp::UNIX_EPOCH, RunStatus::Completed, None).await.unwrap();
        let entry = AuditEntry {
            id: AuditId::new(Uuid::from_u128(1)),
            at: Timestamp::UNIX_EPOCH,
            kind: AuditKind::Purged,
            actor: Actor::Service,
            account: None,
            batch: None,
            count: Some(7),
            reason: None,
            typed: None,
            origin: Origin::default(),
        };
        unit.audit().append(entry).await.unwrap();
        if commits {
            unit.commit().await.unwrap();
        } else {
            unit.rollback().await.unwrap();
        }
        assert_eq!(removed().await, if commits { 7.0 } else { 0.0 });
    }
    let all = samples(&meters).await;
    assert_eq!(value(&all, "backstop_purge_runs_total", &[("of", "codes"), ("status", "completed")]), 1.0);
}

/// Answers as its number says, and then with a fault.
struct Fickle(AtomicU32);

impl Fickle {
    fn turn(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[async_trait]
impl Mailer for Fickle {
    async fn send(&self, _mail: &Mail) -> PortResult<Posted> {
        match self.turn() {
            0 => Ok(Posted::Accepted),
            1 => Ok(Posted::refused("550 no such user")),
            _ => Err(PortError::unavailable("nobody there")),
        }
    }
}

#[async_trait]
impl Guard for Fickle {
    async fn admit(&self, _attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        match self.turn() {
            0 => Ok(Admission::Locked { until: now, by: Limit::Pair }),
            1 => Ok(Admission::Locked { until: now, by: Limit::Network }),
            _ => Err(PortError::unavailable("nobody there")),
        }
    }

    async fn settle(&self, _attempt: &Attempt, _slot: &Slot, _verdict: Verdict) -> PortResult<()> {
        Ok(())
    }
}

#[async_trait]
impl Cache for Fickle {
    async fn version(&self, _account: AccountId) -> PortResult<CacheVersion> {
        Err(PortError::unavailable("nobody there"))
    }

    async fn get(&self, _key: &str, _now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        match self.turn() {
            0 => Ok(Some(Vec::new())),
            1 => Ok(None),
            _ => Err(PortError::unavailable("nobody there")),
        }
    }

    async fn put(&self, _key: &str, _entry: &CacheEntry, _now: Timestamp) -> PortResult<()> {
        Ok(())
    }

    async fn forget(&self, _account: AccountId) -> PortResult<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_ports_answer_is_counted_and_handed_on() {
    let meters = Arc::new(Meters::new());
    let fickle = || Arc::new(Fickle(0.into()));
    let mailer = MeteredMailer { inner: fickle(), meters: Arc::clone(&meters) };
    let guard = MeteredGuard { inner: fickle(), meters: Arc::clone(&meters) };
    let cache = MeteredCache { inner: fickle(), meters: Arc::clone(&meters) };
    let mail = Mail {
        id: MessageId::new(Uuid::from_u128(1), "example.com"),
        to: EmailAddress::parse("ann@example.com").unwrap(),
        subject: "Codes".to_owned(),
        text: SecretText::new(String::new()),
        html: SecretText::new(String::new()),
    };
    let side = Side::Client(ClientId::new(Uuid::from_u128(1)));
    let attempt = Attempt { budget: Budget::Codes, identifier: [7; 32], side, exempt: false };
    let now = Timestamp::UNIX_EPOCH;
    for turn in 0..3 {
        assert_eq!(mailer.send(&mail).await.is_ok(), turn < 2);
        assert_eq!(guard.admit(&attempt, now).await.is_ok(), turn < 2);
        assert_eq!(cache.get("a", now).await.is_ok(), turn < 2);
    }
    let all = samples(&meters).await;
    let one = |name, labels: &[(&str, &str)]| assert_eq!(value(&all, name, labels), 1.0, "{name} {labels:?}");
    for outcome in ["sent", "refused", "failed"] {
        one("backstop_mails_total", &[("outcome", outcome)]);
    }
    for outcome in ["pair", "network", "fault"] {
        one("backstop_guard_attempts_total", &[("budget", "codes"), ("outcome", outcome)]);
    }
    for outcome in ["hit", "miss", "fault"] {
        one("backstop_cache_reads_total", &[("outcome", outcome)]);
    }
}

#[tokio::test(start_paused = true)]
async fn however_often_somebody_asks_the_database_is_asked_every_five_seconds() {
    let clock = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse().unwrap()));
    let store = Arc::new(MemoryStorage::new());
    let meters = Meters::new();
    meters.read_from(readings(&store, clock.clone()));
    let workers = async || value(&samples(&meters).await, "backstop_workers", &[]);
    assert_eq!(workers().await, 0.0);
    let now = clock.now();
    let id = WorkerId::new(Uuid::from_u128(1));
    let worker =
        Worker { id, host: "here".to_owned(), started_at: now, seen_at: now, slots: 2, busy: 1, done: 0, failed: 0 };
    store.beat(&worker).await.unwrap();
    assert_eq!(workers().await, 0.0, "a moment ago there was none");
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(workers().await, 1.0);
    assert_eq!(value(&samples(&meters).await, "backstop_worker_slots", &[("state", "free")]), 1.0);
    assert_eq!(
        value(&samples(&meters).await, "backstop_database_connections", &[("pool", "writer"), ("state", "idle")]),
        2.0
    );
}

#[tokio::test]
async fn requests_are_counted_by_template_method_and_class() {
    let meters = Meters::new();
    let ended = |status| {
        meters.began();
        meters.ended(&Ended { route: "/a/{b}", method: "GET", status, took: Duration::from_millis(30) });
    };
    ended(Some(200));
    ended(Some(404));
    ended(Some(499));
    ended(None);
    meters.began();
    let all = samples(&meters).await;
    for (status, number) in [("2xx", 1.0), ("4xx", 2.0), ("none", 1.0)] {
        let labels = [("route", "/a/{b}"), ("method", "GET"), ("status", status)];
        assert_eq!(value(&all, "backstop_http_requests_total", &labels), number, "{status}");
        assert_eq!(value(&all, "backstop_http_request_duration_seconds_count", &labels), number, "{status}");
    }
    assert_eq!(value(&all, "backstop_http_requests_in_flight", &[]), 1.0);
}
