//! The schema comes into being once, whoever starts first, and only forward.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

mod support;

use backstop_application::{
    lists::{AuditFilter, AuditTrail, CameFrom},
    ports::{PortErrorKind, Register, Sight, Storage as _, Which},
};
use backstop_domain::{Actor, AuditEntry, AuditId, AuditKind, Network, Origin, Timestamp};
use backstop_postgres::PgStorage;
use sqlx::{Row as _, query};
use support::{account, batch, code, fresh, insert, issue};
use tokio::task::JoinSet;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_replicas_that_migrate_at_once_all_succeed() {
    let fresh = fresh().await;
    let mut starts = JoinSet::new();
    for _ in 0..8 {
        let settings = fresh.settings.clone();
        starts.spawn(async move {
            let storage = PgStorage::connect(&settings).await?;
            storage.migrate().await?;
            storage.begin().await?.commit().await?;
            storage.close().await;
            Ok::<_, backstop_application::ports::PortError>(())
        });
    }
    for outcome in starts.join_all().await {
        outcome.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pending_has_a_name_until_it_ran() {
    let fresh = fresh().await;
    let storage = PgStorage::connect(&fresh.settings).await.unwrap();
    assert_eq!(storage.pending_migrations().await.unwrap().first().map(String::as_str), Some("0001_initial"));
    storage.migrate().await.unwrap();
    assert!(storage.pending_migrations().await.unwrap().is_empty());
    storage.migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_version_is_refused() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', true, '', 0)",
    )
    .execute(&mut fresh.beside().await)
    .await
    .unwrap();
    // Twice: the refusal gives back the lock.
    for _ in 0..2 {
        for refusal in [storage.migrate().await.unwrap_err(), storage.pending_migrations().await.unwrap_err()] {
            assert_eq!(refusal.kind(), PortErrorKind::Rejected);
            assert!(refusal.to_string().contains("newer version of Backstop"), "{refusal}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_code_takes_at_most_350_bytes() {
    const BATCHES: u128 = 1_500;
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    for owner in 1..=BATCHES {
        insert(&storage, &account(owner)).await;
        let codes: Vec<_> = (0..10).map(|place| code(owner * 10 + place)).collect();
        issue(&storage, &batch(owner, account(owner).id, 10), &codes).await;
    }
    let row = query("SELECT count(*) AS codes, pg_table_size('codes') + pg_indexes_size('codes') AS bytes FROM codes")
        .fetch_one(&mut fresh.beside().await)
        .await
        .unwrap();
    let (codes, bytes): (i64, i64) = (row.get("codes"), row.get("bytes"));
    assert_eq!(u128::try_from(codes).unwrap(), BATCHES * 10);
    assert!(bytes / codes <= 350, "{bytes} bytes for {codes} codes, {} each", bytes / codes);
}

/// As an earlier version wrote it.
fn from_there(number: u128, ip: &str) -> AuditEntry {
    AuditEntry {
        id: AuditId::new(Uuid::from_u128(number)),
        at: Timestamp::UNIX_EPOCH,
        kind: AuditKind::Viewed,
        actor: Actor::CommandLine,
        account: None,
        batch: None,
        count: None,
        reason: None,
        typed: None,
        origin: Origin { ip: Some(ip.parse().unwrap()), ..Origin::default() },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_from_before_networks_were_kept_are_found_by_theirs() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let mut unit = storage.begin().await.unwrap();
    for (number, ip) in (1..).zip(["192.0.2.1", "192.0.2.9", "192.0.2.9", "2001:db8::1:2:3:4", "::ffff:192.0.2.7"]) {
        unit.audit().append(from_there(number, ip)).await.unwrap();
    }
    unit.commit().await.unwrap();
    let found = async |came_from| {
        let filter = AuditFilter { came_from: Some(came_from), ..AuditFilter::default() };
        let which = Which::<AuditTrail> { filter, sight: Sight::Everything, now: Timestamp::UNIX_EPOCH };
        storage.count(&which, 10).await.unwrap()
    };
    let network = CameFrom::Network("192.0.2.0/24".parse::<Network>().unwrap());
    let other_network = CameFrom::Network(Network::of("2001:db8::1:2:3:4".parse().unwrap()));
    query("UPDATE audit_entries SET network = NULL").execute(&mut fresh.beside().await).await.unwrap();
    assert_eq!(found(network).await, 0);
    storage.migrate().await.unwrap();
    assert_eq!((found(network).await, found(other_network).await), (4, 1));
    assert_eq!(found(CameFrom::Address("192.0.2.9".parse().unwrap())).await, 2);
}
