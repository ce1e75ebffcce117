//! How processes hear of work, and what is left of it in the tables.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

mod support;

use backstop_application::ports::{
    Claiming, Held, NewTask, Storage as _, TaskReader as _, WhichTasks, WorkSignal as _,
};
use backstop_domain::{TaskState, Timestamp, WorkerId, task::Ending};
use backstop_postgres::PgStorage;
use core::time::Duration;
use jiff::SignedDuration;
use sqlx::{PgConnection, postgres::PgListener, query, query_as, query_scalar};
use support::{fresh, task};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

const LONG: Duration = Duration::from_hours(1);
const PATIENCE: Duration = Duration::from_secs(20);

async fn push(storage: &PgStorage, task: NewTask) {
    let mut unit = storage.begin().await.unwrap();
    unit.tasks().push(task).await.unwrap();
    unit.commit().await.unwrap();
}

async fn hears(storage: &PgStorage) {
    timeout(PATIENCE, storage.wait(LONG)).await.unwrap();
}

/// Once it listens it looks for what was there before.
async fn listening(storage: &PgStorage) {
    hears(storage).await;
    storage.wait(Duration::ZERO).await;
}

/// Of the adapter's connections those that only serve the signal, or all.
async fn connections(beside: &mut PgConnection, those: &str) -> Vec<i32> {
    query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'backstop' AND datname = current_database() \
         AND query LIKE $1",
    )
    .bind(those)
    .fetch_all(beside)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_hears_of_a_task() {
    let fresh = fresh().await;
    let (one, other) = (fresh.migrated().await, fresh.migrated().await);
    listening(&other).await;
    for number in 0..3 {
        push(&one, task(number)).await;
        hears(&other).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lost_the_connection_listens_again() {
    let fresh = fresh().await;
    let (one, other) = (fresh.migrated().await, fresh.migrated().await);
    listening(&other).await;
    let mut beside = fresh.beside().await;
    let ears = connections(&mut beside, "LISTEN%").await;
    assert_eq!(ears.len(), 1);
    query("SELECT pg_terminate_backend($1, 5000)").bind(ears[0]).execute(&mut beside).await.unwrap();
    listening(&other).await;
    push(&one, task(1)).await;
    hears(&other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_takes_its_time_where_nobody_can_listen() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    storage.close().await;
    timeout(PATIENCE, storage.wait(Duration::from_millis(5))).await.expect("it ends with its time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_units_are_told_of_together() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let mut ears = PgListener::connect(&fresh.database.url).await.unwrap();
    ears.listen("backstop_tasks").await.unwrap();
    let begun = Instant::now();
    for number in 0..200 {
        push(&storage, task(number)).await;
    }
    timeout(PATIENCE, ears.recv()).await.unwrap().unwrap();
    query("NOTIFY backstop_tasks, 'end'").execute(&mut fresh.beside().await).await.unwrap();
    let mut words = 1;
    while timeout(PATIENCE, ears.recv()).await.unwrap().unwrap().payload() != "end" {
        words += 1;
    }
    let most = begun.elapsed().as_millis() / 50 + 1;
    assert!(words <= most, "{words} words, at most {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_on_in_the_background_after_the_end() {
    for closed in [true, false] {
        let fresh = fresh().await;
        let mut beside = fresh.beside().await;
        let storage = fresh.migrated().await;
        listening(&storage).await;
        push(&storage, task(1)).await;
        let told = async {
            while connections(&mut beside, "NOTIFY%").await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, told).await.expect("it tells others");
        if closed {
            storage.close().await;
            assert!(storage.begin().await.is_err());
        }
        drop(storage);
        let ended = async {
            while !connections(&mut beside, "%").await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, ended).await.expect("every connection ends");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_does_not_wait_does_not_listen() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    push(&storage, task(1)).await;
    assert!(connections(&mut fresh.beside().await, "LISTEN%").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_ended_keeps_no_secret() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let at = Timestamp::UNIX_EPOCH;
    let claiming = Claiming {
        worker: WorkerId::new(Uuid::from_u128(1)),
        now: at,
        until: at + SignedDuration::from_secs(9),
        only: None,
        most: 1,
    };
    for (number, ending, left) in [
        (1, Ending::Done(None), (None, None)),
        (2, Ending::Failed { error: "no use".to_owned() }, (Some("{}".to_owned()), None)),
        (3, Ending::Released, (Some("{}".to_owned()), Some(vec![1_u8, 2, 3]))),
    ] {
        push(&storage, task(number)).await;
        let mut unit = storage.begin().await.unwrap();
        let leased = unit.tasks().claim(&claiming).await.unwrap().remove(0);
        assert_eq!(unit.tasks().finish(&leased.lease, at, &ending).await.unwrap(), Held::Yes);
        unit.commit().await.unwrap();
        let kept: (Option<String>, Option<Vec<u8>>) = query_as("SELECT payload, sealed FROM tasks WHERE id = $1")
            .bind(Uuid::from_u128(number))
            .fetch_one(&mut fresh.beside().await)
            .await
            .unwrap();
        assert_eq!(kept, left, "{ending:?}");
    }
    assert_eq!(storage.next_due().await.unwrap(), Some(at));
}

/// Two units that queue under one name and lock accounts besides: whoever comes second waits for the first, and both
/// commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_lost_a_name_commits() {
    let fresh = fresh().await;
    let storage = fresh.migrated().await;
    let named = |number| NewTask { unique: Some("name".to_owned()), ..task(number) };
    let mut first = storage.begin().await.unwrap();
    first.tasks().push(named(1)).await.unwrap();
    // Writes what was held back.
    assert_eq!(first.tasks().remove(WhichTasks::Failed).await.unwrap(), 0);
    let mut second = storage.begin().await.unwrap();
    second.tasks().push(named(2)).await.unwrap();
    second.tasks().push(task(3)).await.unwrap();
    let (second, first) = tokio::join!(second.commit(), first.commit());
    second.unwrap();
    first.unwrap();
    let found = storage.tasks(TaskState::Queued, 10).await.unwrap();
    let mut ids: Vec<u128> = found.iter().map(|task| task.id.uuid().as_u128()).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 3]);
}
