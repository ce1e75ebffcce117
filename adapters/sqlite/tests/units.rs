//! Units under pressure: many that wait, and some that nobody waits for any more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use backstop_application::ports::{
    AccountReader as _, AuditReader as _, Claiming, CodeChunk, Concerns, Held, NewTask, Payload, Storage as _,
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, Origin, Sealed, Subject, TaskId, TaskKind, Timestamp,
    WorkerId,
    task::{Ending, Priority},
};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

async fn migrated() -> (SqliteStorage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteSettings::new(folder.path().join("backstop.sqlite"))).await.unwrap();
    storage.migrate().await.unwrap();
    (storage, folder)
}

fn account(number: u128) -> Account {
    let subject = Subject::parse(&format!("subject {number}")).unwrap();
    Account::new(AccountId::new(Uuid::from_u128(number)), subject, Timestamp::UNIX_EPOCH)
}

fn entry(number: u128) -> AuditEntry {
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
        origin: Origin::default(),
    }
}

/// Polls once, for what it gives.
async fn tried<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}

/// Polls once.
async fn is_ready<T>(mut future: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_units_wait_for_each_other() {
    let (storage, _folder) = migrated().await;
    let mut units = JoinSet::new();
    for number in 0..200 {
        let storage = storage.clone();
        units.spawn(async move {
            let mut unit = storage.begin_locking(AccountId::new(Uuid::from_u128(1))).await?;
            unit.audit().append(entry(number)).await?;
            unit.commit().await
        });
    }
    for outcome in units.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(storage.newest(None, 1_000).await.unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_dropped_while_its_unit_begins_leaves_nothing_open() {
    let (storage, _folder) = migrated().await;
    for patience in 0..200_u128 {
        {
            let mut opening = pin!(storage.begin_locking(AccountId::new(Uuid::from_u128(1))));
            for _ in 0..patience % 20 {
                if is_ready(opening.as_mut()).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let mut unit = storage.begin().await.unwrap();
        unit.accounts().insert(&account(patience)).await.unwrap();
        unit.commit().await.unwrap();
        assert!(storage.by_id(account(patience).id).await.unwrap().is_some(), "what was committed can be seen");
    }
}

#[tokio::test]
async fn a_unit_with_a_fault_is_not_committed() {
    let (storage, _folder) = migrated().await;
    let mut unit = storage.begin().await.unwrap();
    unit.accounts().insert(&account(1)).await.unwrap();
    unit.audit().append(entry(1)).await.unwrap();
    assert!(unit.audit().append(entry(1)).await.is_err(), "one id, two entries");
    assert!(unit.commit().await.is_err());
    assert_eq!(storage.by_id(account(1).id).await.unwrap(), None);
}

#[tokio::test]
async fn a_fault_quotes_no_value() {
    let (storage, _folder) = migrated().await;
    let mut unit = storage.begin().await.unwrap();
    let mut secret = entry(1);
    secret.reason = Some("hunter2".into());
    unit.audit().append(secret.clone()).await.unwrap();
    let fault = unit.audit().append(secret).await.unwrap_err();
    assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault:?}");
}

#[tokio::test]
async fn a_unit_with_a_fault_is_undone_and_the_next_begins() {
    let (storage, _folder) = migrated().await;
    for number in 1..=3 {
        let mut unit = storage.begin().await.unwrap();
        unit.accounts().insert(&account(number)).await.unwrap();
        unit.audit().append(entry(1)).await.unwrap();
        assert!(unit.audit().append(entry(1)).await.is_err(), "one id, two entries");
        unit.rollback().await.unwrap();
        assert_eq!(storage.by_id(account(number).id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_task_that_ended_keeps_no_secret() {
    let (storage, folder) = migrated().await;
    let at = Timestamp::UNIX_EPOCH;
    let claiming =
        Claiming { worker: WorkerId::new(Uuid::from_u128(1)), now: at, until: Timestamp::MAX, only: None, most: 1 };
    let mut beside =
        SqliteConnectOptions::new().filename(folder.path().join("backstop.sqlite")).connect().await.unwrap();
    for (number, ending, left) in [
        (1, Ending::Done(None), (None, None)),
        (2, Ending::Failed { error: "no use".to_owned() }, (Some("{}".to_owned()), None)),
        (3, Ending::Released, (Some("{}".to_owned()), Some(vec![1_u8, 2, 3]))),
    ] {
        let task = NewTask {
            id: TaskId::new(Uuid::from_u128(number)),
            kind: TaskKind::SendCodes,
            payload: Payload { version: 1, text: "{}".to_owned() },
            sealed: Some(Sealed::new(vec![1, 2, 3])),
            unique: None,
            priority: Priority::USUAL,
            concerns: Concerns::default(),
            created_at: at,
            due_at: at,
            attempts: 3,
        };
        let mut unit = storage.begin().await.unwrap();
        unit.tasks().push(task).await.unwrap();
        let leased = unit.tasks().claim(&claiming).await.unwrap().remove(0);
        assert_eq!(unit.tasks().finish(&leased.lease, at, &ending).await.unwrap(), Held::Yes);
        unit.commit().await.unwrap();
        let kept: (Option<String>, Option<Vec<u8>>) = sqlx::query_as("SELECT payload, sealed FROM tasks WHERE id = ?1")
            .bind(Uuid::from_u128(number))
            .fetch_one(&mut beside)
            .await
            .unwrap();
        assert_eq!(kept, left, "{ending:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_chunk_of_a_clean_up_whoever_waits_goes_first() {
    let (storage, _folder) = migrated().await;
    let chunk = CodeChunk { until: Timestamp::UNIX_EPOCH, at: Timestamp::UNIX_EPOCH, most: 50, wait: false };
    let mut purging = storage.begin().await.unwrap();
    purging.clean_ups().take_codes(&chunk).await.unwrap();
    let mut waiting = pin!(storage.begin());
    assert!(!is_ready(waiting.as_mut()).await, "there is one writer");
    let mut ended = pin!(purging.commit());
    let unit = loop {
        assert!(!is_ready(ended.as_mut()).await, "the next chunk could begin before whoever waits");
        if let Some(unit) = tried(waiting.as_mut()).await {
            break unit.unwrap();
        }
        tokio::task::yield_now().await;
    };
    unit.commit().await.unwrap();
    ended.await.unwrap();
}
