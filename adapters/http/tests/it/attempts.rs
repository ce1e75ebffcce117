use crate::world::{Reply, World};
use backstop_domain::SuspensionReason;
use poem::http::StatusCode;
use serde_json::{Value, json};

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";

async fn redeem(world: &World, subject: &str, code: &str) -> Reply {
    world.post(&format!("/api/v1/accounts/{subject}/codes/redeem"), json!({ "code": code })).await
}

#[tokio::test]
async fn a_code_redeems_once_and_not_twice() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let context = json!({ "ip": "2001:db8::7", "user_agent": "Browser/1", "first_factor": true });
    let body = json!({ "code": codes[0], "context": context });
    let good = world.post("/api/v1/accounts/ann/codes/redeem", body.clone()).await;
    assert_eq!(good.status, StatusCode::OK);
    assert_eq!(
        (&good.json["remaining"], &good.json["duties"]),
        (&json!(9), &json!(["enrol_authenticator", "new_codes"]))
    );
    assert_eq!(good.json["recovery_id"].as_str().unwrap().len(), 36);
    let again = world.post("/api/v1/accounts/ann/codes/redeem", body).await;
    again.is(401, "invalid-code");
    assert_eq!(again.json["attempts_left"], 4);
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let others = world.with_codes("bob").await;
    redeem(&world, "ann", &codes[0]).await;
    world.post("/api/v1/accounts/ann/codes/invalidate", json!({ "code": codes[1] })).await;
    world.post("/api/v1/accounts/ann/codes/delete", json!({ "code": codes[2] })).await;
    world.put("/api/v1/accounts/cat", json!({})).await;
    let expiring = world.post("/api/v1/accounts/cat/batches", json!({ "expires_in_days": 1 })).await;
    world.with_codes("dan").await;
    let suspended = world.with_codes("eve").await;
    world.suspend("eve", SuspensionReason::Failures).await;
    world.clock.advance(jiff::SignedDuration::from_hours(24));
    let expired = expiring.json["codes"][0].as_str().unwrap();
    // Each from a network of its own, so that each has all its attempts left.
    let tries: [(&str, &str); 8] = [
        ("nobody", WRONG),
        ("ann", WRONG),
        ("ann", &codes[0]),
        ("ann", &codes[1]),
        ("ann", &codes[2]),
        ("ann", &others[0]),
        ("cat", expired),
        ("eve", &suspended[0]),
    ];
    let mut answers = Vec::new();
    for (at, (subject, code)) in tries.into_iter().enumerate() {
        let body = json!({ "code": code, "context": { "ip": format!("198.51.{at}.1") } });
        let mut reply = world.post(&format!("/api/v1/accounts/{subject}/codes/redeem"), body).await;
        reply.is(401, "invalid-code");
        assert!(reply.headers.remove("x-request-id").is_some());
        answers.push((reply.bytes, reply.headers));
    }
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, answers[0], "{:?}", tries[at]);
    }
}

#[tokio::test]
async fn a_typo_is_told_and_not_counted() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let short = &codes[0][..codes[0].len() - 1];
    let foreign = codes[0].replacen(&codes[0][..1], "0", 1);
    for (typed, typo, detail) in [
        (short, "wrong_length", "a code has 36 symbols, this one has 35"),
        ("", "empty", "no code was given"),
        (" - ", "empty", "no code was given"),
        (foreign.as_str(), "foreign_symbol", "symbol 1 is none that a code can have"),
        ("\u{0}", "foreign_symbol", "symbol 1 is none that a code can have"),
    ] {
        for act in ["redeem", "verify-setup", "invalidate", "delete"] {
            for subject in ["ann", "nobody"] {
                let path = format!("/api/v1/accounts/{subject}/codes/{act}");
                let reply = world.post(&path, json!({ "code": typed })).await;
                reply.is(422, "malformed-code");
                assert_eq!((&reply.json["typo"], &reply.json["detail"]), (&json!(typo), &json!(detail)));
                reply.names("#/code");
            }
        }
    }
    assert_eq!(redeem(&world, "ann", WRONG).await.json["attempts_left"], 4);
    assert_eq!(redeem(&world, "ann", &format!("  {} .", codes[0].replace('-', "\u{2013}"))).await.status, 200);
}

