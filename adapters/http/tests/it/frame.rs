//! What every answer has.

use crate::world::World;
use poem::http::Method;
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn every_answer_has_the_same_frame() {
    let world = World::new().await;
    let replies = [
        world.put("/api/v1/accounts/ann", json!({})).await,
        world.post("/api/v1/accounts/ann/batches", json!({})).await,
        world.get("/api/v1/accounts/nobody").await,
        world.get("/nothing").await,
        world.get("/healthz").await,
        world.get("/docs").await,
        world.get("/api/openapi.json").await,
    ];
    let mut ids = HashSet::new();
    for reply in replies {
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(!reply.headers.contains_key("server"));
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(id.len(), 36);
        assert!(ids.insert(id), "an id came twice");
    }
}

#[tokio::test]
async fn a_request_id_of_the_callers_is_not_taken() {
    let world = World::new().await;
    let theirs = "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b";
    let request = world.request(Method::GET, "/healthz").header("x-request-id", theirs).finish();
    assert_ne!(world.send(request).await.header("x-request-id"), theirs);
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let world = World::new().await;
    world.with_codes("ann").await;
    for path in ["/healthz", "/api/v1/accounts/ann", "/api/v1/accounts/ann/batches"] {
        let reply = world.send(world.request(Method::HEAD, path).finish()).await;
        assert_eq!((reply.status.as_u16(), reply.bytes.len()), (200, 0), "{path}");
    }
}

#[tokio::test]
async fn the_request_id_is_in_the_audit_trail() {
    use backstop_application::ports::AuditReader as _;
    let world = World::new().await;
    let reply = world.put("/api/v1/accounts/ann", json!({})).await;
    let newest = world.storage.newest(None, 1).await.unwrap();
    assert_eq!(newest[0].origin.request.unwrap().to_string(), reply.header("x-request-id"));
}
