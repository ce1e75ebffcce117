//! A request with an Idempotency-Key is done once, however often and wherever it is sent, whatever crashes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and racing needs tasks"
)]

use backstop_e2e::{ALL_SCOPES, Answer, Api, Kind, Rendezvous, ServerSpec, Site, own_network};
use backstop_faults::point::{AFTER_COMMIT, AFTER_CONSUME, BEFORE_COMMIT};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
const RACERS: usize = 16;
const NAME: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

#[track_caller]
fn is_again(answer: &Answer, first: &Answer) {
    assert_eq!(answer.status, first.status, "{}", answer.text);
    assert_eq!(answer.json, first.json);
    assert_eq!(answer.headers.get("location"), first.headers.get("location"));
    assert!(is_replayed(answer) && !is_replayed(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_answered_alike_by_every_server() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        // With the waits of the defaults.
        let spec = site.spec().with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s");
        let servers = [spec.start().await, spec.start().await];
        let key = site.key(ALL_SCOPES).await;
        let apis = servers.each_ref().map(|server| Api::new(server.base(), &*key));
        apis[0].put_account("ann", &json!({})).await.expect(201);

        let made = apis[0].generate("ann", &json!({"count": 3})).once(NAME).await.expect(201);
        let codes = made.codes();
        for api in &apis {
            is_again(&api.generate("ann", &json!({"count": 3})).once(NAME).await, &made);
            let quoted = format!("\"{NAME}\"");
            is_again(&api.generate("ann", &json!({"count": 3})).once(&quoted).await, &made);
        }
        apis[1].generate("ann", &json!({"count": 3})).await.expect(429);
        let misused = apis[1].generate("ann", &json!({"count": 4})).once(NAME).await.expect(422);
        assert!(misused.json["type"].as_str().unwrap().ends_with("/idempotency-key-reused"), "{}", misused.text);
        assert!(misused.headers.contains_key("ratelimit-policy"));

        let network = own_network();
        let redeemed = apis[0].redeem("ann", &codes[0], &network).once(NAME).await.expect(200);
        for api in &apis {
            is_again(&api.redeem("ann", &codes[0], &network).once(NAME).await, &redeemed);
        }
        // The same refusal many times over is one failure.
        let refused = apis[0].redeem("ann", &codes[0], &network).once("another-name-of-a-request").await.expect(401);
        assert_eq!(refused.json["attempts_left"], 4);
        for number in 0..8 {
            let again = apis[number % 2].redeem("ann", &codes[0], &network).once("another-name-of-a-request").await;
            is_again(&again, &refused);
        }
        apis[1].redeem("ann", &codes[0], &network).await.expect(401);

        // Codes are not shown again once nobody can have them any more.
        let path = format!("/api/v1/batches/{}/delivery", made.batch());
        let token = json!({"delivery_token": made.json["delivery_token"]});
        apis[1].call(reqwest::Method::DELETE, &path, Some(&token)).await.expect(204);
        let gone = apis[0].generate("ann", &json!({"count": 3})).once(NAME).await.expect(410);
        assert!(gone.json["type"].as_str().unwrap().ends_with("/answer-gone"), "{}", gone.text);
        let books = site.judge().await;
        let account = books.account("ann").id;
        let entries = |kind| books.entries(kind, account).len();
        assert_eq!((entries("generated"), entries("redeemed"), entries("redeem_refused")), (1, 1, 2), "{kind}");
        for server in servers {
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_requests_with_one_key_one_is_done() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let spec = site.spec().with_open_guard();
        let servers = [spec.start().await, spec.start().await];
        let key = site.key(ALL_SCOPES).await;
        let apis = servers.each_ref().map(|server| Api::new(server.base(), &*key));
        apis[0].put_account("ann", &json!({})).await.expect(201);
        let codes = apis[0].generate("ann", &json!({"count": 5})).await.expect(201).codes();
        for code in &codes {
            let name = format!("{NAME}-{}", &code[..6]);
            let start = Arc::new(Barrier::new(RACERS));
            let mut racers = JoinSet::new();
            for racer in 0..RACERS {
                let (api, start) = (apis[racer % 2].afresh(), Arc::clone(&start));
                let (code, name) = (code.clone(), name.clone());
                racers.spawn(async move {
                    start.wait().await;
                    api.redeem("ann", &code, "192.0.2.1").once(&name).await
                });
            }
            let answers = racers.join_all().await;
            let (done, busy): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|a| a.status == 200);
            assert_eq!(done.iter().filter(|answer| !is_replayed(answer)).count(), 1, "{kind}");
            assert!(done.iter().all(|answer| answer.json == done[0].json), "{kind}");
            for answer in busy {
                assert!(answer.json["type"].as_str().unwrap().ends_with("/request-in-flight"), "{}", answer.text);
                assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (409, "1"));
            }
        }
        let books = site.judge().await;
        assert_eq!(books.entries("redeemed", books.account("ann").id).len(), codes.len(), "{kind}");
        for server in servers {
            server.stop().await;
        }
    }
}

