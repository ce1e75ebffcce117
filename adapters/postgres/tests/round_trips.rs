//! What a redeem costs on the wire.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

mod support {
    pub mod proxy;
    #[path = "mod.rs"]
    pub mod stock;
}

use backstop_application::ports::{
    AccountReader as _, CodeReader as _, Consumed, Consumption, Health as _, NewTask, Storage as _, TaskReader as _,
};
use backstop_domain::{Duties, Duty, Recovery, RecoveryId, TaskState, Timestamp};
use backstop_postgres::PgStorage;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use support::{
    proxy::{self, Trips},
    stock,
};
use uuid::Uuid;

/// Finds and uses one code, as the use case does: two reads, then the unit.
async fn redeem(storage: &PgStorage, owner: u128, code: u128, tasks: Vec<NewTask>) -> Consumed {
    let at = Timestamp::UNIX_EPOCH;
    let account = storage.by_subject(&stock::account(owner).subject).await.unwrap().unwrap();
    let found = storage.find(account.id, &[stock::code(code).tag]).await.unwrap().unwrap();
    let mut unit = storage.begin_locking(account.id).await.unwrap();
    let consumed = unit.codes().consume(&Consumption { account: account.id, code: found.id, at }).await.unwrap();
    unit.audit().append(stock::entry(code * 2, Some(account.id))).await.unwrap();
    unit.audit().append(stock::entry(code * 2 + 1, Some(account.id))).await.unwrap();
    let recovery = Recovery {
        id: RecoveryId::new(Uuid::from_u128(code)),
        account: account.id,
        batch: found.batch,
        code: found.id,
        at,
        network: None,
        owed: [Duty::NewCodes].into_iter().collect(),
        settled: Duties::NONE,
    };
    unit.recoveries().insert(&recovery).await.unwrap();
    for task in tasks {
        unit.tasks().push(task).await.unwrap();
    }
    unit.commit().await.unwrap();
    consumed
}

async fn counted() -> (stock::Fresh, PgStorage, std::sync::Arc<Trips>) {
    let mut fresh = stock::fresh().await;
    let direct: PgConnectOptions = fresh.settings.url.parse().unwrap();
    let (port, trips) = proxy::count(format!("{}:{}", direct.get_host(), direct.get_port())).await;
    let counted = direct.host("127.0.0.1").port(port).ssl_mode(sqlx::postgres::PgSslMode::Disable);
    fresh.settings.url = counted.to_url_lossy().to_string();
    // One connection, so that a statement that was prepared once is prepared.
    fresh.settings.max_connections = 1;
    let storage = fresh.migrated().await;
    let owner = stock::account(1);
    stock::insert(&storage, &owner).await;
    let codes: Vec<_> = (1..=3).map(stock::code).collect();
    stock::issue(&storage, &stock::batch(1, owner.id, 3), &codes).await;
    (fresh, storage, trips)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redeeming_takes_at_most_six_round_trips() {
    let (_fresh, storage, trips) = counted().await;
    assert!(matches!(redeem(&storage, 1, 1, vec![]).await, Consumed::Won { remaining: 2, .. }));
    let first = trips.take();
    assert!(first.iter().any(|trip| trip.starts_with('P')), "the first time prepares: {first:?}");
    assert!(matches!(redeem(&storage, 1, 2, vec![]).await, Consumed::Won { remaining: 1, .. }));
    let second = trips.take();
    assert!((1..=6).contains(&second.len()), "{second:?}");
    assert_eq!(second.iter().filter(|trip| *trip == "Q").count(), 2, "BEGIN with the lock, and COMMIT: {second:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_queues_tasks_takes_no_further_round_trip() {
    let (_fresh, storage, trips) = counted().await;
    for (code, remaining) in [(1, 2), (2, 1)] {
        let named = NewTask { unique: Some("one of them".to_owned()), ..stock::task(code) };
        let redeemed = redeem(&storage, 1, code, vec![named, stock::task(code + 10)]).await;
        assert!(matches!(redeemed, Consumed::Won { remaining: left, .. } if left == remaining));
        let trips = trips.take();
        if code == 2 {
            assert!((1..=6).contains(&trips.len()), "{trips:?}");
            assert_eq!(trips.iter().filter(|trip| *trip == "Q").count(), 2, "BEGIN and COMMIT, no NOTIFY: {trips:?}");
        }
    }
    let queued = storage.tasks(TaskState::Queued, 10).await.unwrap();
    assert_eq!(queued.len(), 3, "the second of the name was forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_connection_is_used_without_being_asked_first() {
    let (_fresh, storage, trips) = counted().await;
    storage.check().await.unwrap();
    let before = trips.alive();
    for _ in 0..10 {
        storage.check().await.unwrap();
    }
    assert_eq!(trips.alive(), before, "neither on the way out nor on the way back");
}
