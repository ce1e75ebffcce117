//! The schema comes into being once, whoever starts first, and only forward.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

mod support;

use backstop_application::ports::{PortErrorKind, Storage as _};
use backstop_postgres::PgStorage;
use sqlx::{Row as _, query};
use support::{account, batch, code, fresh, insert, issue};
use tokio::task::JoinSet;

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
