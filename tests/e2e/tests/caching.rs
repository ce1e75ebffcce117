//! Two services over one PostgreSQL that share one cache: what one of them writes the other shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and readers and writers are tasks"
)]

use backstop_application::ports::Cache;
use backstop_crypto::UuidIds;
use backstop_e2e::{Answer, Api, Inside, Kind, Served, Site, beginning, own_network};
use backstop_memory::{ManualClock, MemoryCache};
use core::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};
use rand::RngExt as _;
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Two replicas. The cache in the test's process stands for one that is shared over the network.
struct Pair {
    inside: [Inside; 2],
    served: [Served; 2],
    cache: Arc<MemoryCache>,
    _site: Site,
}

impl Pair {
    async fn start() -> Self {
        let site = Site::new(Kind::Postgres).await;
        let ids = UuidIds::new(Arc::new(ManualClock::new(beginning()))).expect("randomness");
        let cache = Arc::new(MemoryCache::new(Arc::new(ids), Duration::from_hours(1)));
        let shared = || Arc::clone(&cache) as Arc<dyn Cache>;
        let inside = [Inside::sharing(&site, shared()).await, Inside::sharing(&site, shared()).await];
        let served = inside.each_ref().map(Inside::serve);
        Self { inside, served, cache, _site: site }
    }

    fn apis(&self) -> [Api; 2] {
        [0, 1].map(|n| Api::new(self.served[n].base(), &*self.inside[n].key))
    }
}

fn total(history: &Answer) -> u64 {
    history.json["total"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_replica_writes_the_other_shows() {
    let pair = Pair::start().await;
    let apis = pair.apis();
    for (one, other) in [(&apis[0], &apis[1]), (&apis[1], &apis[0])] {
        let subject = &format!("ann of {}", one.base());
        // Both have read it before every write, so that there is something old to show.
        let state = async || {
            one.state(subject).await;
            other.state(subject).await
        };
        let history = async || {
            one.history(subject, "").await;
            other.history(subject, "").await
        };
        state().await.expect(404);
        one.put_account(subject, &json!({})).await.expect(201);
        assert_eq!(state().await.expect(200).json["email"], json!(null));
        assert_eq!(total(&history().await.expect(200)), 0);

        let email = format!("{}@example.org", own_network().replace(['.', ':'], "-"));
        one.put_account(subject, &json!({ "email": email })).await.expect(200);
        assert_eq!(other.state(subject).await.expect(200).json["email"], json!(email));

        let codes = one.generate(subject, &json!({"count": 4})).await.expect(201).codes();
        assert_eq!(other.state(subject).await.expect(200).json["remaining"], 4);
        assert_eq!(total(&other.history(subject, "").await.expect(200)), 1);

        let shown = async |field: &str| history().await.expect(200).json["items"][0][field].clone();
        assert_eq!(shown("used").await, 0);
        one.redeem(subject, &codes[0], &own_network()).await.expect(200);
        assert_eq!(other.history(subject, "").await.expect(200).json["items"][0]["used"], 1);
        assert_eq!(state().await.expect(200).json["remaining"], 3);

        shown("invalidated").await;
        one.invalidate_code(subject, &codes[1], &own_network()).await.expect(200);
        assert_eq!(other.history(subject, "").await.expect(200).json["items"][0]["invalidated"], 1);
        shown("removed").await;
        one.delete_code(subject, &codes[2], &own_network()).await.expect(200);
        assert_eq!(other.history(subject, "").await.expect(200).json["items"][0]["removed"], 1);

        state().await;
        one.erase(subject).await.expect(204);
        other.state(subject).await.expect(404);
        other.history(subject, "").await.expect(404);
        one.put_account(subject, &json!({})).await.expect(201);
        assert_eq!(other.state(subject).await.expect(200).json["remaining"], 0);
        assert_eq!(total(&other.history(subject, "").await.expect(200)), 0);
    }
}

const ACCOUNTS: usize = 3;
const WRITES: u64 = 30;

/// What the answers to an account's writes said so far.
#[derive(Default)]
struct Written {
    email: AtomicU64,
    used: AtomicU64,
}

/// Readers and writers at random, over both replicas, while the cache loses everything now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_that_begins_after_a_writes_answer_shows_the_write() {
    let pair = Pair::start().await;
    let apis = pair.apis();
    let written: Arc<[Written; ACCOUNTS]> = Arc::default();
    let mut writers = JoinSet::new();
    for account in 0..ACCOUNTS {
        let (apis, written, subject) = (apis.clone(), Arc::clone(&written), format!("account {account}"));
        apis[0].put_account(&subject, &json!({"email": format!("0@{account}.example")})).await.expect(201);
        let codes = apis[0].generate(&subject, &json!({"count": 40})).await.expect(201).codes();
        let cache = Arc::clone(&pair.cache);
        writers.spawn(async move {
            for number in 1..=WRITES {
                let (coin, loss) = (rand::rng().random_range(0..2), rand::rng().random_range(0..20));
                let email = json!({"email": format!("{number}@{account}.example")});
                apis[coin].put_account(&subject, &email).await.expect(200);
                written[account].email.store(number, SeqCst);
                let code = &codes[usize::try_from(number).expect("a small number") - 1];
                apis[1 - coin].redeem(&subject, code, &own_network()).await.expect(200);
                written[account].used.store(number, SeqCst);
                if loss == 0 {
                    cache.clear();
                }
            }
        });
    }
    let mut readers = JoinSet::new();
    for reader in 0..8 {
        let (apis, written) = (apis.clone(), Arc::clone(&written));
        readers.spawn(async move {
            let mut fresh = [false; ACCOUNTS];
            while !fresh.iter().all(|all| *all) {
                let account = rand::rng().random_range(0..ACCOUNTS);
                let api = &apis[rand::rng().random_range(0..2)];
                let (email, used) = (written[account].email.load(SeqCst), written[account].used.load(SeqCst));
                let subject = format!("account {account}");
                if reader % 2 == 0 {
                    let state = api.state(&subject).await.expect(200);
                    let shown = state.json["email"].as_str().expect("an address");
                    let shown: u64 = shown.split('@').next().and_then(|n| n.parse().ok()).expect("a number");
                    assert!(shown >= email, "{shown} is shown after {email} was written");
                    fresh[account] = shown == WRITES;
                } else {
                    let history = api.history(&subject, "").await.expect(200);
                    let shown = history.json["items"][0]["used"].as_u64().expect("a number");
                    assert!(shown >= used, "{shown} are shown after {used} were used");
                    fresh[account] = shown == WRITES;
                }
            }
        });
    }
    writers.join_all().await;
    readers.join_all().await;
}
