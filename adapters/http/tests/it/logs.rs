//! What the log tells, and what it must not.

use crate::world::{Plan, URL, World};
use backstop_http::{HttpSettings, TrustedProxies, serve};
use core::time::Duration;
use serde_json::json;
use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_its_template_and_without_subject_code_or_key() {
    let sink = Sink::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json().with_writer(sink.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let codes = world.with_codes("sub-ject-7").await;
    let context = json!({ "ip": "192.0.2.99", "user_agent": "Agent/7" });
    let path = "/api/v1/accounts/sub-ject-7/codes/redeem";
    let reply = world.post(path, json!({ "code": codes[0], "context": context })).await;
    world.post(path, json!({ "code": [codes[1]] })).await;
    world.get("/api/v1/accounts/sub-ject-7/nowhere").await;
    drop(guard);

    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    for secret in
        [&world.key, "sub-ject-7", "192.0.2.99", "Agent/7"].into_iter().chain(codes.iter().map(String::as_str))
    {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    let id = reply.header("x-request-id");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_it: Vec<_> =
        lines.iter().filter(|line| line["level"] == "INFO" && line["fields"]["request"] == id).collect();
    assert_eq!(of_it.len(), 1, "{text}");
    let fields = &of_it[0]["fields"];
    assert_eq!(fields["route"], "/api/v1/accounts/{subject}/codes/redeem");
    assert_eq!((&fields["method"], &fields["status"]), (&json!("POST"), &json!(200)));
    assert!(fields["micros"].is_u64() && fields["client"].is_string(), "{fields}");
    let unknown = lines.iter().filter(|line| line["fields"]["status"] == 404).count();
    assert_eq!(unknown, 1);
}

#[tokio::test]
async fn every_answer_has_an_id_and_every_line_of_its_request_has_the_same() {
    let sink = Sink::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json();
    let guard = tracing::subscriber::set_default(subscriber.with_writer(sink.clone()).finish());
    let world = World::new().await;
    let before = sink.0.lock().unwrap().len();
    let mut replies = Vec::new();
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/docs",
        "/docs/viewer.js",
        "/problems/not-found",
        "/nowhere",
        "/auth/recovery-codes/login",
        "/auth/recovery-codes/dashboard",
        "/auth/recovery-codes/nowhere",
        "/admin",
        "/admin/sign-in",
        "/api/openapi.json",
        "/api/v1/accounts/nobody",
        "/api/v1/nowhere",
        "/api/v1/accounts/%FF",
    ] {
        replies.push(world.get(path).await);
    }
    replies.push(world.post("/healthz", json!({})).await);
    replies.push(world.put("/api/v1/accounts/ann", json!({})).await);
    replies.push(world.post("/api/v1/accounts/ann/batches", json!({ "count": "many" })).await);
    replies.push(world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": "typo" })).await);
    replies.push(world.post("/auth/recovery-codes/login", json!({ "code": "x".repeat(100_000) })).await);
    drop(guard);

    let text = String::from_utf8(sink.0.lock().unwrap()[before..].to_vec()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |line: &serde_json::Value| {
        let id = line["fields"]["request"].as_str().or_else(|| line["span"]["id"].as_str());
        id.unwrap_or_else(|| panic!("of no request: {line}")).to_owned()
    };
    let told: Vec<String> = lines.iter().map(told).collect();
    for reply in &replies {
        let id = reply.header("x-request-id");
        let answered =
            lines.iter().filter(|line| line["fields"]["request"] == id && line["fields"]["message"] == "answered");
        let statuses: Vec<_> = answered.map(|line| line["fields"]["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [u64::from(reply.status.as_u16())], "{text}");
    }
    let known = |id: &String| replies.iter().any(|reply| reply.header("x-request-id") == id);
    assert!(told.iter().all(known), "{text}");
}

/// The address in the line of one request over a real connection, which says that it was forwarded.
async fn logged_from(trusted: &[&str]) -> serde_json::Value {
    let sink = Sink::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(sink.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let trusted: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
    let trusted_proxies = TrustedProxies::parse(&trusted).unwrap();
    let settings = HttpSettings { public_url: URL.to_owned(), trusted_proxies, ..HttpSettings::default() };
    let world = World::planned(Plan { settings, ..Plan::default() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request =
            "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, 198.51.100.7\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serve(listener, world.app, shutdown, Duration::ZERO), exchange);
    served.unwrap();
    drop(guard);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.find(|line| line["fields"]["route"] == "/healthz").unwrap()["fields"]["from"].clone()
}

#[tokio::test]
async fn a_line_tells_where_the_request_came_from() {
    assert_eq!(logged_from(&[]).await, "127.0.0.1");
    assert_eq!(logged_from(&["10.0.0.0/8"]).await, "127.0.0.1");
    assert_eq!(logged_from(&["127.0.0.1"]).await, "198.51.100.7");
}
