use super::{
    DELIVERIES, KINDS, attempted, codes_mail, codes_mails, codes_tasks, email, has_the_codes_for, is_emailed, made,
    sink, spec_for,
};
use backstop_e2e::{Kind, Site};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_good_fails_once_in_plain_sight_and_can_be_asked_for_again() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            fails_once(kind, delivery).await;
        }
    }
}

async fn fails_once(kind: Kind, delivery: &str) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let server = spec_for(&site, &sink).with("BACKSTOP_MAIL__DELIVERY", delivery).start().await;
    let api = site.api(&server).await;
    let made = made(&api, "ann", "refuse-ann@example.org", &json!({})).await;
    let answer = email(&api, &made).await;
    if delivery == "inline" {
        let kind = answer.expect(409).json["type"].clone();
        assert!(kind.as_str().is_some_and(|kind| kind.ends_with("mail-refused")), "{kind}");
    } else {
        assert_eq!(answer.expect(202).json["status"], "queued");
    }

    let task = attempted(&site, made.batch(), 1).await;
    assert_eq!((task.state.as_str(), &task.sealed), ("failed", &None), "{kind}, {delivery}");
    let error = task.error.expect("an error");
    assert!(error.contains("550") && error.contains("nobody"), "{error}");
    let log = site.mail_log().await;
    let line = log.iter().find(|line| line.task == task.id).expect("a line");
    assert_eq!(
        (line.address.as_str(), line.status.as_str(), line.attempts, line.error.as_deref()),
        ("refuse-ann@example.org", "failed", 1, Some(&*error))
    );
    assert_eq!(line.subject, "Your recovery codes for Backstop");
    assert!(!is_emailed(&api, "ann").await);
    let books = site.judge().await;
    let failed: Vec<_> = books.audit.iter().filter(|entry| entry.kind == "email_failed").collect();
    let [entry] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!((entry.batch, entry.reason.as_deref()), (Some(made.batch()), Some("it can be asked for again")));

    // A failed mail is not tried again by itself, whatever time passes.
    site.make_due("send_codes").await;
    assert_eq!(codes_tasks(&site, made.batch()).await[0].state, "failed");
    api.put_account("ann", &json!({"email": "ann@example.org"})).await.expect(200);
    email(&api, &made).await.expect(202);
    let (_, mail) = codes_mail(&sink, "ann@example.org").await;
    has_the_codes_for(&mail, "ann@example.org", &made);
    assert!(is_emailed(&api, "ann").await);
    assert!(codes_mails(&sink, "refuse-ann@example.org").is_empty());
    email(&api, &made).await.expect(409);
    assert!(server.stop().await.success());
}
