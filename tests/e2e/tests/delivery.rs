//! Codes are handed over as a file once, whoever asks and however many do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and racing needs tasks"
)]

use backstop_domain::SuspensionReason;
use backstop_e2e::{Answer, Api, Inside, Kind, NO_WAIT, Site, Wiring};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
const RACERS: usize = 16;

async fn made(api: &Api, subject: &str) -> Answer {
    api.put_account(subject, &json!({})).await;
    api.generate(subject, &json!({})).await.expect(201)
}

fn order(made: &Answer) -> (String, Value) {
    let path = format!("/api/v1/batches/{}/download", made.batch());
    (path, json!({ "delivery_token": made.json["delivery_token"] }))
}

async fn download(api: &Api, made: &Answer) -> Answer {
    let (path, body) = order(made);
    api.call(Method::POST, &path, Some(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_parallel_downloads_over_two_processes_one_gets_the_codes() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let servers = [site.spec().start().await, site.spec().start().await];
        let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
        for round in 0..3 {
            let made = Arc::new(made(&apis[0], &format!("ann {round}")).await);
            let start = Arc::new(Barrier::new(RACERS));
            let mut racers = JoinSet::new();
            for racer in 0..RACERS {
                let (api, made, start) = (apis[racer % 2].afresh(), Arc::clone(&made), Arc::clone(&start));
                racers.spawn(async move {
                    start.wait().await;
                    download(&api, &made).await
                });
            }
            let answers = racers.join_all().await;
            let with = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
            assert_eq!((with(200), with(409)), (1, RACERS - 1), "{kind}: {answers:#?}");
            for answer in &answers {
                let has_codes = made.codes().iter().any(|code| answer.text.contains(code));
                assert_eq!(has_codes, answer.status == 200, "{kind}");
            }
        }
        let books = site.judge().await;
        assert_eq!(books.audit.iter().filter(|entry| entry.kind == "downloaded").count(), 3, "{kind}");
        for server in servers {
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_each_format_has_what_was_shown() {
    for wiring in Wiring::ALL {
        let inside = Inside::start(wiring, &[("BACKSTOP_SITE__NAME", "Köln & Söhne")]).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        for (format, content_type) in
            [("txt", "text/plain; charset=utf-8"), ("csv", "text/csv; charset=utf-8"), ("pdf", "application/pdf")]
        {
            let made = made(&api, format).await;
            let (path, mut body) = order(&made);
            body["format"] = json!(format);
            let file = api.call(Method::POST, &path, Some(&body)).await.expect(200);
            assert_eq!(file.headers["content-type"], content_type);
            let disposition = format!("attachment; filename=\"recovery_codes-2026-02-03-040506.{format}\"");
            assert_eq!(file.headers["content-disposition"], *disposition);
            assert_eq!(file.headers["cache-control"], "no-store");
            if format == "pdf" {
                assert!(file.text.starts_with("%PDF-"));
            } else {
                let places: Vec<_> = made.codes().iter().map(|code| file.text.find(code)).collect();
                assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", file.text);
                assert!(file.text.contains("Köln & Söhne"));
            }
        }
        drop(served);
        inside.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_is_not_handed_over() {
    for wiring in Wiring::ALL {
        let inside = Inside::start(wiring, &[("BACKSTOP_DELIVERY__WINDOW", "10m"), NO_WAIT]).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        let late = made(&api, "late").await;
        inside.clock.advance(SignedDuration::from_mins(10));
        download(&api, &late).await.expect(410);
        let replaced = made(&api, "replaced").await;
        made(&api, "replaced").await;
        download(&api, &replaced).await.expect(410);
        let revoked = made(&api, "revoked").await;
        api.invalidate_batch("revoked", revoked.batch()).await.expect(200);
        download(&api, &revoked).await.expect(410);
        let deleted = made(&api, "deleted").await;
        api.delete_batch("deleted", deleted.batch()).await.expect(204);
        download(&api, &deleted).await.expect(410);
        let erased = made(&api, "erased").await;
        api.call(Method::DELETE, "/api/v1/accounts/erased", None).await.expect(204);
        download(&api, &erased).await.expect(403);
        let suspended = made(&api, "suspended").await;
        inside.suspend("suspended", Some(SuspensionReason::Failures)).await;
        assert_eq!(download(&api, &suspended).await.expect(409).json["reason"], "failures");
        api.call(Method::POST, "/api/v1/accounts/suspended/lift", None).await.expect(200);
        download(&api, &suspended).await.expect(410);
        let destroyed = made(&api, "destroyed").await;
        let path = format!("/api/v1/batches/{}/delivery", destroyed.batch());
        for _ in 0..2 {
            api.call(Method::DELETE, &path, None).await.expect(204);
        }
        download(&api, &destroyed).await.expect(410);
        drop(served);
        inside.close().await;
    }
}
