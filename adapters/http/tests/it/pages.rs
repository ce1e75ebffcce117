use crate::world::{Plan, URL, World};
use async_trait::async_trait;
use backstop_application::ports::{Health, PortError, PortResult};
use backstop_domain::Scope;
use backstop_http::{Ended, HttpSettings, RequestMeter};
use core::sync::atomic::{AtomicI32, Ordering};
use poem::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::json;
use std::sync::{Arc, Mutex};

struct Part(&'static str, bool);

#[async_trait]
impl Health for Part {
    fn part(&self) -> &'static str {
        self.0
    }

    async fn check(&self) -> PortResult<()> {
        if self.1 { Ok(()) } else { Err(PortError::unavailable("no connection")) }
    }
}

#[tokio::test]
async fn the_service_is_alive_and_says_which_part_is_not_ready() {
    let parts: Vec<Arc<dyn Health>> = vec![Arc::new(Part("database", false)), Arc::new(Part("clock", true))];
    let world = World::planned(Plan { health: parts, ..Plan::default() }).await;
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    let ready = world.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let expected = json!({ "ready": false, "parts": [
        { "part": "database", "ready": false, "reason": "no connection" },
        { "part": "clock", "ready": true },
    ] });
    assert_eq!(ready.json, expected);
    let world = World::planned(Plan { health: vec![Arc::new(Part("database", true))], ..Plan::default() }).await;
    assert_eq!(world.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_interactive_page_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let page = world.get("/docs").await;
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(text.contains("spec-url=\"/api/openapi.json\"") && text.contains("src=\"/docs/viewer.js\""));
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self';"), "{policy}");
    let viewer = world.get("/docs/viewer.js").await;
    assert_eq!(viewer.status, StatusCode::OK);
    assert!(viewer.header("content-type").starts_with("text/javascript"));
    let script = String::from_utf8(viewer.bytes).unwrap();
    assert!(script.contains("rapi-doc") && script.len() > 500_000 && !script.contains("</script>\n</head>"));
}

#[tokio::test]
async fn every_problem_type_has_a_page() {
    let world = World::new().await;
    let refused = world.get("/api/v1/accounts/nobody").await;
    let path = refused.json["type"].as_str().unwrap().strip_prefix(URL).unwrap().to_owned();
    let page = world.get(&path).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(String::from_utf8(page.bytes).unwrap().contains(refused.json["title"].as_str().unwrap()));
}

#[tokio::test]
async fn measurements_from_elsewhere_need_the_scope_of_administrators() {
    let mut world = World::new().await;
    world.key = world.client("reader", &[Scope::CodesRead]).await;
    let stranger = Request::builder().method(Method::GET).uri("/metrics".parse().unwrap()).finish();
    world.send(stranger).await.is(401, "invalid-key");
    world.get("/metrics").await.is(403, "missing-scope");
    let admin = format!("Bearer {}", world.client("admin", &[Scope::Admin]).await);
    let request = Request::builder().uri("/metrics".parse().unwrap()).header("authorization", admin).finish();
    let told = world.send(request).await;
    assert_eq!((told.status, &*told.bytes), (StatusCode::OK, b"measured 1\n".as_slice()));
    assert_eq!(told.header("content-type"), "text/plain; version=0.0.4");
}

fn measured_apart() -> HttpSettings {
    HttpSettings { public_url: URL.to_owned(), measured_apart: true, ..HttpSettings::default() }
}

#[tokio::test]
async fn a_listener_for_operators_has_what_they_ask_and_nothing_else() {
    let world = World::planned(Plan { settings: measured_apart(), ..Plan::default() }).await;
    let (app, operations) = (world.app.clone(), world.app.operations());
    let operations = World { app: operations, ..world };
    let world = World::planned(Plan { settings: measured_apart(), ..Plan::default() }).await;
    let world = World { app, ..world };
    let stranger = |path: &str| Request::builder().method(Method::GET).uri(path.parse().unwrap()).finish();
    let told = operations.send(stranger("/metrics")).await;
    assert_eq!((told.status, &*told.bytes), (StatusCode::OK, b"measured 1\n".as_slice()));
    assert_eq!(told.header("x-request-id").len(), 36);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(operations.get(path).await.status, StatusCode::OK, "{path}");
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in ["/", "/docs", "/api/openapi.json", "/api/v1/accounts/ann", "/auth/recovery-codes/login", "/admin"] {
        assert_eq!(operations.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    world.send(stranger("/metrics")).await.is(404, "not-found");
    // What one of them knows of stopping the other knows, too.
    world.app.will_stop();
    assert_eq!(operations.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// What was told of requests.
#[derive(Default)]
struct Told(Mutex<Vec<(String, String, Option<u16>)>>, AtomicI32);

impl RequestMeter for Told {
    fn began(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    fn ended(&self, request: &Ended<'_>) {
        self.1.fetch_sub(1, Ordering::Relaxed);
        self.0.lock().unwrap().push((request.route.to_owned(), request.method.to_owned(), request.status));
    }
}

#[tokio::test]
async fn requests_are_measured_by_their_template_and_never_by_what_callers_make_up() {
    let world = World::new().await;
    let told = Arc::new(Told::default());
    let world = World { app: world.app.clone().metered_by(told.clone()), ..world };
    world.get("/api/v1/accounts/sub-ject-7").await;
    world.get("/api/v1/accounts/sub-ject-7/nowhere").await;
    world.send(world.request(Method::from_bytes(b"INVENTED").unwrap(), "/healthz").finish()).await;
    let expected = [
        ("/api/v1/accounts/{subject}", "GET", Some(404)),
        ("none", "GET", Some(404)),
        ("/healthz", "other", Some(405)),
    ]
    .map(|(route, method, status)| (route.to_owned(), method.to_owned(), status));
    assert_eq!((&*told.0.lock().unwrap(), told.1.load(Ordering::Relaxed)), (&expected.to_vec(), 0));
}

struct Spare;

#[async_trait]
impl Health for Spare {
    fn part(&self) -> &'static str {
        "cache"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> PortResult<()> {
        Err(PortError::unavailable("no connection"))
    }
}

#[tokio::test]
async fn a_part_that_others_stand_in_for_keeps_nobody_away() {
    let parts: Vec<Arc<dyn Health>> = vec![Arc::new(Part("database", true)), Arc::new(Spare)];
    let world = World::planned(Plan { health: parts, ..Plan::default() }).await;
    let ready = world.get("/readyz").await;
    let expected = json!({ "ready": true, "parts": [
        { "part": "database", "ready": true },
        { "part": "cache", "ready": false, "optional": true, "reason": "no connection" },
    ] });
    assert_eq!((ready.status, ready.json), (StatusCode::OK, expected));
}
