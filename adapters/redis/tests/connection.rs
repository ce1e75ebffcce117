//! A Redis that goes, hangs and comes back.
#![allow(clippy::disallowed_methods, reason = "nothing tells a test when a connection works again")]
#![allow(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

use backstop_application::ports::{Health as _, PortErrorKind};
use backstop_backends::{OwnRedis, start_own_redis};
use backstop_redis::{RedisConnection, RedisSettings};
use fred::{
    prelude::{Builder, ClientLike as _, Config},
    types::{ClusterHash, CustomCommand},
};
use std::time::{Duration, Instant};

/// Longer than any time limit here, and short of the minutes that an endless wait would last.
const NOT_FOR_EVER: Duration = Duration::from_secs(5);

async fn connected(server: &OwnRedis) -> RedisConnection {
    RedisConnection::connect(&RedisSettings::new(&server.url)).await.unwrap()
}

/// How the part fails, and how long it took to say so.
async fn fails(connection: &RedisConnection) -> (PortErrorKind, Duration) {
    let asked = Instant::now();
    let error = connection.check().await.unwrap_err();
    (error.kind(), asked.elapsed())
}

async fn heals(connection: &RedisConnection) -> bool {
    let until = Instant::now() + Duration::from_mins(1);
    while connection.check().await.is_err() {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

#[tokio::test]
async fn a_start_without_redis_succeeds_and_heals_when_redis_comes() {
    let server = start_own_redis().await.unwrap();
    server.kill().await.unwrap();
    let settings = RedisSettings { connect_timeout: Duration::from_millis(100), ..RedisSettings::new(&server.url) };
    let connection = RedisConnection::connect(&settings).await.unwrap();
    assert_eq!(connection.part(), "cache");
    let (kind, took) = fails(&connection).await;
    assert_eq!(kind, PortErrorKind::Unavailable);
    assert!(took < NOT_FOR_EVER, "{took:?}");
    server.restart().await.unwrap();
    assert!(heals(&connection).await);
}

#[tokio::test]
async fn a_killed_redis_fails_every_call_at_once_and_heals() {
    let server = start_own_redis().await.unwrap();
    let connection = connected(&server).await;
    connection.check().await.unwrap();
    for _ in 0..2 {
        server.kill().await.unwrap();
        for _ in 0..50 {
            let (kind, took) = fails(&connection).await;
            assert_eq!(kind, PortErrorKind::Unavailable);
            assert!(took < NOT_FOR_EVER, "{took:?}");
        }
        server.restart().await.unwrap();
        assert!(heals(&connection).await);
    }
}

#[tokio::test]
async fn a_hanging_redis_costs_no_more_than_the_time_limit_and_heals() {
    let server = start_own_redis().await.unwrap();
    let connection = connected(&server).await;
    connection.check().await.unwrap();
    server.pause().await.unwrap();
    let asked = Instant::now();
    for _ in 0..8 {
        let (kind, took) = fails(&connection).await;
        assert_eq!(kind, PortErrorKind::Unavailable);
        assert!(took < NOT_FOR_EVER, "{took:?}");
    }
    assert!(asked.elapsed() >= Duration::from_millis(250), "the first call waits for its limit");
    server.resume().await.unwrap();
    assert!(heals(&connection).await);
}

#[tokio::test]
async fn a_refused_password_is_told_and_hidden() {
    let server = start_own_redis().await.unwrap();
    let operator = Builder::from_config(Config::from_url(&server.url).unwrap()).build().unwrap();
    operator.init().await.unwrap();
    let config = CustomCommand::new_static("CONFIG", ClusterHash::FirstKey, false);
    operator.custom::<(), _>(config, vec!["SET", "requirepass", "another"]).await.unwrap();
    let url = server.url.replace("redis://", "redis://:hunter2@");
    let settings = RedisSettings { connect_timeout: Duration::from_millis(500), ..RedisSettings::new(url) };
    let connection = RedisConnection::connect(&settings).await.unwrap();
    let error = connection.check().await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Unavailable);
    assert!(!format!("{connection:?} {error:?} {error}").contains("hunter2"));
}
