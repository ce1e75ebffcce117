//! What limited routes tell about their limits, whoever is asked about.

use crate::world::{Plan, Reply, World};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";
const ACTS: [&str; 4] = ["redeem", "verify-setup", "invalidate", "delete"];
const CODES: &str = "\"codes\";q=5;w=86400";
const GENERATE: &str = "\"generate\";q=1;w=60";
const SUBJECTS: [&str; 2] = ["ann", "nobody"];

/// One try from each subject's side, which must be answered alike to the last header.
async fn tries(world: &World, act: &str, context: Value) -> Reply {
    let mut replies = Vec::new();
    for subject in SUBJECTS {
        let path = format!("/api/v1/accounts/{subject}/codes/{act}");
        let mut reply = world.post(&path, json!({ "code": WRONG, "context": context })).await;
        assert!(reply.headers.remove("x-request-id").is_some());
        replies.push(reply);
    }
    let [known, unknown] = [&replies[0], &replies[1]];
    assert_eq!((&known.headers, &known.bytes), (&unknown.headers, &unknown.bytes), "{act}");
    replies.remove(0)
}

#[track_caller]
fn stands(reply: &Reply, policy: &str, standing: &str) {
    assert_eq!((reply.header("ratelimit-policy"), reply.header("ratelimit")), (policy, standing), "{reply:?}");
}

/// Refused until a moment that body and headers name alike; gives the wait.
#[track_caller]
fn waits(reply: &Reply, problem: &str, (name, policy): (&str, &str)) -> i64 {
    reply.is(429, problem);
    let wait = reply.json["retry_after"].as_i64().unwrap();
    assert_eq!(reply.header("retry-after"), wait.to_string());
    stands(reply, policy, &format!("\"{name}\";r=0;t={wait}"));
    wait
}

/// Nothing was counted, so that nothing is said about what is left.
#[track_caller]
fn says_the_rule_only(reply: &Reply, policy: &str) {
    stands(reply, policy, "");
    assert!(!reply.headers.contains_key("retry-after"), "{reply:?}");
}

