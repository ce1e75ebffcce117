use crate::world::World;
use poem::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_new_set_has_ten_codes_of_the_classic_form() {
    let world = World::new().await;
    world.put("/api/v1/accounts/ann", json!({})).await;
    let made = world.send(world.request(Method::POST, "/api/v1/accounts/ann/batches").finish()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let codes: Vec<&str> = made.json["codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.split('-').map(str::len).eq([6; 6])), "{codes:?}");
    let batch = &made.json["batch"];
    let id = batch["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/api/v1/accounts/ann/batches/{id}"));
    let expected = json!({
        "id": id, "subject": "ann", "status": "active",
        "created_at": "2027-03-01T09:30:00Z", "modified_at": "2027-03-01T09:30:00Z", "expires_at": null,
        "issued": 10, "used": 0, "invalidated": 0, "removed": 0, "purged": 0, "remaining": 10,
        "generated": true, "viewed": false, "viewed_at": null, "downloaded": false, "downloaded_at": null,
        "emailed": false, "emailed_at": null, "email_failed_at": null,
    });
    assert_eq!(*batch, expected);
}

#[tokio::test]
async fn number_and_expiry_can_be_chosen_within_bounds() {
    let world = World::new().await;
    world.put("/api/v1/accounts/ann", json!({})).await;
    let made = world.post("/api/v1/accounts/ann/batches", json!({ "count": 50, "expires_in_days": 365 })).await;
    assert_eq!(made.json["batch"]["issued"], 50);
    assert_eq!(made.json["batch"]["expires_at"], "2028-02-29T09:30:00Z");
    let nulls = world.post("/api/v1/accounts/ann/batches", json!({ "count": null, "expires_in_days": null })).await;
    assert_eq!(nulls.json["batch"]["issued"], 10);
    for count in [0, 51, 4_294_967_296_u64] {
        let reply = world.post("/api/v1/accounts/ann/batches", json!({ "count": count })).await;
        reply.is(400, "invalid-request");
        reply.names("#/count");
    }
    for days in [0, 366, 65_537] {
        let reply = world.post("/api/v1/accounts/ann/batches", json!({ "expires_in_days": days })).await;
        reply.is(400, "invalid-request");
        reply.names("#/expires_in_days");
    }
    world.post("/api/v1/accounts/nobody/batches", json!({})).await.is(404, "not-found");
}

#[tokio::test]
async fn invalidating_and_deleting_a_set_twice_answers_the_same() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    let id = world.get("/api/v1/accounts/ann").await.json["active_batch"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/ann/batches/{id}");
    let first = world.post(&format!("{path}/invalidate"), json!({})).await;
    assert_eq!((first.status, &first.json["status"]), (StatusCode::OK, &json!("invalidated")));
    assert_eq!((&first.json["invalidated"], &first.json["remaining"]), (&json!(10), &json!(0)));
    let again = world.post(&format!("{path}/invalidate"), json!({})).await;
    assert_eq!((again.status, again.json), (StatusCode::OK, first.json));
    let refused = world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": codes[0] })).await;
    refused.is(401, "invalid-code");
    for _ in 0..2 {
        assert_eq!(world.delete(&path).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_set_is_found_under_its_own_account_only() {
    let world = World::new().await;
    world.with_codes("ann").await;
    world.with_codes("bob").await;
    let ann = world.get("/api/v1/accounts/ann").await.json["active_batch"]["id"].as_str().unwrap().to_owned();
    let ids = [ann.as_str(), "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b", "7", "%FF", "not-a-uuid"];
    for id in ids {
        world.delete(&format!("/api/v1/accounts/bob/batches/{id}")).await.is(404, "not-found");
        let path = format!("/api/v1/accounts/bob/batches/{id}/invalidate");
        world.post(&path, json!({})).await.is(404, "not-found");
    }
    for id in &ids[1..] {
        world.post(&format!("/api/v1/batches/{id}/viewed"), json!({})).await.is(404, "not-found");
    }
    assert_eq!(world.get("/api/v1/accounts/ann").await.json["remaining"], 10);
}

#[tokio::test]
async fn the_first_view_of_the_codes_stays() {
    let world = World::new().await;
    world.with_codes("ann").await;
    let id = world.get("/api/v1/accounts/ann").await.json["active_batch"]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let seen = world.post(&format!("/api/v1/batches/{id}/viewed"), json!({})).await;
        assert_eq!((seen.status, seen.bytes.len()), (StatusCode::NO_CONTENT, 0));
        let batch = world.get("/api/v1/accounts/ann").await.json["active_batch"].clone();
        assert_eq!((&batch["viewed"], &batch["viewed_at"]), (&json!(true), &json!("2027-03-01T09:30:00Z")));
        world.clock.advance(jiff::SignedDuration::from_hours(1));
    }
}

#[tokio::test]
async fn a_hundred_sets_are_four_pages_of_five() {
    let world = World::new().await;
    world.put("/api/v1/accounts/ann", json!({})).await;
    let mut newest = String::new();
    for _ in 0..100 {
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        let made = world.post("/api/v1/accounts/ann/batches", json!({ "count": 1 })).await;
        made.json["batch"]["id"].as_str().unwrap().clone_into(&mut newest);
    }
    let path = "/api/v1/accounts/ann/batches";
    let first = world.get(path).await;
    assert_eq!(first.json["items"][0]["id"], newest);
    assert_eq!(first.json["items"][1]["status"], "superseded");
    assert_eq!(world.get(&format!("{path}?page=1")).await.json, first.json);
    for (page, items) in [(1, 5), (4, 5), (5, 0), (0, 0), (4_294_967_295_u32, 0)] {
        let reply = world.get(&format!("{path}?page={page}")).await;
        assert_eq!(reply.json["items"].as_array().unwrap().len(), items, "page {page}");
        let numbers = (&reply.json["page"], &reply.json["pages"], &reply.json["total"]);
        assert_eq!(numbers, (&json!(page), &json!(4), &json!(20)));
    }
    let beyond = world.get(&format!("{path}?page=99999999999999999999999")).await;
    assert_eq!((beyond.status, &beyond.json["items"]), (StatusCode::OK, &json!([])));
    for page in ["abc", "-1", "1.5", "", "%2B1", "+1", "1e3", "%00", "%FF", "1&page=2", "0x1"] {
        world.get(&format!("{path}?page={page}")).await.is(400, "invalid-request");
    }
}
