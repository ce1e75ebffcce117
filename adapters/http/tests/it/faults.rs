//! When parts behind the adapter fail, hang or panic.

use crate::world::{Plan, URL, World};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AccountState, PortError, PortErrorKind, PortResult, SecondFactor, StoredPassword,
};
use backstop_domain::{Account, AccountId, AddressKey, Network, Subject, Timestamp};
use backstop_http::HttpSettings;
use core::{future::pending, time::Duration};
use poem::{Body, http::Method};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

enum Trouble {
    Fault(PortErrorKind),
    Panic,
    Silence,
}

struct Troubled(Trouble);

impl Troubled {
    async fn meet<T>(&self) -> PortResult<T> {
        match self.0 {
            Trouble::Fault(kind) => Err(PortError::new(kind, "the store at db.internal said no")),
            Trouble::Panic => panic!("s3cret"),
            Trouble::Silence => pending().await,
        }
    }
}

#[async_trait]
impl AccountReader for Troubled {
    async fn by_subject(&self, _subject: &Subject) -> PortResult<Option<Account>> {
        self.meet().await
    }

    async fn by_id(&self, _id: AccountId) -> PortResult<Option<Account>> {
        self.meet().await
    }

    async fn by_email(&self, _: &AddressKey) -> PortResult<Option<Account>> {
        self.meet().await
    }

    async fn password(&self, _: AccountId) -> PortResult<Option<StoredPassword>> {
        self.meet().await
    }

    async fn second_factor(&self, _: AccountId) -> PortResult<SecondFactor> {
        self.meet().await
    }

    async fn is_known_from(&self, _: &Subject, _: Network, _: Timestamp) -> PortResult<bool> {
        self.meet().await
    }

    async fn state(&self, _subject: &Subject) -> PortResult<Option<AccountState>> {
        self.meet().await
    }
}

async fn troubled(trouble: Trouble) -> World {
    World::planned(Plan { accounts: Some(Arc::new(Troubled(trouble))), ..Plan::default() }).await
}

#[tokio::test]
async fn a_part_that_is_out_is_unavailable_and_says_when_to_try_again() {
    for kind in [PortErrorKind::Unavailable, PortErrorKind::Contention] {
        let world = troubled(Trouble::Fault(kind)).await;
        for reply in [
            world.get("/api/v1/accounts/ann").await,
            world.put("/api/v1/accounts/ann", json!({})).await,
            world.post("/api/v1/accounts/ann/batches", json!({})).await,
            world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": "A".repeat(36) })).await,
        ] {
            reply.is(503, "unavailable");
            assert_eq!(reply.header("retry-after"), "1");
            assert!(!String::from_utf8_lossy(&reply.bytes).contains("db.internal"));
        }
    }
}

#[tokio::test]
async fn what_is_broken_is_told_to_the_log_only() {
    for trouble in [Trouble::Fault(PortErrorKind::Corrupt), Trouble::Fault(PortErrorKind::Rejected), Trouble::Panic] {
        let world = troubled(trouble).await;
        for reply in [
            world.get("/api/v1/accounts/ann").await,
            world.post("/api/v1/accounts/ann/batches", json!({})).await,
            world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": "A".repeat(36) })).await,
        ] {
            reply.is(500, "internal");
            let text = String::from_utf8_lossy(&reply.bytes);
            assert!(!text.contains("db.internal") && !text.contains("s3cret"), "{text}");
            assert!(!reply.header("x-request-id").is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_unavailable() {
    let world = troubled(Trouble::Silence).await;
    world.get("/api/v1/accounts/ann").await.is(503, "unavailable");
    world.post("/api/v1/accounts/ann/batches", json!({})).await.is(503, "unavailable");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_in_time_is_given_up() {
    let world = World::new().await;
    let stalled = futures_util::stream::pending::<std::io::Result<Vec<u8>>>();
    let request = world.request(Method::POST, "/api/v1/accounts/ann/codes/redeem").content_type("application/json");
    let reply = world.send(request.body(Body::from_bytes_stream(stalled))).await;
    reply.is(408, "request-timeout");
    assert_eq!(reply.header("connection"), "close");
}

/// Finds nobody, and says when it was asked, but answers only when it may.
struct Gate {
    reached: tokio::sync::Semaphore,
    open: tokio::sync::Semaphore,
    passed: AtomicBool,
}

#[async_trait]
impl AccountReader for Gate {
    async fn by_subject(&self, _subject: &Subject) -> PortResult<Option<Account>> {
        self.reached.add_permits(1);
        self.open.acquire().await.unwrap().forget();
        self.passed.store(true, Ordering::SeqCst);
        Ok(None)
    }

    async fn by_id(&self, _id: AccountId) -> PortResult<Option<Account>> {
        Ok(None)
    }

    async fn by_email(&self, _: &AddressKey) -> PortResult<Option<Account>> {
        Ok(None)
    }

    async fn password(&self, _: AccountId) -> PortResult<Option<StoredPassword>> {
        Ok(None)
    }

    async fn second_factor(&self, _: AccountId) -> PortResult<SecondFactor> {
        Ok(SecondFactor::default())
    }

    async fn is_known_from(&self, _: &Subject, _: Network, _: Timestamp) -> PortResult<bool> {
        Ok(false)
    }

    async fn state(&self, _subject: &Subject) -> PortResult<Option<AccountState>> {
        Ok(None)
    }
}

#[tokio::test]
async fn an_act_goes_on_when_its_caller_hangs_up_and_the_shutdown_waits_for_it() {
    let gate = Arc::new(Gate {
        reached: tokio::sync::Semaphore::new(0),
        open: tokio::sync::Semaphore::new(0),
        passed: AtomicBool::new(false),
    });
    let world = World::planned(Plan { accounts: Some(gate.clone()), ..Plan::default() }).await;
    let act = async {
        world.put("/api/v1/accounts/ann", json!({})).await;
    };
    tokio::select! {
        () = act => panic!("it can't end before the gate opens"),
        reached = gate.reached.acquire() => reached.unwrap().forget(),
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let app = world.app.clone();
    let mut served = tokio::spawn(backstop_http::serve(listener, app, async {}, Duration::ZERO));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut served).await;
    assert!(early.is_err(), "the shutdown did not wait");
    gate.open.add_permits(1);
    served.await.unwrap().unwrap();
    assert!(gate.passed.load(Ordering::SeqCst));
    assert!(world.storage.by_subject(&"ann".parse().unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn production_promises_tls() {
    let settings = HttpSettings { public_url: URL.to_owned(), production: true, ..HttpSettings::default() };
    let world = World::planned(Plan { settings, ..Plan::default() }).await;
    assert_eq!(world.get("/healthz").await.header("strict-transport-security"), "max-age=31536000");
    assert!(!World::new().await.get("/healthz").await.headers.contains_key("strict-transport-security"));
}
