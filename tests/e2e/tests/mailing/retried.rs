use super::{
    DELIVERIES, KINDS, attempted, codes_mail, codes_mails, email, has_the_codes_for, is_emailed, made, sink, spec,
    spec_for, with_starttls,
};
use backstop_backends::SmtpSink;
use backstop_e2e::{Kind, Site, eventually, own_network};
use jiff::Timestamp;
use serde_json::json;

const SECOND: i64 = 1_000_000;
/// What a mail may be tried, in these tests.
const ATTEMPTS: i64 = 4;

/// Receivers, and what the error tells of them.
const PUT_OFF: [(&str, &str); 2] = [("later-ann", "451"), ("drop-bob", "mail server")];

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_put_off_or_cut_off_is_tried_again_after_growing_waits_and_then_given_up() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            are_tried_again(kind, delivery).await;
        }
    }
}

async fn are_tried_again(kind: Kind, delivery: &str) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let spec = spec_for(&site, &sink).with("BACKSTOP_WORKER__MAX_ATTEMPTS", ATTEMPTS.to_string());
    let server = spec.with("BACKSTOP_MAIL__DELIVERY", delivery).start().await;
    let api = site.api(&server).await;
    let mut sets = Vec::new();
    for (subject, error) in PUT_OFF {
        let made = made(&api, subject, &format!("{subject}@example.org"), &json!({})).await;
        assert_eq!(email(&api, &made).await.expect(202).json["status"], "queued");
        sets.push((subject, error, made));
    }
    for attempt in 1..ATTEMPTS {
        for (subject, error, made) in &sets {
            let task = attempted(&site, made.batch(), attempt).await;
            assert_eq!(task.state, "queued", "{kind}, {delivery}, {subject}: {task:?}");
            let told = task.error.as_deref().unwrap_or_default();
            assert!(told.contains(error), "{subject}: {told}");
            let full = (5 * SECOND) << (attempt - 1);
            let begun = task.begun_at.expect("it began");
            let longest = Timestamp::now().as_microsecond() + full + SECOND;
            assert!((begun + full / 2..=longest).contains(&task.due_at), "{attempt}: {task:?}");
            assert!(task.sealed.is_some() && is_emailed(&api, subject).await);
            let log = site.mail_log().await;
            let line = log.iter().find(|line| line.task == task.id).expect("a line");
            assert_eq!((line.status.as_str(), line.attempts, line.error.as_deref()), ("waiting", attempt, Some(told)));
            assert_eq!(email(&api, made).await.expect(409).json["type"].as_str().map(ends_in_already), Some(true));
        }
        site.make_due("send_codes").await;
    }
    for (subject, error, made) in &sets {
        let task = attempted(&site, made.batch(), ATTEMPTS).await;
        assert_eq!((task.state.as_str(), &task.sealed), ("failed", &None));
        assert!(task.error.is_some_and(|told| told.contains(error)));
        assert!(!is_emailed(&api, subject).await);
        assert!(codes_mails(&sink, &format!("{subject}@example.org")).is_empty());
    }
    let books = site.judge().await;
    assert_eq!(books.audit.iter().filter(|entry| entry.kind == "email_failed").count(), sets.len());
    assert!(server.stop().await.success());
}

fn ends_in_already(kind: &str) -> bool {
    kind.ends_with("already-emailed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_receipt_was_lost_comes_again_with_the_same_id() {
    for kind in KINDS {
        let (site, sink) = (Site::new(kind).await, sink().await);
        let server = spec_for(&site, &sink).start().await;
        let api = site.api(&server).await;
        let address = "lose-ann@example.org";
        let made = made(&api, "ann", address, &json!({})).await;
        email(&api, &made).await.expect(202);
        assert_eq!(attempted(&site, made.batch(), 1).await.state, "queued");
        site.make_due("send_codes").await;
        attempted(&site, made.batch(), 2).await;
        let mails = codes_mails(&sink, address);
        let [(_, first), (_, second)] = mails.as_slice() else { panic!("{mails:#?}") };
        assert_eq!(first.id, second.id, "{kind}");
        for mail in [first, second] {
            has_the_codes_for(mail, address, &made);
        }
        assert!(server.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_mail_server_is_down_codes_sign_in_and_the_mail_waits() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            waits(kind, delivery).await;
        }
    }
}

async fn waits(kind: Kind, delivery: &str) {
    let (site, closed) = (Site::new(kind).await, SmtpSink::closed(with_starttls()).unwrap());
    let spec = spec(&site, closed.address(), closed.certificate()).with("BACKSTOP_MAIL__DELIVERY", delivery);
    let server = spec.with_open_guard().start().await;
    let api = site.api(&server).await;
    let address = "ann@example.org";
    let made = made(&api, "ann", address, &json!({})).await;
    assert_eq!(email(&api, &made).await.expect(202).json["status"], "queued");
    let task = attempted(&site, made.batch(), 1).await;
    let error = task.error.unwrap_or_default();
    assert!(task.state == "queued" && error.contains("can't be reached"), "{error}");

    let codes = made.codes();
    api.verify("ann", &codes[0], &own_network()).await.expect(200);
    for (used, code) in (1..).zip(&codes[..3]) {
        let answer = api.redeem("ann", code, &own_network()).await.expect(200);
        assert_eq!(answer.json["remaining"], codes.len() - used);
        api.redeem("ann", code, &own_network()).await.expect(401);
    }
    email(&api, &made).await.expect(409);
    site.make_due("send_codes").await;
    assert_eq!(attempted(&site, made.batch(), 2).await.state, "queued");
    site.judge().await;

    let sink = closed.open().unwrap();
    site.make_due("send_codes").await;
    let (_, mail) = codes_mail(&sink, address).await;
    has_the_codes_for(&mail, address, &made);
    let id = task.id;
    eventually("the mail is known to be sent", async || {
        let log = site.mail_log().await;
        log.into_iter().find(|line| line.task == id && line.status == "sent" && line.attempts == 3)
    })
    .await;
    assert!(server.stop().await.success());
}
