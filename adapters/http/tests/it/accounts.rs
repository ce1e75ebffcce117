use crate::world::World;
use backstop_domain::SuspensionReason;
use poem::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_account_is_created_once_and_then_updated() {
    let world = World::new().await;
    let created = world.put("/api/v1/accounts/ann", json!({ "email": "Ann@Example.org" })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("location"), "/api/v1/accounts/ann");
    let expected = json!({
        "subject": "ann", "email": "Ann@Example.org", "email_confirmed": false, "display_name": null,
        "notify_emails": [], "locale": null, "active_batch": null, "remaining": 0, "setup_verified": false,
        "suspended": null, "duties": [], "cooldown_until": null,
    });
    assert_eq!(created.json, expected);
    let body = json!({
        "email_confirmed": true, "display_name": "Ann", "locale": "de-AT", "notify_emails": ["x@example.org"],
    });
    let updated = world.put("/api/v1/accounts/ann", body).await;
    assert_eq!(updated.status, StatusCode::OK);
    assert_eq!(updated.json["email"], "Ann@Example.org");
    assert_eq!(updated.json["email_confirmed"], true);
    assert_eq!(updated.json["locale"], "de-AT");
    assert_eq!(updated.json["notify_emails"], json!(["x@example.org"]));
    assert_eq!(world.get("/api/v1/accounts/ann").await.json, updated.json);
}

#[tokio::test]
async fn null_clears_a_field_and_absence_keeps_it() {
    let world = World::new().await;
    let full = json!({
        "email": "ann@example.org", "display_name": "Ann", "locale": "en", "notify_emails": ["x@example.org"],
    });
    world.put("/api/v1/accounts/ann", full.clone()).await;
    let kept = world.put("/api/v1/accounts/ann", json!({})).await;
    for field in ["email", "display_name", "locale", "notify_emails"] {
        assert_eq!(kept.json[field], full[field], "{field}");
    }
    let none = json!({ "email": null, "display_name": null, "locale": null, "notify_emails": null });
    let cleared = world.put("/api/v1/accounts/ann", none.clone()).await;
    for field in ["email", "display_name", "locale"] {
        assert_eq!(cleared.json[field], none[field], "{field}");
    }
    assert_eq!(cleared.json["notify_emails"], json!([]));
}

#[tokio::test]
async fn an_address_belongs_to_one_account() {
    let world = World::new().await;
    world.put("/api/v1/accounts/ann", json!({ "email": "ann@example.org" })).await;
    world.put("/api/v1/accounts/bob", json!({ "email": "ANN@example.ORG" })).await.is(409, "email-taken");
    world.get("/api/v1/accounts/bob").await.is(404, "not-found");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::new().await;
    let body = json!({
        "email": "no", "display_name": "a\u{7}b", "locale": "english", "notify_emails": ["x@y.z", "\u{0}"],
    });
    let reply = world.put("/api/v1/accounts/ann", body).await;
    reply.is(400, "invalid-request");
    for pointer in ["#/email", "#/display_name", "#/locale", "#/notify_emails/1"] {
        reply.names(pointer);
    }
    let five = vec!["x@y.z"; 5];
    let reply = world.put("/api/v1/accounts/ann", json!({ "notify_emails": five })).await;
    reply.is(400, "invalid-request");
    reply.names("#/notify_emails");
}

