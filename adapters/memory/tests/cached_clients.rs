//! How long the cache of clients' keys believes what it read.
#![allow(clippy::unwrap_used, reason = "a test panics when it fails")]

use async_trait::async_trait;
use backstop_application::ports::{ClientReader, KnownKey, PortError, PortResult};
use backstop_domain::{Client, ClientId, ClientKey, ClientKeyId, Timestamp};
use backstop_memory::{CachedClients, ManualClock};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Knows ids below a hundred, and notes what it is asked.
#[derive(Default)]
struct Asked {
    reads: Mutex<Vec<ClientKeyId>>,
    touches: Mutex<Vec<Timestamp>>,
    revoked_at: Mutex<Option<Timestamp>>,
    is_down: Mutex<bool>,
}

#[async_trait]
impl ClientReader for Asked {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        self.reads.lock().unwrap().push(key);
        let client = ClientId::new(Uuid::from_u128(1));
        let known = KnownKey {
            client: Client { id: client, name: "shop".into(), scopes: [].into_iter().collect(), created_at: at(0) },
            key: ClientKey {
                id: key,
                client,
                digest: [0; 32],
                created_at: at(0),
                revoked_at: *self.revoked_at.lock().unwrap(),
                last_used_at: None,
            },
        };
        Ok((key.uuid().as_u128() < 100).then_some(known))
    }

    async fn by_name(&self, _: &str) -> PortResult<Option<Client>> {
        Ok(None)
    }

    async fn touch(&self, _key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError::unavailable("down"));
        }
        self.touches.lock().unwrap().push(at);
        Ok(())
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

fn key(number: u128) -> ClientKeyId {
    ClientKeyId::new(Uuid::from_u128(number))
}

fn cached(capacity: usize) -> (Arc<Asked>, Arc<ManualClock>, CachedClients) {
    let (asked, clock) = (Arc::new(Asked::default()), Arc::new(ManualClock::new(at(0))));
    let clients = CachedClients::with_capacity(asked.clone(), clock.clone(), capacity);
    (asked, clock, clients)
}

fn reads(asked: &Asked) -> usize {
    asked.reads.lock().unwrap().len()
}

#[tokio::test]
async fn a_known_key_is_read_again_after_three_seconds() {
    let (asked, clock, clients) = cached(10);
    assert!(clients.by_key(key(1)).await.unwrap().is_some());
    *asked.revoked_at.lock().unwrap() = Some(at(1));
    clock.set(at(2_999));
    assert_eq!(clients.by_key(key(1)).await.unwrap().unwrap().key.revoked_at, None);
    assert_eq!(reads(&asked), 1);
    clock.set(at(3_000));
    assert_eq!(clients.by_key(key(1)).await.unwrap().unwrap().key.revoked_at, Some(at(1)));
    assert_eq!(reads(&asked), 2);
}

#[tokio::test]
async fn a_clock_that_is_put_back_makes_nothing_live_longer() {
    let (asked, clock, clients) = cached(10);
    clients.by_key(key(1)).await.unwrap();
    clock.advance(SignedDuration::from_secs(-3600));
    clients.by_key(key(1)).await.unwrap();
    assert_eq!(reads(&asked), 2);
    clients.by_key(key(1)).await.unwrap();
    assert_eq!(reads(&asked), 2);
}

#[tokio::test]
async fn an_unknown_key_is_not_kept() {
    let (asked, _clock, clients) = cached(10);
    for _ in 0..3 {
        assert_eq!(clients.by_key(key(100)).await.unwrap(), None);
    }
    assert_eq!(reads(&asked), 3);
}

#[tokio::test]
async fn no_more_keys_are_kept_than_there_is_room_for() {
    let (asked, clock, clients) = cached(2);
    for number in [1, 2, 3, 1, 2, 3] {
        clients.by_key(key(number)).await.unwrap();
    }
    assert_eq!(*asked.reads.lock().unwrap(), [1, 2, 3, 3].map(key));
    clock.set(at(3_000));
    for number in [3, 3] {
        clients.by_key(key(number)).await.unwrap();
    }
    assert_eq!(reads(&asked), 5, "what is too old made room");
}

#[tokio::test]
async fn a_use_is_passed_on_once_a_minute() {
    let (asked, _clock, clients) = cached(10);
    for millis in [0, 1, 59_999, 60_000, 60_001, 30_000, 120_000] {
        clients.touch(key(1), at(millis)).await.unwrap();
    }
    clients.touch(key(2), at(120_000)).await.unwrap();
    assert_eq!(*asked.touches.lock().unwrap(), [0, 60_000, 120_000, 120_000].map(at));
}

#[tokio::test]
async fn a_use_that_was_not_noted_is_passed_on_again() {
    let (asked, _clock, clients) = cached(10);
    *asked.is_down.lock().unwrap() = true;
    assert!(clients.touch(key(1), at(0)).await.is_err());
    *asked.is_down.lock().unwrap() = false;
    clients.touch(key(1), at(1)).await.unwrap();
    assert_eq!(*asked.touches.lock().unwrap(), [at(1)]);
}
