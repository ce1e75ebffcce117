//! What those who run the service see of it from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop::meters::CATALOGUE;
use backstop_e2e::{Api, Kind, Site, eventually, own_network, run};
use nom_openmetrics::{Sample, parser::prometheus};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is measured now. The parser knows `OpenMetrics` as well, where an empty line is none.
async fn measured(api: &Api) -> String {
    let told = api.call(Method::GET, "/metrics", None).await.expect(200);
    assert_eq!(told.headers["content-type"], "text/plain; version=0.0.4");
    told.text.replace("\n\n", "\n")
}

fn samples(text: &str) -> Vec<Sample<'_>> {
    let (rest, families) = prometheus(text).expect("a parser of Prometheus reads it");
    assert_eq!(rest, "");
    families.into_iter().flat_map(|family| family.samples).collect()
}

#[track_caller]
fn value(samples: &[Sample<'_>], name: &str, labels: &[(&str, &str)]) -> f64 {
    let has = |sample: &&Sample<'_>| {
        sample.name() == name
            && labels.iter().all(|(label, value)| sample.labels().iter().any(|l| l.name == *label && l.value == *value))
    };
    let found: Vec<f64> = samples.iter().filter(has).map(Sample::number).collect();
    assert_eq!(found.len(), 1, "{name} {labels:?}");
    found[0]
}

/// Where operators ask, as the greeting says.
fn operations(greeting: &[String]) -> Api {
    let line = greeting.iter().find(|line| line.contains("Operations")).expect("a line");
    let from = line.find("http://").expect("an address");
    Api::without_key(line[from..].trim_end_matches("/metrics"))
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::float_cmp, reason = "counts of few are whole numbers")]
async fn what_happens_is_measured_and_every_metric_is_there() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let spec = site.spec().with("BACKSTOP_GUARD__MAX_ATTEMPTS", "2").with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s");
        let server = spec.start().await;
        let api = site.api(&server).await;
        api.put_account("sub-ject-7", &json!({"email": "seven@example.com"})).await.expect(201);
        let codes = api.generate("sub-ject-7", &json!({"count": 3})).await.expect(201).codes();
        let wrong = codes[0].chars().rev().collect::<String>();
        api.redeem("sub-ject-7", &codes[0], &own_network()).await.expect(200);
        api.redeem("sub-ject-7", &codes[0], &own_network()).await.expect(401);
        api.redeem("sub-ject-7", &wrong, &own_network()).await.expect(401);
        let network = own_network();
        api.redeem("nobody", &wrong, &network).await.expect(401);
        api.redeem("nobody", &wrong, &network).await.expect(401);
        api.redeem("nobody", &wrong, &network).await.expect(429);
        eventually("the worker is heard of", async || has_worker(&api).await.then_some(())).await;

        let text = measured(&api).await;
        for secret in ["sub-ject-7", "seven@example.com", "nobody", "unknown_account", &codes[0], &wrong] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let all = samples(&text);
        let names: BTreeSet<&str> = all.iter().map(Sample::name).collect();
        for metric in CATALOGUE {
            assert!(names.iter().any(|name| name.starts_with(metric.name)), "{kind}: no {}", metric.name);
        }
        let of = |name: &str, labels: &[(&str, &str)]| value(&all, name, labels);
        assert_eq!(of("backstop_redeems_total", &[("outcome", "accepted")]), 1.0, "{kind}");
        assert_eq!(of("backstop_redeems_total", &[("outcome", "used")]), 1.0, "{kind}");
        assert_eq!(of("backstop_redeems_total", &[("outcome", "wrong")]), 3.0, "{kind}");
        assert_eq!(of("backstop_guard_attempts_total", &[("budget", "codes"), ("outcome", "pair")]), 1.0, "{kind}");
        assert_eq!(of("backstop_guard_limits_reached_total", &[("limit", "pair")]), 1.0, "{kind}");
        assert_eq!(of("backstop_acts_total", &[("kind", "generated")]), 1.0, "{kind}");
        let redeem = [("route", "/api/v1/accounts/{subject}/codes/redeem"), ("method", "POST"), ("status", "4xx")];
        assert_eq!(of("backstop_http_requests_total", &redeem), 5.0, "{kind}");
        assert_eq!(of("backstop_http_request_duration_seconds_count", &redeem), 5.0, "{kind}");
        for part in ["database", "clock", "queue"] {
            assert_eq!(of("backstop_part_up", &[("part", part)]), 1.0, "{kind}");
        }
        let pool = if kind == Kind::Sqlite { "writer" } else { "all" };
        assert!(of("backstop_database_connections_max", &[("pool", pool)]) >= 1.0, "{kind}");
        assert!(of("backstop_database_begin_duration_seconds_count", &[]) >= 5.0, "{kind}");
    }
}