#[tokio::test]
async fn a_subject_may_have_any_character_that_is_no_control_character() {
    let world = World::new().await;
    let paths = [
        ("a%2Fb", "a/b"),
        ("a%3Fb%23c", "a?b#c"),
        ("100%25", "100%"),
        ("%C3%A9%20%F0%9F%94%91", "é 🔑"),
        ("a+b&c=d", "a+b&c=d"),
        ("%3Aparam", ":param"),
        (":param0", ":param0"),
        ("*", "*"),
        ("lift", "lift"),
        ("auth0%7C123", "auth0|123"),
    ];
    for (encoded, subject) in paths {
        let path = format!("/api/v1/accounts/{encoded}");
        let created = world.put(&path, json!({})).await;
        assert_eq!((created.status, &created.json["subject"]), (StatusCode::CREATED, &json!(subject)));
        let location = created.header("location").to_owned();
        assert_eq!(world.get(&location).await.json["subject"], subject, "{location}");
        let batch = world.post(&format!("{path}/batches"), json!({})).await;
        assert_eq!(batch.json["batch"]["subject"], subject);
        assert_eq!(world.delete(batch.header("location")).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_subject_that_can_be_none_is_a_bad_request() {
    let world = World::new().await;
    let long = "a".repeat(256);
    for subject in ["%00", "a%0Ab", "%7F", "%C2%85", "%FF", "%C3", long.as_str()] {
        for path in [format!("/api/v1/accounts/{subject}"), format!("/api/v1/accounts/{subject}/batches")] {
            world.get(&path).await.is(400, "invalid-request");
        }
        let attempt = format!("/api/v1/accounts/{subject}/codes/redeem");
        world.post(&attempt, json!({ "code": "x" })).await.is(400, "invalid-request");
    }
    let longest = "%C3%A9".repeat(255);
    assert_eq!(world.put(&format!("/api/v1/accounts/{longest}"), json!({})).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_erased_account_is_gone() {
    let world = World::new().await;
    world.with_codes("ann").await;
    let gone = world.delete("/api/v1/accounts/ann").await;
    assert_eq!((gone.status, gone.bytes.len()), (StatusCode::NO_CONTENT, 0));
    world.delete("/api/v1/accounts/ann").await.is(404, "not-found");
    world.get("/api/v1/accounts/ann").await.is(404, "not-found");
    world.get("/api/v1/accounts/ann/batches").await.is(404, "not-found");
}

#[tokio::test]
async fn a_suspended_account_gets_no_codes_until_it_is_lifted() {
    let world = World::new().await;
    world.with_codes("ann").await;
    world.suspend("ann", SuspensionReason::NotMe).await;
    let refused = world.post("/api/v1/accounts/ann/batches", json!({})).await;
    refused.is(409, "suspended");
    assert_eq!(refused.json["reason"], "not_me");
    assert_eq!(world.get("/api/v1/accounts/ann").await.json["suspended"], "not_me");
    for _ in 0..2 {
        let lifted = world.post("/api/v1/accounts/ann/lift", json!({})).await;
        assert_eq!((lifted.status, &lifted.json["suspended"]), (StatusCode::OK, &json!(null)));
    }
    assert_eq!(world.post("/api/v1/accounts/ann/batches", json!({})).await.status, StatusCode::CREATED);
    world.post("/api/v1/accounts/nobody/lift", json!({})).await.is(404, "not-found");
}

#[tokio::test]
async fn the_active_set_is_shown_while_it_can_be_used() {
    let world = World::new().await;
    world.put("/api/v1/accounts/ann", json!({})).await;
    let body = json!({ "count": 1, "expires_in_days": 1 });
    let made = world.post("/api/v1/accounts/ann/batches", body.clone()).await;
    let shown = world.get("/api/v1/accounts/ann").await;
    assert_eq!(shown.json["active_batch"], made.json["batch"]);
    assert_eq!(shown.json["remaining"], 1);
    world.clock.advance(jiff::SignedDuration::from_hours(24));
    let expired = world.get("/api/v1/accounts/ann").await;
    assert_eq!((&expired.json["active_batch"], &expired.json["remaining"]), (&json!(null), &json!(0)));
    let code = world.post("/api/v1/accounts/ann/batches", body).await.json["codes"][0].clone();
    world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": code })).await;
    let exhausted = world.get("/api/v1/accounts/ann").await;
    assert_eq!(exhausted.json["active_batch"], json!(null));
    assert_eq!(exhausted.json["duties"], json!(["enrol_authenticator", "new_codes"]));
}
