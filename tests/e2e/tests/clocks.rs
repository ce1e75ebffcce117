//! Replicas whose machines don't agree about the time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test"
)]

use backstop_domain::Timestamp;
use backstop_e2e::{Api, Kind, Server, Site};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

const OFF: i64 = 300;

/// When the service says that it made a new set of codes.
async fn made_at(api: &Api, subject: &str) -> Timestamp {
    api.put_account(subject, &json!({})).await.expect(201);
    let made = api.generate(subject, &json!({})).await.expect(201);
    made.json["batch"]["created_at"].as_str().unwrap().parse().unwrap()
}

fn warnings(server: &Server) -> Vec<Value> {
    let lines = server.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    lines.into_iter().filter(|line| line["level"] == "WARN").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_whose_clocks_differ_store_the_same_time() {
    let site = Site::new(Kind::Postgres).await;
    let right = site.spec().start().await;
    let ahead = site.spec().with_clock_ahead(OFF).start().await;
    let behind = site.spec().with_clock_ahead(-OFF).start().await;
    let key = site.key(backstop_e2e::ALL_SCOPES).await;

    let mut times = Vec::new();
    for (server, subject) in [(&right, "ann"), (&ahead, "bob"), (&behind, "cyd")] {
        let api = Api::new(server.base(), &*key);
        times.push(made_at(&api, subject).await);
        let ready = api.call(Method::GET, "/readyz", None).await.expect(200);
        let parts = ready.json["parts"].as_array().unwrap();
        assert!(parts.iter().any(|part| part["part"] == "clock" && part["ready"] == true), "{}", ready.text);
    }
    let (first, last) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
    assert!(first.duration_until(last) < SignedDuration::from_secs(5), "{times:?}");

    let books = site.judge().await;
    let made = books.audit.iter().filter(|entry| entry.kind == "generated").map(|entry| entry.at);
    let made: Vec<Timestamp> = made.map(|micros| Timestamp::from_microsecond(micros).unwrap()).collect();
    assert_eq!(made.len(), 3);
    let (first, last) = (*made.iter().min().unwrap(), *made.iter().max().unwrap());
    assert!(first.duration_until(last) < SignedDuration::from_secs(5), "{made:?}");

    assert_eq!(warnings(&right), [] as [Value; 0]);
    for (server, off) in [(&ahead, -OFF), (&behind, OFF)] {
        let warnings = warnings(server);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let measured = warnings[0]["fields"]["offset_ms"].as_i64().unwrap();
        assert!((measured - off * 1_000).abs() < 5_000, "{measured}");
    }
}

/// Without it the test above would show nothing: that the servers really see another time.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_database_of_its_own_a_server_goes_by_its_machine() {
    let site = Site::new(Kind::Sqlite).await;
    let server = site.spec().with_clock_ahead(OFF).start().await;
    let api = site.api(&server).await;
    let before = Timestamp::now();
    let made = made_at(&api, "ann").await;
    let ahead = before.duration_until(made);
    assert!((ahead - SignedDuration::from_secs(OFF)).abs() < SignedDuration::from_secs(30), "{ahead}");
    assert_eq!(warnings(&server), [] as [Value; 0]);
}
