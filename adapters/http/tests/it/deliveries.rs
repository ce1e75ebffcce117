use crate::world::{Reply, World};
use backstop_domain::SuspensionReason;
use poem::http::StatusCode;
use serde_json::{Value, json};

struct Made {
    path: String,
    token: String,
    codes: Vec<String>,
}

async fn made(world: &World, subject: &str) -> Made {
    world.put(&format!("/api/v1/accounts/{subject}"), json!({})).await;
    let reply = world.post(&format!("/api/v1/accounts/{subject}/batches"), json!({})).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Made {
        path: format!("/api/v1/batches/{}", text(&reply.json["batch"]["id"])),
        token: text(&reply.json["delivery_token"]),
        codes: reply.json["codes"].as_array().unwrap().iter().map(text).collect(),
    }
}

async fn download(world: &World, made: &Made) -> Reply {
    world.post(&format!("{}/download", made.path), json!({ "delivery_token": made.token })).await
}

#[tokio::test]
async fn the_codes_of_a_new_set_are_downloaded_once() {
    let world = World::new().await;
    let made = made(&world, "ann").await;
    let file = download(&world, &made).await;
    assert_eq!(file.status, StatusCode::OK);
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert!(made.codes.iter().all(|code| text.contains(code)), "{text}");
    assert!(!text.contains("ann"));
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"recovery_codes-2027-03-01-093000.txt\"");
    assert_eq!(file.header("cache-control"), "no-store");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    download(&world, &made).await.is(409, "already-downloaded");
    let batch = world.get("/api/v1/accounts/ann").await.json["active_batch"].clone();
    assert_eq!((&batch["downloaded"], &batch["downloaded_at"]), (&json!(true), &json!("2027-03-01T09:30:00Z")));
}

#[tokio::test]
async fn the_format_and_the_name_in_the_file_can_be_chosen() {
    let world = World::new().await;
    for (format, content_type) in [("csv", "text/csv; charset=utf-8"), ("pdf", "application/pdf")] {
        let made = made(&world, format).await;
        let body = json!({ "delivery_token": made.token, "format": format, "name_account": true });
        let file = world.post(&format!("{}/download", made.path), body).await;
        assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, content_type));
        assert!(file.header("content-disposition").ends_with(&format!(".{format}\"")));
    }
    let made = made(&world, "ann").await;
    for (body, pointer) in [
        (json!({ "delivery_token": made.token, "format": "docx" }), "#/format"),
        (json!({ "delivery_token": 1 }), "#/delivery_token"),
        (json!({ "delivery_token": made.token, "name_account": "yes" }), "#/name_account"),
    ] {
        let reply = world.post(&format!("{}/download", made.path), body).await;
        reply.is(400, "invalid-request");
        reply.names(pointer);
        assert!(!reply.json.to_string().contains(&made.token));
    }
    assert_eq!(download(&world, &made).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_set_are_answered_alike_and_spend_nothing() {
    let world = World::new().await;
    let (ann, ben) = (made(&world, "ann").await, made(&world, "ben").await);
    let mut answers = Vec::new();
    for (path, token) in [
        (&ann.path, ben.token.as_str()),
        (&ann.path, ""),
        (&"/api/v1/batches/00000000-0000-7000-8000-000000000099".to_owned(), ann.token.as_str()),
    ] {
        let reply = world.post(&format!("{path}/download"), json!({ "delivery_token": token })).await;
        reply.is(403, "wrong-delivery-token");
        answers.push(reply.json);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(download(&world, &ann).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_gone_is_not_downloaded() {
    let world = World::new().await;
    let replaced = made(&world, "ann").await;
    let current = made(&world, "ann").await;
    download(&world, &replaced).await.is(410, "delivery-gone");
    for _ in 0..2 {
        assert_eq!(world.delete(&format!("{}/delivery", current.path)).await.status, StatusCode::NO_CONTENT);
    }
    download(&world, &current).await.is(410, "delivery-gone");
    let late = made(&world, "ann").await;
    world.clock.advance(jiff::SignedDuration::from_mins(30));
    download(&world, &late).await.is(410, "delivery-gone");
    world.delete("/api/v1/batches/00000000-0000-7000-8000-000000000099/delivery").await.is(404, "not-found");
}

#[tokio::test]
async fn nothing_is_handed_over_while_the_account_is_suspended() {
    let world = World::new().await;
    let made = made(&world, "ann").await;
    world.suspend("ann", SuspensionReason::NotMe).await;
    let reply = download(&world, &made).await;
    reply.is(409, "suspended");
    assert_eq!(reply.json["reason"], "not_me");
}

async fn with_address(world: &World, subject: &str) -> Made {
    let made = made(world, subject).await;
    let path = format!("/api/v1/accounts/{subject}");
    world.put(&path, json!({ "email": format!("{subject}@example.com") })).await;
    made
}

async fn email(world: &World, made: &Made) -> Reply {
    world.post(&format!("{}/email", made.path), json!({ "delivery_token": made.token })).await
}

#[tokio::test]
async fn codes_are_emailed_once() {
    let world = World::new().await;
    let made = with_address(&world, "ann").await;
    let reply = email(&world, &made).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert_eq!(reply.json["status"], "queued");
    email(&world, &made).await.is(409, "already-emailed");
    let batch = world.get("/api/v1/accounts/ann").await.json["active_batch"].clone();
    assert_eq!((&batch["emailed"], &batch["downloaded"]), (&json!(true), &json!(false)));
    assert_eq!(download(&world, &made).await.status, StatusCode::OK, "the file is another matter");
}

#[tokio::test]
async fn what_can_not_be_emailed_spends_nothing() {
    let world = World::new().await;
    let made = made(&world, "ann").await;
    email(&world, &made).await.is(409, "no-address");
    world.put("/api/v1/accounts/ann", json!({ "email": "ann@example.com" })).await;
    let path = format!("{}/email", made.path);
    world.post(&path, json!({ "delivery_token": "0".repeat(43) })).await.is(403, "wrong-delivery-token");
    let unknown = "/api/v1/batches/00000000-0000-0000-0000-000000000000/email";
    world.post(unknown, json!({ "delivery_token": made.token })).await.is(403, "wrong-delivery-token");
    world
        .post(&path, json!({ "delivery_token": made.token, "to": "eve@example.com" }))
        .await
        .is(400, "invalid-request");
    world.post(&path, json!({})).await.is(400, "invalid-request");
    assert_eq!(email(&world, &made).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn codes_of_a_set_that_is_over_are_not_emailed() {
    let world = World::new().await;
    let made = with_address(&world, "ann").await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    email(&world, &made).await.is(410, "delivery-gone");
    let made = with_address(&world, "ben").await;
    world.suspend("ben", SuspensionReason::NotMe).await;
    email(&world, &made).await.is(409, "suspended");
    assert!(world.mailer.sent().is_empty());
}