/// A server that was killed at a point of the unit that uses the code, and then started again.
async fn killed(site: &Site, point: &str, again: impl FnOnce(ServerSpec) -> ServerSpec) -> (Vec<Answer>, Value) {
    let rendezvous = Rendezvous::start().await;
    let spec = site.spec_for_races(&rendezvous.everywhere());
    let key = site.key(ALL_SCOPES).await;
    let server = spec.start().await;
    let api = Api::new(server.base(), &*key);
    api.put_account("ann", &json!({})).await.expect(201);
    let codes = api.generate("ann", &json!({"count": 3})).await.expect(201).codes();
    // The claim is committed in a unit of its own.
    let passing = usize::from([BEFORE_COMMIT, AFTER_COMMIT].contains(&point));
    rendezvous.hold_after(point, passing);
    let victim = tokio::spawn(api.redeem("ann", &codes[0], "192.0.2.1").once(NAME).attempt());
    rendezvous.wait_for(point, 1).await;
    server.kill();
    rendezvous.release_all();
    assert!(victim.await.unwrap().is_err(), "nobody was left to answer");

    let server = again(spec).start().await;
    let api = Api::new(server.base(), &*key);
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(api.redeem("ann", &codes[0], "192.0.2.1").once(NAME).await);
    }
    let state = api.state("ann").await.expect(200).json;
    server.stop().await;
    (answers, state)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_undone_can_be_done_a_minute_later_and_what_was_done_is_answered() {
    for kind in KINDS {
        for point in [AFTER_CONSUME, BEFORE_COMMIT] {
            let (answers, state) = killed(&Site::new(kind).await, point, |spec| spec).await;
            assert!(answers.iter().all(|answer| answer.status == 409), "{kind}: {answers:#?}");
            assert_eq!(state["remaining"], 3, "{kind}");
        }
        let (answers, state) = killed(&Site::new(kind).await, AFTER_COMMIT, |spec| spec).await;
        assert!(answers.iter().all(|answer| answer.status == 200 && is_replayed(answer)), "{kind}: {answers:#?}");
        assert_eq!(state["remaining"], 2, "{kind}");
    }
    // PostgreSQL's own clock is the one that counts there; SQLite goes by the server's.
    let later = |spec: ServerSpec| spec.with_clock_ahead(61);
    let (answers, state) = killed(&Site::new(Kind::Sqlite).await, BEFORE_COMMIT, later).await;
    let replayed: Vec<bool> = answers.into_iter().map(|answer| is_replayed(&answer.expect(200))).collect();
    assert_eq!((replayed, &state["remaining"]), (vec![false, true], &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_were_made_right_before_a_crash_are_shown_to_whoever_asks_again() {
    for kind in KINDS {
        let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
        let spec = site.spec_for_races(&rendezvous.everywhere());
        let key = site.key(ALL_SCOPES).await;
        let server = spec.start().await;
        let api = Api::new(server.base(), &*key);
        api.put_account("ann", &json!({})).await.expect(201);
        api.generate("ann", &json!({})).await.expect(201);
        // The claim is committed first.
        rendezvous.hold_after(AFTER_COMMIT, 1);
        let victim = tokio::spawn(api.generate("ann", &json!({"count": 3})).once(NAME).attempt());
        rendezvous.wait_for(AFTER_COMMIT, 1).await;
        server.kill();
        rendezvous.release_all();
        assert!(victim.await.unwrap().is_err(), "nobody was left to answer");

        let server = spec.start().await;
        let api = Api::new(server.base(), &*key);
        let made = api.generate("ann", &json!({"count": 3})).once(NAME).await.expect(201);
        assert!(is_replayed(&made), "{kind}");
        for code in made.codes() {
            api.redeem("ann", &code, &own_network()).await.expect(200);
        }
        let books = site.judge().await;
        assert_eq!(books.entries("generated", books.account("ann").id).len(), 2, "{kind}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_key_of_idempotency_is_refused_and_nothing_is_done() {
    let site = Site::new(Kind::Sqlite).await;
    let server = site.spec().start().await;
    let api = site.api(&server).await;
    api.put_account("ann", &json!({})).await.expect(201);
    let longest = "k".repeat(255);
    for bad in ["", "short", "fifteen-letters", "with a space inside it", &format!("{longest}k")] {
        let refused = api.generate("ann", &json!({})).once(bad).await.expect(400);
        assert!(refused.text.contains("16 to 255") && refused.json["errors"][0]["pointer"] == "Idempotency-Key");
    }
    api.generate("ann", &json!({})).once(NAME).once(NAME).await.expect(400);
    assert_eq!(api.state("ann").await.expect(200).json["remaining"], 0);
    api.generate("ann", &json!({})).once(&longest).await.expect(201);
    server.stop().await;
}
