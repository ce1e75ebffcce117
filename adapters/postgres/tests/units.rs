//! Units under pressure: what is dropped, what fails, what waits.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

mod support;

use backstop_application::ports::{AccountReader as _, AuditReader as _, PortErrorKind, Storage as _};
use backstop_postgres::PgStorage;
use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use sqlx::{PgConnection, query, query_scalar};
use support::{account, entry, fresh, insert};

/// Polls once.
async fn is_ready<T>(mut future: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

async fn give_up_after(polls: usize, storage: &PgStorage, number: u128) -> bool {
    let mut opening = pin!(storage.begin_locking(account(number).id));
    for _ in 0..polls {
        if is_ready(opening.as_mut()).await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// How many of the adapter's connections are in a transaction.
async fn open_transactions(beside: &mut PgConnection) -> i64 {
    query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'backstop' \
         AND datname = current_database() AND (state LIKE 'idle in transaction%' OR state = 'active')",
    )
    .fetch_one(beside)
    .await
    .unwrap()
}

async fn settled(beside: &mut PgConnection) {
    for _ in 0..2_000 {
        if open_transactions(beside).await == 0 {
            return;
        }
    }
    panic!("a transaction stays open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_dropped_while_its_unit_begins_leaves_nothing_open() {
    let mut fresh = fresh().await;
    fresh.settings.max_connections = 3;
    let storage = fresh.migrated().await;
    insert(&storage, &account(1)).await;
    let mut beside = fresh.beside().await;
    let mut dropped = 0;
    for round in 0..120 {
        // In every third round somebody holds the account, so that the lock is waited for.
        let holder = if round % 3 == 0 { Some(storage.begin_locking(account(1).id).await.unwrap()) } else { None };
        if !give_up_after(round % 40, &storage, 1).await {
            dropped += 1;
        }
        if let Some(holder) = holder {
            holder.rollback().await.unwrap();
        }
    }
    assert!(dropped > 40, "only {dropped} were given up while they began");
    settled(&mut beside).await;
    query("SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE NOWAIT")
        .bind(account(1).id.uuid())
        .execute(&mut beside)
        .await
        .expect("nobody holds the account");
    // Every connection of the pool does honest work.
    let mut units = Vec::new();
    for number in 10..13 {
        let mut unit = storage.begin().await.unwrap();
        unit.accounts().insert(&account(number)).await.unwrap();
        units.push(unit);
    }
    for unit in units {
        unit.commit().await.unwrap();
    }
    for number in 10..13 {
        assert!(storage.by_id(account(number).id).await.unwrap().is_some(), "what was committed can be seen");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_unit_is_undone_and_its_connection_serves_again() {
    let mut fresh = fresh().await;
    fresh.settings.max_connections = 1;
    let storage = fresh.migrated().await;
    for number in 0..50 {
        let mut unit = storage.begin().await.unwrap();
        unit.accounts().insert(&account(number)).await.unwrap();
        drop(unit);
        assert_eq!(storage.by_id(account(number).id).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_waits_too_long_for_an_account_is_not_tried_again() {
    let mut fresh = fresh().await;
    fresh.settings.lock_timeout = Duration::from_millis(50);
    fresh.settings.max_connections = 2;
    let storage = fresh.migrated().await;
    insert(&storage, &account(1)).await;
    let holder = storage.begin_locking(account(1).id).await.unwrap();
    for _ in 0..5 {
        let fault = storage.begin_locking(account(1).id).await.err().expect("the account is held");
        assert_eq!(fault.kind(), PortErrorKind::Unavailable, "{fault}");
        assert!(fault.to_string().contains("in the way for too long"), "{fault}");
    }
    holder.rollback().await.unwrap();
    storage.begin_locking(account(1).id).await.unwrap().commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_with_a_fault_is_not_committed() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let mut unit = storage.begin().await.unwrap();
    unit.accounts().insert(&account(1)).await.unwrap();
    unit.audit().append(entry(1, None)).await.unwrap();
    unit.audit().append(entry(1, None)).await.unwrap();
    unit.commit().await.expect_err("one id, two entries");
    assert_eq!(storage.by_id(account(1).id).await.unwrap(), None);

    let mut unit = storage.begin().await.unwrap();
    unit.audit().append(entry(2, None)).await.unwrap();
    unit.audit().append(entry(2, None)).await.unwrap();
    unit.audit().bury(account(1).id, account(2).id).await.expect_err("one id, two entries");
    unit.commit().await.expect_err("the server undid it, and would answer COMMIT all the same");
    assert!(storage.newest(None, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_quotes_no_value() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let mut unit = storage.begin().await.unwrap();
    let mut secret = entry(0x00c0_ffee, None);
    secret.reason = Some("hunter2".into());
    unit.audit().append(secret.clone()).await.unwrap();
    unit.audit().append(secret).await.unwrap();
    let fault = unit.commit().await.unwrap_err();
    assert_eq!(fault.kind(), PortErrorKind::Rejected);
    let told = format!("{fault} {fault:?}");
    assert!(told.contains("23505") && !told.contains("hunter2") && !told.contains("c0ffee"), "{told}");
}

#[tokio::test]
async fn an_address_stays_out_of_debug_output() {
    let fresh = fresh().await;
    assert!(!format!("{:?}", fresh.settings).contains("postgres://"));
}

/// What an attempt for an unknown account costs, alone or among others, must not tell it from one for a known account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_account_a_decoy_is_locked_and_changed() {
    let fresh = fresh().await;
    let (storage, mut beside) = (fresh.migrated().await, fresh.beside().await);
    let (known, unknown, other) = (account(1), account(2), account(3));
    insert(&storage, &known).await;
    for (account, free, failures) in [(unknown.id, 255, 1), (known.id, 256, 1), (unknown.id, 255, 2)] {
        let mut unit = storage.begin_locking(account).await.unwrap();
        let unlocked = "SELECT count(*) FROM (SELECT 1 FROM decoys FOR UPDATE SKIP LOCKED) AS unlocked";
        let unlocked: i64 = query_scalar(unlocked).fetch_one(&mut beside).await.unwrap();
        assert_eq!(unlocked, free);
        unit.limits().fail(account, 100, known.created_at).await.unwrap();
        unit.commit().await.unwrap();
        let counted: i64 = query_scalar("SELECT sum(failures) FROM decoys").fetch_one(&mut beside).await.unwrap();
        assert_eq!(counted, failures);
    }
    // Whoever tries the same one waits, as for a known account; another one does not.
    let holder = storage.begin_locking(unknown.id).await.unwrap();
    assert!(!give_up_after(40, &storage, 2).await);
    storage.begin_locking(other.id).await.unwrap().rollback().await.unwrap();
    holder.rollback().await.unwrap();
    storage.begin_locking(unknown.id).await.unwrap().rollback().await.unwrap();
}