#[tokio::test]
async fn every_route_that_takes_a_code_tells_the_same_limits_for_known_and_unknown_subjects() {
    for act in ACTS {
        let world = World::new().await;
        let codes = world.with_codes("ann").await;
        for left in (0..5).rev() {
            let refused = tries(&world, act, json!(null)).await;
            refused.is(401, "invalid-code");
            assert_eq!(refused.json["attempts_left"], left);
            let resets = if left == 0 { 60 } else { 86_400 };
            stands(&refused, CODES, &format!("\"codes\";r={left};t={resets}"));
            assert!(!refused.headers.contains_key("retry-after"));
        }
        let mut wait = 0;
        for expected in [120, 240, 480] {
            wait = waits(&tries(&world, act, json!(null)).await, "locked", ("codes", CODES));
            assert_eq!(wait, expected, "{act}");
            world.clock.advance(SignedDuration::from_secs(1));
        }
        // What was announced is what is kept to.
        world.clock.advance(SignedDuration::from_secs(wait - 1));
        let path = format!("/api/v1/accounts/ann/codes/{act}");
        let accepted = world.post(&path, json!({ "code": codes[0] })).await;
        assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
        stands(&accepted, CODES, "\"codes\";r=5");
        assert!(!accepted.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn limits_are_told_for_the_pair_of_subject_and_network() {
    for act in ACTS {
        let world = World::new().await;
        world.with_codes("ann").await;
        for _ in 0..5 {
            tries(&world, act, json!({ "ip": "198.51.100.1" })).await;
        }
        // What the account and the network have left over all others doesn't show.
        let elsewhere = tries(&world, act, json!({ "ip": "203.0.113.1" })).await;
        stands(&elsewhere, CODES, "\"codes\";r=4;t=86400");
        let here = tries(&world, act, json!({ "ip": "198.51.100.99" })).await;
        assert_eq!(waits(&here, "locked", ("codes", CODES)), 120);
    }
}

#[tokio::test]
async fn a_ceiling_tells_when_it_ends_for_known_and_unknown_subjects() {
    for act in ACTS {
        let world = World::new().await;
        world.with_codes("ann").await;
        for network in 0..20 {
            let refused = tries(&world, act, json!({ "ip": format!("10.1.{network}.1") })).await;
            stands(&refused, CODES, "\"codes\";r=4;t=86400");
        }
        world.clock.advance(SignedDuration::from_secs(100));
        let stopped = tries(&world, act, json!({ "ip": "10.2.0.1" })).await;
        assert_eq!(waits(&stopped, "locked", ("codes", CODES)), 3_500);
    }
}

#[tokio::test]
async fn what_is_not_counted_is_told_with_the_rule_alone() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    for act in ACTS {
        for subject in SUBJECTS {
            let path = format!("/api/v1/accounts/{subject}/codes/{act}");
            let typo = world.post(&path, json!({ "code": "short" })).await;
            typo.is(422, "malformed-code");
            says_the_rule_only(&typo, CODES);
        }
    }
    let verify = "/api/v1/accounts/ann/codes/verify-setup";
    assert_eq!(world.post(verify, json!({ "code": codes[0] })).await.status, StatusCode::OK);
    let again = world.post(verify, json!({ "code": codes[0] })).await;
    again.is(409, "already-verified");
    says_the_rule_only(&again, CODES);
    for act in ["invalidate", "delete"] {
        let path = format!("/api/v1/accounts/ann/codes/{act}");
        stands(&world.post(&path, json!({ "code": codes[1] })).await, CODES, "\"codes\";r=5");
        let unchanged = world.post(&path, json!({ "code": codes[1] })).await;
        assert_eq!(unchanged.json["changed"], false);
        says_the_rule_only(&unchanged, CODES);
    }
    let missing = world.post("/api/v1/accounts/nobody/batches", json!({})).await;
    missing.is(404, "not-found");
    assert!(missing.header("ratelimit-policy").starts_with("\"generate\";q=1;"), "{missing:?}");
    assert!(!missing.headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn making_codes_tells_when_more_can_be_made() {
    let plan = Plan { generation_wait: SignedDuration::from_mins(1), ..Plan::default() };
    let world = World::planned(plan).await;
    world.put("/api/v1/accounts/ann", json!({})).await;
    let asked = async || world.post("/api/v1/accounts/ann/batches", json!({})).await;
    for _ in 0..2 {
        let made = asked().await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        stands(&made, GENERATE, "\"generate\";r=0;t=60");
        assert!(!made.headers.contains_key("retry-after"));
        let mut wait = 0;
        for expected in [120, 240] {
            world.clock.advance(SignedDuration::from_secs(1));
            wait = waits(&asked().await, "cooldown", ("generate", GENERATE));
            assert_eq!(wait, expected);
        }
        world.clock.advance(SignedDuration::from_secs(wait));
    }
    says_the_rule_only(&world.post("/api/v1/accounts/nobody/batches", json!({})).await, GENERATE);
}

#[tokio::test]
async fn an_answer_given_again_is_told_with_the_rule_alone() {
    let plan = Plan { generation_wait: SignedDuration::from_mins(1), ..Plan::default() };
    let world = World::planned(plan).await;
    let codes = world.with_codes("ann").await;
    world.clock.advance(SignedDuration::from_mins(1));
    let send = async |path: &str, key: &str, body: Value| {
        let request = world.request(Method::POST, path).content_type("application/json");
        world.send(request.header("Idempotency-Key", key).body(body.to_string())).await
    };
    let redeem = "/api/v1/accounts/ann/codes/redeem";
    let generate = "/api/v1/accounts/ann/batches";
    let told = [
        (redeem, json!({ "code": WRONG }), 401, CODES, "\"codes\";r=4;t=86400"),
        (redeem, json!({ "code": codes[0] }), 200, CODES, "\"codes\";r=5"),
        (generate, json!({ "count": 2 }), 201, GENERATE, "\"generate\";r=0;t=60"),
    ];
    for (at, (path, body, status, policy, standing)) in told.into_iter().enumerate() {
        let key = format!("a key of sixteen or more {at}").replace(' ', "-");
        let first = send(path, &key, body.clone()).await;
        assert_eq!(first.status.as_u16(), status, "{first:?}");
        stands(&first, policy, standing);
        let again = send(path, &key, body).await;
        assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
        assert_eq!(again.header("idempotency-replayed"), "true");
        says_the_rule_only(&again, policy);
        let other = if path == redeem { json!({ "code": codes[9] }) } else { json!({ "count": 3 }) };
        let other = send(path, &key, other).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        says_the_rule_only(&other, policy);
    }
}
