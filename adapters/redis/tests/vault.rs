//! What `RedisVault` does beyond the rules of its port.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

use backstop_application::ports::{PortErrorKind, Vault as _};
use backstop_backends::{redis, start_own_redis};
use backstop_domain::{BatchId, Sealed, Timestamp};
use backstop_redis::{RedisConnection, RedisSettings, RedisVault};
use fred::prelude::{Builder, ClientLike as _, Config, KeysInterface as _};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn batch() -> BatchId {
    BatchId::new(uuid::Uuid::from_u128(7))
}

fn sealed() -> Sealed {
    Sealed::new(vec![1, 2, 3])
}

#[tokio::test]
async fn a_copy_leaves_redis_soon_after_its_instant() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let settings = RedisSettings { prefix: space.prefix.clone(), ..RedisSettings::new(&space.url) };
    let vault = RedisVault::new(RedisConnection::connect(&settings).await.unwrap());
    vault.put(batch(), &sealed(), at(0), at(600)).await.unwrap();
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    for key in space.keys().await.unwrap() {
        let rest: i64 = client.pttl(key).await.unwrap();
        assert!(rest > 590_000 && rest < 700_000, "{rest} ms");
    }
    vault.remove(batch()).await.unwrap();
    assert_eq!(space.keys().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_vault_that_was_emptied_finds_nothing_and_one_without_redis_fails() {
    let server = start_own_redis().await.unwrap();
    let vault = RedisVault::new(RedisConnection::connect(&RedisSettings::new(&server.url)).await.unwrap());
    vault.put(batch(), &sealed(), at(0), at(600)).await.unwrap();
    server.flush().await.unwrap();
    assert_eq!(vault.get(batch(), at(1)).await.unwrap(), None);
    server.kill().await.unwrap();
    let put = vault.put(batch(), &sealed(), at(2), at(600)).await;
    assert_eq!(put.unwrap_err().kind(), PortErrorKind::Unavailable);
    assert_eq!(vault.get(batch(), at(2)).await.unwrap_err().kind(), PortErrorKind::Unavailable);
    assert_eq!(vault.remove(batch()).await.unwrap_err().kind(), PortErrorKind::Unavailable);
}

#[tokio::test]
async fn a_copy_that_cannot_be_read_is_a_fault() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let settings = RedisSettings { prefix: space.prefix.clone(), ..RedisSettings::new(&space.url) };
    let vault = RedisVault::new(RedisConnection::connect(&settings).await.unwrap());
    vault.put(batch(), &sealed(), at(0), at(600)).await.unwrap();
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    for key in space.keys().await.unwrap() {
        client.set::<(), _, _>(key, "short", None, None, false).await.unwrap();
    }
    assert_eq!(vault.get(batch(), at(1)).await.unwrap_err().kind(), PortErrorKind::Corrupt);
}
