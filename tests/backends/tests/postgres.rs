//! The PostgreSQL that tests get, however it was found.
#![allow(clippy::disallowed_methods, reason = "these tests watch other processes, which send no event when they end")]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use backstop_backends::{PostgresOptions, engine_answers, postgres, postgres_in_container, start_own};
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

async fn number(connection: &mut PgConnection, query: &'static str) -> anyhow::Result<i64> {
    Ok(connection.fetch_one(query).await?.try_get(0)?)
}

async fn text(connection: &mut PgConnection, query: &'static str) -> anyhow::Result<String> {
    Ok(connection.fetch_one(query).await?.try_get(0)?)
}

#[tokio::test]
async fn each_database_is_its_own_and_is_dropped() -> anyhow::Result<()> {
    let postgres = postgres().await?;
    let (one, other) = (postgres.fresh_database().await?, postgres.fresh_database().await?);
    let mut in_one = PgConnection::connect(&one.url).await?;
    let mut in_other = PgConnection::connect(&other.url).await?;
    in_one.execute("CREATE TABLE only_here (id bigint)").await?;
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'";
    assert_eq!(number(&mut in_one, tables).await?, 1);
    assert_eq!(number(&mut in_other, tables).await?, 0);

    let mut admin = PgConnection::connect(&postgres.admin_url).await?;
    let exists = |name: String| sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(name);
    let name = one.name().to_owned();
    assert!(exists(name.clone()).fetch_optional(&mut admin).await?.is_some());
    // Dropped although a connection is open.
    drop(one);
    assert!(exists(name).fetch_optional(&mut admin).await?.is_none());
    assert_eq!(number(&mut in_other, "SELECT 1::bigint").await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_database_keeps_its_server_running() -> anyhow::Result<()> {
    let database = postgres().await?.fresh_database().await?;
    let mut connection = PgConnection::connect(&database.url).await?;
    assert_eq!(number(&mut connection, "SELECT 1::bigint").await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_server_takes_many_connections() -> anyhow::Result<()> {
    let postgres = postgres().await?;
    let mut admin = PgConnection::connect(&postgres.admin_url).await?;
    let limit: u32 = text(&mut admin, "SHOW max_connections").await?.parse()?;
    assert!(limit >= 100, "{limit} connections by way of {}", postgres.way);
    Ok(())
}

#[tokio::test]
async fn a_committed_row_outlives_a_kill() -> anyhow::Result<()> {
    let server = start_own(PostgresOptions { durable: true, max_connections: 20 }).await?;
    let database = server.fresh_database().await?;
    let mut connection = PgConnection::connect(&database.url).await?;
    assert_eq!(text(&mut connection, "SHOW fsync").await?, "on");
    assert_eq!(text(&mut connection, "SHOW max_connections").await?, "20");
    connection.execute("CREATE TABLE kept AS SELECT 7::bigint AS value").await?;
    server.kill().await?;
    assert!(connection.execute("SELECT 1").await.is_err());
    assert!(PgConnection::connect(&database.url).await.is_err());

    server.restart().await?;
    let mut connection = PgConnection::connect(&database.url).await?;
    assert_eq!(number(&mut connection, "SELECT value FROM kept").await?, 7);

    server.stop().await?;
    assert!(PgConnection::connect(&database.url).await.is_err());
    server.restart().await?;
    assert_eq!(number(&mut PgConnection::connect(&database.url).await?, "SELECT value FROM kept").await?, 7);
    Ok(())
}

#[tokio::test]
async fn a_server_of_ones_own_leaves_nothing_behind() -> anyhow::Result<()> {
    let server = start_own(PostgresOptions::default()).await?;
    let mut admin = PgConnection::connect(&server.admin_url).await?;
    let data = text(&mut admin, "SHOW data_directory").await?;
    assert!(Path::new(&data).is_dir());
    let url = server.admin_url.clone();
    drop(server);
    assert!(!Path::new(&data).exists());
    assert!(PgConnection::connect(&url).await.is_err());
    Ok(())
}

/// Where the process that is to be killed says what it started.
const NOTE_ENV: &str = "BACKSTOP_TEST_NOTE";

#[tokio::test]
async fn a_killed_test_leaves_nothing_behind() -> anyhow::Result<()> {
    if let Some(note) = std::env::var_os(NOTE_ENV) {
        return start_a_server_and_wait_for_the_kill(Path::new(&note)).await;
    }
    let folder = tempfile::tempdir()?;
    let note = folder.path().join("note");
    let mut other = Command::new(std::env::current_exe()?)
        .args(["--exact", "a_killed_test_leaves_nothing_behind", "--nocapture"])
        .env(NOTE_ENV, &note)
        .stdout(Stdio::null())
        .spawn()?;
    let written = eventually(|| note.exists()).await;
    other.kill()?;
    other.wait()?;
    anyhow::ensure!(written, "the other process started no server");
    let text = std::fs::read_to_string(&note)?;
    let (url, data) = text.split_once('\n').context("two lines")?;
    assert!(eventually(|| !Path::new(data).exists()).await, "{data} is left");
    assert!(PgConnection::connect(url).await.is_err());
    Ok(())
}

async fn start_a_server_and_wait_for_the_kill(note: &Path) -> anyhow::Result<()> {
    let server = start_own(PostgresOptions::default()).await?;
    let mut admin = PgConnection::connect(&server.admin_url).await?;
    let data = text(&mut admin, "SHOW data_directory").await?;
    let fresh = note.with_extension("fresh");
    std::fs::write(&fresh, format!("{}\n{data}", server.admin_url))?;
    std::fs::rename(fresh, note)?;
    std::future::pending().await
}

async fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + Duration::from_mins(1);
    while !holds() {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    true
}

#[tokio::test]
async fn a_container_serves_or_the_reason_is_told() -> anyhow::Result<()> {
    let engine = engine_answers().await;
    match postgres_in_container().await {
        Ok(postgres) => {
            engine?;
            assert!(postgres.way.to_string().starts_with("container "), "{}", postgres.way);
            let database = postgres.fresh_database().await?;
            let mut connection = PgConnection::connect(&database.url).await?;
            assert_eq!(number(&mut connection, "SELECT 1::bigint").await?, 1);
        }
        Err(error) => {
            let reason = format!("{error:#}");
            let told = if engine.is_ok() { "is not present" } else { "container engine" };
            assert!(reason.contains(told), "{reason}");
        }
    }
    Ok(())
}
