//! The Redis that tests get, however it was found.
#![allow(clippy::disallowed_methods, reason = "these tests watch other processes, which send no event when they end")]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use backstop_backends::{engine_answers, redis, redis_in_container, start_own_redis};
use fred::{
    prelude::{Builder, Client, ClientLike as _, Config, FredResult, KeysInterface as _, LuaInterface as _},
    types::{ClusterHash, CustomCommand},
};

async fn connect(url: &str) -> anyhow::Result<Client> {
    let client = Builder::from_config(Config::from_url(url)?)
        .with_performance_config(|performance| performance.default_command_timeout = Duration::from_secs(5))
        .build()?;
    client.init().await?;
    Ok(client)
}

async fn set(client: &Client, key: &str) -> FredResult<()> {
    client.set(key, "1", None, None, false).await
}

async fn setting(client: &Client, name: &str) -> anyhow::Result<String> {
    let config = CustomCommand::new_static("CONFIG", ClusterHash::FirstKey, false);
    let mut answer: Vec<(String, String)> = client.custom(config, vec!["GET", name]).await?;
    Ok(answer.remove(0).1)
}

#[tokio::test]
async fn each_key_space_is_its_own_and_is_emptied() -> anyhow::Result<()> {
    let redis = redis().await?;
    let (one, other) = (redis.fresh_space()?, redis.fresh_space()?);
    let client = connect(&redis.url).await?;
    let keys = [format!("{}b", one.prefix), format!("{}a", one.prefix)];
    for key in &keys {
        set(&client, key).await?;
    }
    let in_other = format!("{}c", other.prefix);
    set(&client, &in_other).await?;
    assert_eq!(one.keys().await?, [keys[1].clone(), keys[0].clone()]);
    assert_eq!(other.keys().await?, std::slice::from_ref(&in_other));
    drop(one);
    assert_eq!(client.exists::<u32, _>(keys.to_vec()).await?, 0);
    assert_eq!(client.exists::<u32, _>(in_other).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_key_space_keeps_its_server_running() -> anyhow::Result<()> {
    let space = redis().await?.fresh_space()?;
    assert_eq!(space.keys().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_redis_of_ones_own_dies_and_comes_back_empty_at_the_same_address() -> anyhow::Result<()> {
    let server = start_own_redis().await?;
    set(&connect(&server.url).await?, "kept").await?;
    server.kill().await?;
    assert!(connect(&server.url).await.is_err());
    server.restart().await?;
    let client = connect(&server.url).await?;
    assert_eq!(client.exists::<u32, _>("kept").await?, 0);
    server.stop().await?;
    assert!(connect(&server.url).await.is_err());
    server.restart().await?;
    connect(&server.url).await?;
    Ok(())
}

#[tokio::test]
async fn a_redis_of_ones_own_can_be_emptied() -> anyhow::Result<()> {
    let server = start_own_redis().await?;
    let client = connect(&server.url).await?;
    set(&client, "kept").await?;
    let hash: String = client.script_load("return 1").await?;
    server.flush().await?;
    assert_eq!(client.exists::<u32, _>("kept").await?, 0);
    assert!(client.evalsha::<u32, _, _, _>(hash, Vec::<String>::new(), Vec::<String>::new()).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_redis_of_ones_own_can_hang_and_go_on() -> anyhow::Result<()> {
    let server = start_own_redis().await?;
    let client = connect(&server.url).await?;
    server.pause().await?;
    let hanging = tokio::time::timeout(Duration::from_millis(200), client.ping::<()>(None)).await;
    assert!(hanging.is_err(), "it answered");
    server.resume().await?;
    client.ping::<()>(None).await?;
    Ok(())
}

#[tokio::test]
async fn a_redis_of_ones_own_writes_nothing_down_and_leaves_nothing_behind() -> anyhow::Result<()> {
    let server = start_own_redis().await?;
    let client = connect(&server.url).await?;
    assert_eq!((setting(&client, "save").await?, setting(&client, "appendonly").await?), (String::new(), "no".into()));
    let folder = setting(&client, "dir").await?;
    assert!(Path::new(&folder).is_dir());
    let url = server.url.clone();
    drop(server);
    assert!(!Path::new(&folder).exists());
    assert!(connect(&url).await.is_err());
    Ok(())
}

/// Where the process that is to be killed says what it started.
const NOTE_ENV: &str = "BACKSTOP_TEST_NOTE";

#[tokio::test]
async fn a_killed_test_leaves_no_redis_behind() -> anyhow::Result<()> {
    if let Some(note) = std::env::var_os(NOTE_ENV) {
        return start_a_server_and_wait_for_the_kill(Path::new(&note)).await;
    }
    let folder = tempfile::tempdir()?;
    let note = folder.path().join("note");
    let mut other = Command::new(std::env::current_exe()?)
        .args(["--exact", "a_killed_test_leaves_no_redis_behind", "--nocapture"])
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
    assert!(connect(url).await.is_err());
    Ok(())
}

async fn start_a_server_and_wait_for_the_kill(note: &Path) -> anyhow::Result<()> {
    let server = start_own_redis().await?;
    let data = setting(&connect(&server.url).await?, "dir").await?;
    let fresh = note.with_extension("fresh");
    std::fs::write(&fresh, format!("{}\n{data}", server.url))?;
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
async fn a_redis_container_serves_or_the_reason_is_told() -> anyhow::Result<()> {
    let engine = engine_answers().await;
    match redis_in_container().await {
        Ok(redis) => {
            engine?;
            assert!(redis.way.to_string().starts_with("container "), "{}", redis.way);
            set(&connect(&redis.url).await?, "written").await?;
        }
        Err(error) => {
            let reason = format!("{error:#}");
            let told = if engine.is_ok() { "is not present" } else { "container engine" };
            assert!(reason.contains(told), "{reason}");
        }
    }
    Ok(())
}
