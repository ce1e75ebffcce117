//! `backstop flush-tasks`: what it asks, and what it clears.

use super::{fresh, run};
use sqlx::{Connection as _, SqliteConnection};
use std::path::Path;

async fn database(folder: &Path) -> SqliteConnection {
    let file = folder.join("backstop-data/backstop.sqlite3");
    SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap()
}

/// A database with one schedule, a task that was given up, and a clean-up and a mail that wait.
async fn filled(folder: &Path) {
    let migrated = run(folder, &["purge", "--dry-run"], &[]);
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    let sql = "INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, attempt, \
               attempts, ended_at, error) VALUES \
               (randomblob(16), 'send_mail', 'failed', 100, 1, '{}', 0, 0, 1, 1, 0, 'no'), \
               (randomblob(16), 'clean_up', 'queued', 100, 1, '{}', 0, 0, 0, 1, NULL, NULL), \
               (randomblob(16), 'send_codes', 'queued', 100, 1, '{}', 0, 0, 0, 1, NULL, NULL)";
    sqlx::raw_sql(sql).execute(&mut database(folder).await).await.unwrap();
}

async fn left(folder: &Path) -> (i64, i64) {
    let mut database = database(folder).await;
    let tasks = sqlx::query_scalar("SELECT count(*) FROM tasks").fetch_one(&mut database).await.unwrap();
    let schedules = sqlx::query_scalar("SELECT count(*) FROM schedules").fetch_one(&mut database).await.unwrap();
    (tasks, schedules)
}

#[tokio::test]
async fn flushing_without_a_terminal_and_without_yes_is_refused_and_changes_nothing() {
    let folder = fresh();
    filled(folder.path()).await;
    for what in ["--all", "--failed", "--schedules"] {
        let refused = run(folder.path(), &["flush-tasks", what], &[]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("--yes") && refused.stderr.contains("Nothing was cleared"),
            "{}",
            refused.stderr
        );
        assert_eq!(left(folder.path()).await, (3, 1), "{what}");
    }
    let nothing = run(folder.path(), &["flush-tasks", "--yes"], &[]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("--failed") && nothing.stderr.contains("--all"), "{}", nothing.stderr);
    assert_eq!(left(folder.path()).await, (3, 1));
}

#[tokio::test]
async fn flushing_clears_what_is_named_and_says_how_much() {
    let folder = fresh();
    filled(folder.path()).await;
    let cleared = run(folder.path(), &["flush-tasks", "--failed", "--no-input"], &[]);
    assert_eq!((cleared.code, cleared.stdout.as_str()), (Some(0), "Cleared 1 task(s).\n"), "{}", cleared.stderr);
    assert_eq!(left(folder.path()).await, (2, 1));
    let cleared = run(folder.path(), &["flush-tasks", "--all", "--noinput"], &[]);
    assert_eq!((cleared.code, cleared.stdout.as_str()), (Some(0), "Cleared 2 task(s).\n"), "{}", cleared.stderr);
    assert_eq!(left(folder.path()).await, (1, 0), "the codes that wait to be sent stay");
    // The schedule that everybody begins with does not come back.
    let cleared = run(folder.path(), &["flush-tasks", "--scheduler", "--yes"], &[]);
    assert_eq!(cleared.stdout, "Cleared 0 task(s).\n");
    assert_eq!(left(folder.path()).await, (1, 0));
}
