//! Guessers meet one count, however many servers they ask and whatever becomes of the cache.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and racing needs tasks"
)]

use backstop_backends::start_own_redis;
use backstop_e2e::{Api, Kind, PATIENCE, Server, ServerSpec, Site, own_network};
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use tokio::{sync::Barrier, task::JoinSet};

const GUESSES: usize = 200;
/// What `guard.max_attempts` is when nobody sets it.
const BUDGET: usize = 5;
const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";

/// With the waits of the defaults.
fn patient(site: &Site) -> ServerSpec {
    site.spec().with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s")
}

fn sharing(site: &Site, cache: &str) -> ServerSpec {
    patient(site).with("BACKSTOP_CACHE__URL", cache)
}

/// The statuses of wrong guesses from one network, made at once over several servers.
async fn guess(apis: &[Api], subject: &str, ip: &str, guesses: usize) -> Vec<u16> {
    let start = Arc::new(Barrier::new(guesses));
    let mut tasks = JoinSet::new();
    for number in 0..guesses {
        let (api, start) = (apis[number % apis.len()].afresh(), Arc::clone(&start));
        let (subject, ip) = (subject.to_owned(), ip.to_owned());
        tasks.spawn(async move {
            start.wait().await;
            api.redeem(&subject, WRONG, &ip).await.status
        });
    }
    tasks.join_all().await
}

fn number(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

async fn stop(servers: Vec<Server>) {
    for server in servers {
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_guesses_over_two_servers_that_share_redis_the_budget_is_evaluated() {
    let (site, redis) = (Site::new(Kind::Postgres).await, start_own_redis().await.unwrap());
    let spec = sharing(&site, &redis.url);
    let servers = vec![spec.start().await, spec.start().await];
    let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
    apis[0].put_account("ann", &json!({})).await.expect(201);
    for subject in ["ann", "nobody"] {
        let statuses = guess(&apis, subject, "192.0.2.7", GUESSES).await;
        assert_eq!((number(&statuses, 401), number(&statuses, 429)), (BUDGET, GUESSES - BUDGET), "{subject}");
    }
    stop(servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_guard_in_the_database_two_servers_evaluate_the_budget() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let spec = patient(&site).with("BACKSTOP_GUARD__STORE", "database");
        let servers = vec![spec.start().await, spec.start().await];
        let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
        let statuses = guess(&apis, "nobody", "192.0.2.7", 40).await;
        assert_eq!((number(&statuses, 401), number(&statuses, 429)), (BUDGET, 40 - BUDGET), "{kind}");
        stop(servers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_gone_the_database_counts_and_nobody_meets_an_error() {
    let (site, redis) = (Site::new(Kind::Postgres).await, start_own_redis().await.unwrap());
    let spec = sharing(&site, &redis.url);
    let servers = vec![spec.start().await, spec.start().await];
    let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
    apis[0].put_account("ann", &json!({})).await.expect(201);
    let made = apis[0].generate("ann", &json!({})).await.expect(201);

    let mut statuses = guess(&apis, "ann", "192.0.2.7", GUESSES / 2).await;
    redis.kill().await.unwrap();
    statuses.extend(guess(&apis, "ann", "192.0.2.7", GUESSES / 2).await);
    assert!(number(&statuses, 401) <= 2 * BUDGET, "more than the attempts of both: {statuses:?}");
    assert_eq!(number(&statuses, 401) + number(&statuses, 429), GUESSES, "{statuses:?}");
    // The owner is elsewhere, and gets in, once.
    let codes = made.codes();
    apis[1].redeem("ann", &codes[0], "198.51.100.1").await.expect(200);
    apis[0].redeem("ann", &codes[0], "198.51.100.2").await.expect(401);
    assert_eq!(apis[0].state("ann").await.expect(200).json["remaining"], Value::from(9));
    for server in &servers {
        let told = server.log().matches("a part is out").count();
        assert!(told <= 1, "one line, not one a request: {told}");
    }
    let measured = apis[1].call(Method::GET, "/metrics", None).await.expect(200).text;
    assert!(measured.contains("backstop_part_out{part=\"cache\"} 1"), "{measured}");
    assert!(!measured.contains("backstop_stand_ins_total{part=\"cache\"} 0"), "{measured}");
    // Nobody is kept away, because the database stands in.
    let ready = apis[1].call(Method::GET, "/readyz", None).await.expect(200).json;
    assert!(ready["parts"].as_array().unwrap().iter().any(|part| part["part"] == "cache" && part["ready"] == false));

    redis.restart().await.unwrap();
    apis[0].redeem("ann", &codes[1], "198.51.100.3").await.expect(200);
    assert_eq!(apis[1].state("ann").await.expect(200).json["remaining"], Value::from(8));
    // After a fault Redis is left alone for a moment; the first attempt after that finds it back.
    let limit = Instant::now() + PATIENCE;
    loop {
        apis[0].redeem("nobody", WRONG, &own_network()).await;
        let measured = apis[0].call(Method::GET, "/metrics", None).await.expect(200).text;
        if measured.contains("backstop_part_out{part=\"cache\"} 0") {
            break;
        }
        assert!(Instant::now() < limit, "{measured}");
    }
    stop(servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_clocks_five_minutes_apart_agree_on_a_locks_end() {
    let site = Site::new(Kind::Postgres).await;
    let spec = patient(&site).with("BACKSTOP_GUARD__STORE", "database");
    let servers = vec![spec.start().await, spec.with_clock_ahead(300).start().await];
    let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
    guess(&apis[..1], "nobody", "192.0.2.7", BUDGET).await;
    let mut waits = Vec::new();
    for api in &apis {
        let locked = api.redeem("nobody", WRONG, "192.0.2.7").await.expect(429);
        waits.push(locked.json["retry_after"].as_i64().unwrap());
    }
    // Each try may have raised the wait; five minutes would show all the same.
    assert!(waits.iter().all(|wait| (110..=240).contains(wait)), "{waits:?}");
    stop(servers).await;
}
