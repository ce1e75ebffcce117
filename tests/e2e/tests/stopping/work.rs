//! What becomes of tasks in hand.

use crate::operations;
use backstop_backends::{SmtpSink, SmtpSinkOptions};
use backstop_e2e::{Api, Kind, ServerSpec, Site, TaskRow, eventually};
use reqwest::Method;
use serde_json::json;

/// A mail server that never answers for this address.
const HANGS: &str = "hang-ann@example.com";

async fn ask_for_mail(api: &Api, subject: &str, email: &str) {
    api.put_account(subject, &json!({"email": email})).await.expect(201);
    let made = api.generate(subject, &json!({})).await.expect(201);
    let path = format!("/api/v1/batches/{}/email", made.batch());
    let token = json!({"delivery_token": made.json["delivery_token"]});
    api.call(Method::POST, &path, Some(&token)).await.expect(202);
}

async fn of_codes(site: &Site) -> Vec<TaskRow> {
    site.tasks().await.into_iter().filter(|task| task.kind == "send_codes").collect()
}

async fn until_in_hand(site: &Site) {
    eventually("the mail is in hand", async || {
        of_codes(site).await.iter().any(|task| task.state == "running").then_some(())
    })
    .await;
}

/// The task is free at once, untried, although its lease would have gone on for ten minutes.
async fn is_given_back(site: &Site, spec: &ServerSpec, what: &str) {
    let kind = site.kind();
    let tasks = site.tasks().await;
    assert!(tasks.iter().all(|task| task.state != "running"), "{what} on {kind}: {tasks:#?}");
    let [task] = of_codes(site).await.try_into().expect("one task");
    assert_eq!((task.state.as_str(), task.attempt), ("queued", 0), "{what} on {kind}");
    let next = spec.start_worker().await;
    until_in_hand(site).await;
    next.kill();
}

fn spec(site: &Site, sink: &SmtpSink) -> ServerSpec {
    let url = format!("smtp://localhost:{}?tls=none", sink.address().port());
    site.spec()
        .with("BACKSTOP_MAIL__URL", url)
        .with("BACKSTOP_MAIL__FROM", "codes@example.com")
        .with("BACKSTOP_MAIL__DELIVERY", "queued")
        .with("BACKSTOP_NOTICES__CODES_MADE", "false")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_asked_to_stop_hands_back_what_it_can_not_finish() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (site, sink) = (Site::new(kind).await, SmtpSink::start(SmtpSinkOptions::default()).await.unwrap());
        let spec = spec(&site, &sink);
        let server = spec.clone().with_args(&["serve", "--no-worker"]).start().await;
        let worker = spec.clone().with("BACKSTOP_SERVER__METRICS_LISTEN", "127.0.0.1:0").start_worker().await;
        let operations = operations(worker.greeting());
        ask_for_mail(&site.api(&server).await, "ann", HANGS).await;
        until_in_hand(&site).await;
        operations.call(Method::GET, "/readyz", None).await.expect(200);
        let stopped = tokio::spawn(worker.stop());
        eventually("the worker says that it stops", async || {
            (operations.call(Method::GET, "/readyz", None).await.status == 503).then_some(())
        })
        .await;
        let status = stopped.await.unwrap();
        assert_eq!(status.code(), Some(0), "{kind}: {status}");
        is_given_back(&site, &spec, "worker").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_asked_to_stop_finishes_tasks_or_hands_them_back() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (site, sink) = (Site::new(kind).await, SmtpSink::start(SmtpSinkOptions::default()).await.unwrap());
        let spec = spec(&site, &sink);
        let server = spec.start().await;
        ask_for_mail(&site.api(&server).await, "ann", HANGS).await;
        until_in_hand(&site).await;
        let status = server.stop().await;
        assert_eq!(status.code(), Some(0), "{kind}: {status}");
        is_given_back(&site, &spec, "serve").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_can_finish_it_finishes() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (site, sink) = (Site::new(kind).await, SmtpSink::start(SmtpSinkOptions::default()).await.unwrap());
        let spec = spec(&site, &sink);
        let server = spec.clone().with_args(&["serve", "--no-worker"]).start().await;
        let api = site.api(&server).await;
        let worker = spec.start_worker().await;
        for number in 0..20 {
            ask_for_mail(&api, &format!("user-{number}"), &format!("user-{number}@example.com")).await;
        }
        eventually("some are done", async || {
            of_codes(&site).await.iter().any(|task| task.state == "done").then_some(())
        })
        .await;
        assert_eq!(worker.stop().await.code(), Some(0), "{kind}");
        let tasks = of_codes(&site).await;
        for task in &tasks {
            // Done with its one attempt, or never begun.
            assert!(matches!((task.state.as_str(), task.attempt), ("done", 1) | ("queued", 0)), "{kind}: {task:?}");
        }
        let done = tasks.iter().filter(|task| task.state == "done").count();
        let received = sink.received();
        let sent = received.iter().filter(|mail| String::from_utf8_lossy(&mail.data).contains("ecovery codes for"));
        assert_eq!(sent.count(), done, "{kind}: each was sent once");
    }
}
