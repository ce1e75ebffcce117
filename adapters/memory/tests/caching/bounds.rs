//! How much a process keeps, and how long.

use crate::support::{TTL, World, id, start};
use backstop_application::ports::{Cache, CacheEntry};
use backstop_domain::{AccountId, Timestamp};
use backstop_memory::{MemoryCache, SequentialIds};
use core::time::Duration;
use jiff::SignedDuration;
use std::sync::Arc;

async fn fill(cache: &MemoryCache, number: u128) {
    let account = AccountId::new(id(number));
    let version = cache.version(account).await.unwrap();
    let entry = CacheEntry { account, version, until: Timestamp::MAX, bytes: vec![7; 1_000] };
    cache.put(&format!("key {number}"), &entry, start()).await.unwrap();
}

#[tokio::test]
async fn entries_take_no_more_memory_than_they_may() {
    let cache = MemoryCache::bounded(Arc::new(SequentialIds::new()), Duration::from_hours(1), 20_000, 1_000);
    for number in 0..200 {
        fill(&cache, number).await;
    }
    let weight = cache.weight().await;
    assert!((1_000..=20_000).contains(&weight), "{weight}");
    assert!(cache.get("key 199", start()).await.unwrap().is_some(), "the last one is there");
    assert!(cache.get("key 0", start()).await.unwrap().is_none(), "the first one made room");
}

#[tokio::test]
async fn an_entry_whose_version_made_room_is_dead() {
    let cache = MemoryCache::bounded(Arc::new(SequentialIds::new()), Duration::from_hours(1), 1_000_000, 10);
    for number in 0..200 {
        fill(&cache, number).await;
        cache.weight().await;
    }
    let mut alive = 0;
    for number in 0..200 {
        alive += usize::from(cache.get(&format!("key {number}"), start()).await.unwrap().is_some());
    }
    assert!(alive <= 10 + 64, "{alive} of 200 entries have a version");
    cache.version(AccountId::new(id(0))).await.unwrap();
    assert!(cache.get("key 0", start()).await.unwrap().is_none(), "a version made anew revives nothing");
}

#[tokio::test]
async fn what_is_kept_is_read_anew_when_its_time_is_over() {
    let world = World::new();
    world.register().await;
    world.shown().await;
    world.clock.advance(TTL - SignedDuration::from_micros(1));
    world.shown().await;
    assert_eq!(world.computing.number(), 1);
    world.clock.advance(SignedDuration::from_micros(1));
    world.shown().await;
    assert_eq!(world.computing.number(), 2);
}
