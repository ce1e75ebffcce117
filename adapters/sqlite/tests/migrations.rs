//! The schema comes into being once, whoever starts first, and only forward.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use backstop_application::{
    lists::{AuditFilter, AuditTrail, CameFrom},
    ports::{Health as _, PortErrorKind, Register, Sight, Storage as _, Which},
};
use backstop_domain::{Actor, AuditEntry, AuditId, AuditKind, Network, Origin, Timestamp};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_that_open_and_migrate_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("data").join("backstop.sqlite"));
    let mut starts = JoinSet::new();
    for _ in 0..8 {
        let settings = settings.clone();
        starts.spawn(async move {
            let storage = SqliteStorage::open(&settings).await?;
            storage.migrate().await?;
            storage.begin().await?.commit().await?;
            storage.check().await
        });
    }
    for outcome in starts.join_all().await {
        outcome.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_migrations_through_one_storage_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteSettings::new(folder.path().join("backstop.sqlite"))).await.unwrap();
    let mut runs = JoinSet::new();
    for _ in 0..8 {
        let storage = storage.clone();
        runs.spawn(async move { storage.migrate().await });
    }
    for outcome in runs.join_all().await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn what_is_pending_has_a_name_until_it_ran() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteSettings::new(folder.path().join("backstop.sqlite"))).await.unwrap();
    assert_eq!(storage.pending_migrations().await.unwrap().first().map(String::as_str), Some("0001_initial"));
    storage.migrate().await.unwrap();
    assert!(storage.pending_migrations().await.unwrap().is_empty());
    storage.migrate().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backstop.sqlite");
    let storage = SqliteStorage::open(&SqliteSettings::new(&path)).await.unwrap();
    storage.migrate().await.unwrap();
    let mut other: SqliteConnection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', true, x'00', 0)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
    for refusal in [storage.migrate().await.unwrap_err(), storage.pending_migrations().await.unwrap_err()] {
        assert_eq!(refusal.kind(), PortErrorKind::Rejected);
        assert!(refusal.to_string().contains("newer version of Backstop"), "{refusal}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let storage = SqliteStorage::open(&SqliteSettings::new(data.join("backstop.sqlite"))).await.unwrap();
    storage.migrate().await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = data.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.ends_with("backstop.sqlite-wal")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

type Row = (i64, String, i64, String, String, Option<String>, Option<i64>, Option<String>);

/// The trail moves to a table that knows more actors.
#[tokio::test]
async fn the_trail_survives_its_move_with_its_order() {
    let mut database: SqliteConnection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    for script in [
        include_str!("../migrations/0001_initial.sql"),
        include_str!("../migrations/0002_limits.sql"),
        include_str!("../migrations/0004_delivery.sql"),
    ] {
        sqlx::raw_sql(script).execute(&mut database).await.unwrap();
    }
    sqlx::raw_sql(
        "INSERT INTO audit_entries (seq, id, at, kind, actor_kind, actor_id, count, reason) VALUES \
         (4, randomblob(16), 9, 'generated', 'client', randomblob(16), 10, 'first'), \
         (7, randomblob(16), 9, 'client_created', 'command_line', NULL, NULL, 'second')",
    )
    .execute(&mut database)
    .await
    .unwrap();
    let trail =
        "SELECT seq, hex(id), at, kind, actor_kind, hex(actor_id), count, reason FROM audit_entries ORDER BY seq";
    let before: Vec<Row> = sqlx::query_as(trail).fetch_all(&mut database).await.unwrap();
    let move_of_the_trail = include_str!("../migrations/0005_sessions.sql");
    sqlx::raw_sql(move_of_the_trail).execute(&mut database).await.unwrap();
    let after: Vec<Row> = sqlx::query_as(trail).fetch_all(&mut database).await.unwrap();
    assert_eq!((after.len(), after), (2, before));
    let next = "INSERT INTO audit_entries (id, at, kind, actor_kind) VALUES (randomblob(16), 9, 'signed_in', 'owner') \
                RETURNING seq";
    let seq: i64 = sqlx::query_scalar(next).fetch_one(&mut database).await.unwrap();
    assert_eq!(seq, 8);
    // And once more, to one that knows schedules.
    let before: Vec<Row> = sqlx::query_as(trail).fetch_all(&mut database).await.unwrap();
    for script in [
        include_str!("../migrations/0006_answers.sql"),
        include_str!("../migrations/0007_delivery_ends.sql"),
        include_str!("../migrations/0010_clean_ups.sql"),
    ] {
        sqlx::raw_sql(script).execute(&mut database).await.unwrap();
    }
    let after: Vec<Row> = sqlx::query_as(trail).fetch_all(&mut database).await.unwrap();
    assert_eq!((after.len(), after), (3, before));
    let next = "INSERT INTO audit_entries (id, at, kind, actor_kind, actor_name, actor_saved_by) \
                VALUES (randomblob(16), 9, 'purged', 'schedule', 'nightly', 'ann') RETURNING seq";
    let seq: i64 = sqlx::query_scalar(next).fetch_one(&mut database).await.unwrap();
    assert_eq!(seq, 9);
    let nameless =
        "INSERT INTO audit_entries (id, at, kind, actor_kind) VALUES (randomblob(16), 9, 'purged', 'schedule')";
    assert!(sqlx::query(nameless).execute(&mut database).await.is_err());
    let stranger =
        "INSERT INTO audit_entries (id, at, kind, actor_kind) VALUES (randomblob(16), 9, 'viewed', 'nobody')";
    assert!(sqlx::query(stranger).execute(&mut database).await.is_err());
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

#[tokio::test]
async fn entries_from_before_networks_were_kept_are_found_by_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backstop.sqlite");
    let storage = SqliteStorage::open(&SqliteSettings::new(&path)).await.unwrap();
    storage.migrate().await.unwrap();
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
    let mut other: SqliteConnection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    sqlx::query("UPDATE audit_entries SET network = NULL").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(found(network).await, 0);
    storage.migrate().await.unwrap();
    assert_eq!((found(network).await, found(other_network).await), (4, 1));
    assert_eq!(found(CameFrom::Address("192.0.2.9".parse().unwrap())).await, 2);
}

#[tokio::test]
async fn what_some_kind_of_somebody_did_is_found_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backstop.sqlite");
    let storage = SqliteStorage::open(&SqliteSettings::new(&path)).await.unwrap();
    storage.migrate().await.unwrap();
    let mut other: SqliteConnection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let asked = "EXPLAIN QUERY PLAN SELECT e.*, o.id FROM audit_entries e LEFT JOIN accounts o ON o.id = e.account_id \
                 WHERE e.actor_kind = ?1 ORDER BY e.at DESC, e.id DESC LIMIT ?2";
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(asked).bind("staff").bind(50).fetch_all(&mut other).await.unwrap();
    other.close().await.unwrap();
    let steps: Vec<&str> = plan.iter().map(|(.., step)| &**step).collect();
    assert!(steps.iter().any(|step| step.contains("audit_entries_by_actor_kind")), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
}