#[tokio::test]
async fn the_last_wrong_code_locks_and_says_for_how_long() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    for subject in ["ann", "nobody"] {
        for left in (0..5).rev() {
            assert_eq!(redeem(&world, subject, WRONG).await.json["attempts_left"], left);
        }
        let locked = redeem(&world, subject, &codes[0]).await;
        locked.is(429, "locked");
        let wait = locked.json["retry_after"].as_u64().unwrap();
        assert_eq!(locked.header("retry-after"), wait.to_string());
        assert!(wait > 0, "{}", locked.json);
        redeem(&world, subject, "short").await.is(422, "malformed-code");
        world.clock.advance(jiff::SignedDuration::from_secs(wait.try_into().unwrap()));
    }
    assert_eq!(redeem(&world, "ann", &codes[0]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_set_up_is_verified_once() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let path = "/api/v1/accounts/ann/codes/verify-setup";
    world.post(path, json!({ "code": WRONG })).await.is(401, "invalid-code");
    let verified = world.post(path, json!({ "code": codes[0] })).await;
    assert_eq!((verified.status, &verified.json), (StatusCode::OK, &json!({ "verified": true })));
    world.post(path, json!({ "code": codes[0] })).await.is(409, "already-verified");
    world.post("/api/v1/accounts/nobody/codes/verify-setup", json!({ "code": WRONG })).await.is(401, "invalid-code");
    assert_eq!(world.get("/api/v1/accounts/ann").await.json["setup_verified"], true);
    assert_eq!(redeem(&world, "ann", &codes[0]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_invalidated_then_deleted_and_each_changes_it_once() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let acts: [(&str, Value); 4] = [
        ("invalidate", json!([true, "invalidated", 1, 0])),
        ("invalidate", json!([false, "invalidated", 1, 0])),
        ("delete", json!([true, "deleted", 0, 1])),
        ("delete", json!([false, "deleted", 0, 1])),
    ];
    for (act, expected) in acts {
        let path = format!("/api/v1/accounts/ann/codes/{act}");
        let reply = world.post(&path, json!({ "code": codes[0] })).await;
        let (body, batch) = (&reply.json, &reply.json["batch"]);
        assert_eq!(json!([body["changed"], body["status"], batch["invalidated"], batch["removed"]]), expected);
        assert_eq!((&batch["remaining"], &batch["subject"]), (&json!(9), &json!("ann")));
    }
    for act in ["invalidate", "delete"] {
        for subject in ["ann", "nobody"] {
            let path = format!("/api/v1/accounts/{subject}/codes/{act}");
            world.post(&path, json!({ "code": WRONG })).await.is(401, "invalid-code");
        }
    }
}

#[tokio::test]
async fn the_end_users_side_is_judged() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let path = "/api/v1/accounts/ann/codes/redeem";
    for ip in ["", "localhost", "1.2.3", "1.2.3.4:80", "1.2.3.4/24", " 1.2.3.4", "fe80::1%eth0", "01.2.3.4"] {
        let reply = world.post(path, json!({ "code": codes[0], "context": { "ip": ip } })).await;
        reply.is(400, "invalid-request");
        reply.names("#/context/ip");
    }
    for agent in ["a".repeat(513), "a\nb".to_owned(), "\u{0}".to_owned()] {
        let reply = world.post(path, json!({ "code": codes[0], "context": { "user_agent": agent } })).await;
        reply.is(400, "invalid-request");
        reply.names("#/context/user_agent");
    }
    let full = json!({ "ip": "::ffff:192.0.2.1", "user_agent": "é".repeat(512), "first_factor": false });
    for (at, context) in [full, json!({}), json!(null), json!({ "ip": null, "user_agent": null, "first_factor": null })]
        .into_iter()
        .enumerate()
    {
        let reply = world.post(path, json!({ "code": codes[at], "context": context })).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    }
}
