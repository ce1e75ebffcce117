//! What callers are told over HTTP: one refusal for all reasons, pages of a history, and what happens when a caller or
//! the database goes away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and what other processes notice is waited for by asking again"
)]

use backstop_backends::{PostgresOptions, start_own};
use backstop_domain::SuspensionReason;
use backstop_e2e::{
    Answer, Api, Inside, Kind, NO_WAIT, PATIENCE, Program, RawAnswer, Rendezvous, Server, ServerSpec, Site, Wiring,
    own_network, raw_request,
};
use backstop_faults::point;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// One account for each thing that can have become of a code, and that code.
async fn accounts_with_dead_codes(inside: &Inside, api: &Api) -> Vec<(&'static str, String, String)> {
    let mut dead = Vec::new();
    for reason in [
        "used",
        "invalidated",
        "deleted",
        "superseded",
        "in an invalidated batch",
        "in a deleted batch",
        "suspended",
        "expired",
    ] {
        let subject = format!("account with a code {reason}");
        api.put_account(&subject, &json!({})).await.expect(201);
        let body = json!({"count": 2, "expires_in_days": 1});
        let generated = api.generate(&subject, &body).await.expect(201);
        let code = generated.codes().remove(0);
        let ip = own_network();
        match reason {
            "used" => drop(api.redeem(&subject, &code, &ip).await.expect(200)),
            "invalidated" => drop(api.invalidate_code(&subject, &code, &ip).await.expect(200)),
            "deleted" => drop(api.delete_code(&subject, &code, &ip).await.expect(200)),
            "superseded" => drop(api.generate(&subject, &json!({"count": 1})).await.expect(201)),
            "in an invalidated batch" => drop(api.invalidate_batch(&subject, generated.batch()).await.expect(200)),
            "in a deleted batch" => drop(api.delete_batch(&subject, generated.batch()).await.expect(204)),
            "suspended" => inside.suspend(&subject, Some(SuspensionReason::Failures)).await,
            "expired" => {}
            other => panic!("{other}"),
        }
        dead.push((reason, subject, code));
    }
    let (_, _, foreign) = dead[0].clone();
    api.put_account("somebody else", &json!({})).await.expect(201);
    api.generate("somebody else", &json!({"count": 1})).await.expect(201);
    dead.push(("of somebody else", "somebody else".to_owned(), foreign.clone()));
    api.put_account("no codes", &json!({})).await.expect(201);
    dead.push(("of an account without codes", "no codes".to_owned(), foreign.clone()));
    dead.push(("of an unknown account", "nobody".to_owned(), foreign));
    dead
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_code_gets_the_same_answer_byte_for_byte() {
    let mut answers: Vec<(String, RawAnswer)> = Vec::new();
    for kind in KINDS {
        let inside = Inside::start(Wiring::Database(kind), &[NO_WAIT]).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        let dead = accounts_with_dead_codes(&inside, &api).await;
        // The key is not asked for again, the sets of one day are over in this very moment.
        inside.clock.advance(SignedDuration::from_hours(24));
        for act in ["redeem", "verify-setup"] {
            for (reason, subject, code) in &dead {
                let path = format!("/api/v1/accounts/{}/codes/{act}", subject.replace(' ', "%20"));
                let body = json!({"code": code, "context": {"ip": own_network()}}).to_string();
                answers.push((format!("{act} a code {reason} on {kind}"), served.post(&path, &body).await));
            }
        }
        inside.close().await;
    }
    assert_eq!(answers.len(), 2 * 2 * 11);
    let (first, same) = &answers[0];
    assert_eq!(same.status(), 401, "{same:?}");
    let told: Value = serde_json::from_str(&same.body).unwrap();
    assert_eq!((&told["status"], &told["attempts_left"]), (&json!(401), &json!(4)));
    for (what, answer) in &answers {
        assert_eq!(answer, same, "{what} differs from {first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_sets_with_twenty_visible_and_five_a_page_are_four_pages() {
    let settings = [("BACKSTOP_HISTORY__MAX_VISIBLE", "20"), ("BACKSTOP_HISTORY__PER_PAGE", "5"), NO_WAIT];
    for kind in KINDS {
        let inside = Inside::start(Wiring::Database(kind), &settings).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        api.put_account("ann", &json!({})).await.expect(201);
        let mut made = Vec::new();
        for _ in 0..100 {
            inside.clock.advance(SignedDuration::from_secs(1));
            made.push(api.generate("ann", &json!({"count": 1})).await.expect(201).batch().to_string());
        }
        made.reverse();
        let page = async |query: &str| api.history("ann", query).await.expect(200).json;
        let mut shown = Vec::new();
        for number in 1..=4 {
            let page = page(&format!("?page={number}")).await;
            let items = page["items"].as_array().unwrap();
            assert_eq!(items.len(), 5, "{kind}, page {number}");
            assert_eq!((&page["page"], &page["pages"], &page["total"]), (&json!(number), &json!(4), &json!(20)));
            shown.extend(items.iter().map(|batch| batch["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(shown, made[..20], "the newest ones, the newest first, on {kind}");
        assert_eq!(page("").await, page("?page=1").await);
        for outside in ["0", "5", "4294967296", "99999999999999999999"] {
            let page = page(&format!("?page={outside}")).await;
            assert_eq!(
                (&page["items"], &page["pages"], &page["total"]),
                (&json!([]), &json!(4), &json!(20)),
                "{outside}"
            );
        }
        for no_number in ["abc", "-1", "1.5", "", "%31%20", "1&page=2"] {
            let answer = api.history("ann", &format!("?page={no_number}")).await.expect(400);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(answer.json["type"].as_str().unwrap().ends_with("/problems/invalid-request"), "{}", answer.text);
        }
        inside.close().await;
    }
}

/// Sends a request and goes away once the server holds it at `point`, before it is answered.
async fn hang_up_at(rendezvous: &Rendezvous, point: &str, server: &Server, request: &str) {
    rendezvous.hold(point);
    let address = server.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    rendezvous.wait_for(point, 1).await;
    // Closed in both directions: the end is in the server's hands before the request goes on.
    drop(stream);
}

async fn until(happened: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < end, "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What nobody was answered is shown a moment later: the cache is told after the commit.
async fn remaining_becomes(api: &Api, remaining: u32) {
    let end = Instant::now() + PATIENCE;
    loop {
        let state = api.state("ann").await.expect(200).json;
        if state["remaining"] == remaining {
            return;
        }
        assert!(Instant::now() < end, "never {remaining}: {state}");
    }
}

async fn total_becomes(api: &Api, total: usize) {
    let end = Instant::now() + PATIENCE;
    loop {
        let history = api.history("ann", "").await.expect(200).json;
        if history["total"] == total {
            return;
        }
        assert!(Instant::now() < end, "never {total}: {history}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_leaves_no_half_done_act() {
    for kind in KINDS {
        let rendezvous = Rendezvous::start().await;
        let site = Site::new(kind).await;
        let points = [point::AFTER_BEGIN, point::AFTER_INSERT, point::AFTER_CONSUME, point::AFTER_COMMIT];
        let server = site.spec_for_races(&rendezvous.at(&points)).start().await;
        let key = site.key(backstop_e2e::ALL_SCOPES).await;
        let api = Api::new(server.base(), &*key);
        api.put_account("ann", &json!({})).await.expect(201);

        for (round, held_at) in [point::AFTER_BEGIN, point::AFTER_INSERT].into_iter().enumerate() {
            let generate = raw_request(&key, "/api/v1/accounts/ann/batches", "{}");
            hang_up_at(&rendezvous, held_at, &server, &generate).await;
            finish(&rendezvous, held_at).await;
            remaining_becomes(&api, 10).await;
            // The second set has as many codes as the first: only their number tells that it is there.
            total_becomes(&api, round + 1).await;
            site.judge().await;
        }

        let codes = api.generate("ann", &json!({"count": 10})).await.expect(201).codes();
        for (left, (code, held_at)) in
            [9, 8].into_iter().zip(codes.iter().zip([point::AFTER_BEGIN, point::AFTER_CONSUME]))
        {
            let body = json!({"code": code, "context": {"ip": own_network()}}).to_string();
            let redeem = raw_request(&key, "/api/v1/accounts/ann/codes/redeem", &body);
            hang_up_at(&rendezvous, held_at, &server, &redeem).await;
            finish(&rendezvous, held_at).await;
            remaining_becomes(&api, left).await;
            api.redeem("ann", code, &own_network()).await.expect(401);
            site.judge().await;
        }
        assert!(server.stop().await.success());
    }
}

/// Lets the act go on that nobody waits for, and waits for its end.
async fn finish(rendezvous: &Rendezvous, held_at: &str) {
    rendezvous.hold(point::AFTER_COMMIT);
    rendezvous.pass(held_at);
    assert_eq!(rendezvous.release(held_at), 1);
    rendezvous.wait_for(point::AFTER_COMMIT, 1).await;
    rendezvous.release_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_does_nothing() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let server = site.spec().start().await;
        let key = site.key(backstop_e2e::ALL_SCOPES).await;
        let api = Api::new(server.base(), &*key);
        api.put_account("ann", &json!({})).await.expect(201);
        let codes = api.generate("ann", &json!({})).await.expect(201).codes();
        let before = api.state("ann").await.json;
        let books = site.judge().await;
        let redeem = json!({"code": codes[0]}).to_string();
        for (path, body) in [("batches", r#"{"count": 3}"#), ("codes/redeem", &redeem)] {
            let whole = raw_request(&key, &format!("/api/v1/accounts/ann/{path}"), body);
            let answered =
                server.log().matches("the caller hung up").count() + server.log().matches("answered").count();
            let mut stream = TcpStream::connect(server.base().strip_prefix("http://").unwrap()).await.unwrap();
            stream.write_all(&whole.as_bytes()[..whole.len() - 1]).await.unwrap();
            drop(stream);
            until(|| {
                let log = server.log();
                log.matches("the caller hung up").count() + log.matches("answered").count() > answered
            })
            .await;
            assert_eq!(api.state("ann").await.json, before, "{kind}, {path}");
        }
        assert_eq!(site.judge().await.audit.len(), books.audit.len(), "{kind}");
        api.redeem("ann", &codes[0], &own_network()).await.expect(200);
    }
}

fn is_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert!(answer.json["type"].as_str().unwrap().ends_with("/problems/unavailable"), "{}", answer.text);
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(!detail.contains("postgres") && !detail.contains("127.0.0.1"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_is_told_and_its_return_needs_no_restart() {
    let postgres = start_own(PostgresOptions::default()).await.unwrap();
    let database = postgres.fresh_database().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spec =
        ServerSpec { program: Program::Plain, folder: folder.path().to_owned(), args: Vec::new(), env: Vec::new() }
            .with("BACKSTOP_DATABASE__URL", &*database.url)
            .with("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0")
            .with("BACKSTOP_SERVER__DRAIN", "0s");
    let server = spec.start().await;
    let key = server.greeting().iter().map(|line| line.trim()).find(|line| line.starts_with("backstop_")).unwrap();
    let api = Api::new(server.base(), key);
    let ready = async || api.call(Method::GET, "/readyz", None).await;
    api.put_account("ann", &json!({})).await.expect(201);
    let codes = api.generate("ann", &json!({})).await.expect(201).codes();
    ready().await.expect(200);

    for (round, code) in codes.iter().take(2).enumerate() {
        if round == 0 {
            postgres.stop().await.unwrap();
        } else {
            postgres.kill().await.unwrap();
        }
        let network = own_network();
        let (state, put, generated, redeemed, told) = tokio::join!(
            api.state("ann").into_future(),
            api.put_account("bob", &json!({})).into_future(),
            api.generate("ann", &json!({})).into_future(),
            api.redeem("ann", code, &network).into_future(),
            ready(),
        );
        for answer in [state, put, generated, redeemed] {
            is_unavailable(&answer);
        }
        let told = told.expect(503).json;
        assert_eq!((&told["ready"], &told["parts"][0]["part"]), (&json!(false), &json!("database")), "{told}");
        assert!(told["parts"][0]["reason"].is_string(), "{told}");
        api.call(Method::GET, "/healthz", None).await.expect(200);

        postgres.restart().await.unwrap();
        let end = Instant::now() + PATIENCE;
        while ready().await.status != 200 {
            assert!(Instant::now() < end, "it never recovers: {}", server.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let left = api.redeem("ann", code, &own_network()).await.expect(200).json["remaining"].clone();
        assert_eq!(left, 9 - round, "what was tried meanwhile changed nothing");
    }
    backstop_e2e::judge(&database.url).await;
}