/// Whether the worker has said that it is there, and the database was asked since.
async fn has_worker(api: &Api) -> bool {
    let told = measured(api).await;
    told.contains("\nbackstop_workers 1\n") && told.contains("backstop_part_up{part=\"queue\"} 1")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_listener_of_their_own_operators_ask_there_and_nobody_else_is_told() {
    let site = Site::new(Kind::Sqlite).await;
    let spec = site.spec().with("BACKSTOP_SERVER__METRICS_LISTEN", "127.0.0.1:0");
    let server = spec.start().await;
    let operators = operations(server.greeting());
    let admin = Api::new(server.base(), site.key("admin").await);
    admin.call(Method::GET, "/metrics", None).await.expect(404);
    assert!(!samples(&measured(&operators).await).is_empty());
    for path in ["/healthz", "/readyz"] {
        for api in [&operators, &admin] {
            let told = api.call(Method::GET, path, None).await.expect(200);
            let id = told.headers["x-request-id"].to_str().unwrap();
            assert!(server.log().contains(id), "{path}");
        }
    }
    for path in ["/", "/docs", "/api/v1/accounts/ann", "/admin", "/auth/recovery-codes/login"] {
        operators.call(Method::GET, path, None).await.expect(404);
    }

    // A worker has one of its own, and says so when it can't.
    let worker = spec.start_worker().await;
    let log = worker.log();
    let worker_tells = operations(worker.greeting());
    let ready = worker_tells.call(Method::GET, "/readyz", None).await.expect(200).json;
    let parts: Vec<&Value> = ready["parts"].as_array().unwrap().iter().map(|part| &part["part"]).collect();
    assert_eq!(parts, ["database", "queue", "clock"], "{log}");
    let taken = operators.base().strip_prefix("http://").unwrap().to_owned();
    let mut environment = site.env();
    environment.push(("BACKSTOP_SERVER__METRICS_LISTEN".to_owned(), taken));
    let refused = run(site.folder(), &["worker"], &environment);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("server.metrics_listen, for each process its own"), "{}", refused.stderr);
    assert_eq!(worker.stop().await.code(), Some(0));
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_worker_the_queue_is_told_and_keeps_nobody_away() {
    let site = Site::new(Kind::Sqlite).await;
    let server = site.spec().with_args(&["serve", "--no-worker"]).start().await;
    let api = Api::without_key(server.base());
    let told = api.call(Method::GET, "/readyz", None).await.expect(200).json;
    let queue = told["parts"].as_array().unwrap().iter().find(|part| part["part"] == "queue").expect("the queue");
    assert_eq!((&queue["ready"], &queue["optional"]), (&json!(false), &json!(true)), "{told}");
    assert!(queue["reason"].as_str().unwrap().contains("no worker was heard of"), "{told}");
    let worker = site.spec().start_worker().await;
    eventually("the worker is heard of", async || {
        let told = api.call(Method::GET, "/readyz", None).await.expect(200).json;
        told["parts"].as_array().unwrap().iter().all(|part| part["ready"] == true).then_some(())
    })
    .await;
    worker.kill();
}
