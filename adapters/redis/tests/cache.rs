//! What `RedisCache` does beyond the rules of its port.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

use backstop_application::ports::{Cache as _, CacheEntry, PortErrorKind};
use backstop_backends::{redis, start_own_redis};
use backstop_domain::{AccountId, Timestamp};
use backstop_memory::SequentialIds;
use backstop_redis::{RedisCache, RedisConnection, RedisSettings};
use fred::prelude::{Builder, ClientLike as _, Config, KeysInterface as _};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn account() -> AccountId {
    AccountId::new(uuid::Uuid::from_u128(7))
}

async fn cache(settings: RedisSettings) -> RedisCache {
    RedisCache::new(RedisConnection::connect(&settings).await.unwrap(), Arc::new(SequentialIds::new()))
}

async fn put(cache: &RedisCache) {
    let version = cache.version(account()).await.unwrap();
    let entry = CacheEntry { account: account(), version, until: at(7_200), bytes: b"history".to_vec() };
    cache.put("key", &entry, at(0)).await.unwrap();
}

#[tokio::test]
async fn every_key_that_a_cache_leaves_expires_and_no_version_before_its_entries() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let cache = cache(RedisSettings { prefix: space.prefix.clone(), ..RedisSettings::new(&space.url) }).await;
    put(&cache).await;
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    let keys = space.keys().await.unwrap();
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in keys {
        let rest: i64 = client.pttl(key).await.unwrap();
        assert!(rest > 7_190_000 && rest < 7_300_000, "{rest} ms");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_a_fault() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let cache = cache(RedisSettings { prefix: space.prefix.clone(), ..RedisSettings::new(&space.url) }).await;
    put(&cache).await;
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    for key in space.keys().await.unwrap() {
        client.set::<(), _, _>(key, "nonsense", None, None, false).await.unwrap();
    }
    assert_eq!(cache.get("key", at(1)).await.unwrap_err().kind(), PortErrorKind::Corrupt);
    assert_eq!(cache.version(account()).await.unwrap_err().kind(), PortErrorKind::Corrupt);
}

#[tokio::test]
async fn a_cache_without_redis_fails_and_answers_nothing_old() {
    let server = start_own_redis().await.unwrap();
    let cache = cache(RedisSettings::new(&server.url)).await;
    put(&cache).await;
    assert!(cache.get("key", at(1)).await.unwrap().is_some());
    server.kill().await.unwrap();
    assert_eq!(cache.get("key", at(1)).await.unwrap_err().kind(), PortErrorKind::Unavailable);
    assert_eq!(cache.forget(account()).await.unwrap_err().kind(), PortErrorKind::Unavailable);
}
