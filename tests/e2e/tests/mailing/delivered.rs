use super::{
    DELIVERIES, KINDS, SENDER, attempted, codes_mail, email, has_the_codes_for, in_any_mail, made, read, sink, spec_for,
};
use backstop_e2e::{Kind, Search, Site, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_with_starttls_gets_the_codes_as_they_were_shown() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            are_delivered(kind, delivery).await;
        }
    }
}

async fn are_delivered(kind: Kind, delivery: &str) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let server = spec_for(&site, &sink).with("BACKSTOP_MAIL__DELIVERY", delivery).start().await;
    let api = site.api(&server).await;
    let mut codes = Vec::new();
    for (subject, options) in [("ann", json!({})), ("bob", json!({"expires_in_days": 30}))] {
        let address = format!("{subject}@example.org");
        let made = made(&api, subject, &address, &options).await;
        let answer = email(&api, &made).await.expect(202);
        assert_eq!(answer.json["status"], if delivery == "inline" { "sent" } else { "queued" });
        let (got, mail) = codes_mail(&sink, &address).await;
        assert!(got.is_encrypted, "{got:?}");
        assert_eq!((got.from.as_str(), got.to), (SENDER, vec![address.clone()]));
        has_the_codes_for(&mail, &address, &made);
        assert_eq!(mail.text.contains("they don't expire"), subject == "ann", "{}", mail.text);
        let task = attempted(&site, made.batch(), 1).await;
        assert_eq!((task.state.as_str(), &task.payload, &task.sealed, &task.error), ("done", &None, &None, &None));
        assert!(super::is_emailed(&api, subject).await);
        codes.extend(made.codes());
    }
    // Owners are told of their new codes by another mail, which has none.
    let told = |mails: &[(_, backstop_backends::ReadMail)]| mails.iter().filter(|(_, mail)| !is_of_codes(mail)).count();
    let mails = eventually("both owners were told", async || {
        let mails = read(&sink);
        (told(&mails) == 2).then_some(mails)
    })
    .await;
    let search = Search::new(in_any_mail(&codes).iter().map(String::as_str));
    for (_, mail) in mails.iter().filter(|(_, mail)| !is_of_codes(mail)) {
        assert_eq!(search.hits([&*mail.subject, &mail.text, &mail.html].join("\n").as_bytes()), [""; 0]);
    }
    let log = site.mail_log().await;
    let sent = log.iter().filter(|line| line.status == "sent" && line.attempts == 1 && line.error.is_none());
    assert_eq!((log.len(), sent.count()), (4, 4), "{log:?}");
    let books = site.judge().await;
    assert_eq!(books.audit.iter().filter(|entry| entry.kind == "emailed").count(), 2);
    assert!(server.stop().await.success());
}

fn is_of_codes(mail: &backstop_backends::ReadMail) -> bool {
    mail.subject.starts_with("Your recovery codes for")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_right_after_its_answer_loses_no_mail() {
    for kind in KINDS {
        let (site, sink) = (Site::new(kind).await, sink().await);
        let spec = spec_for(&site, &sink);
        let server = spec.clone().with_args(&["serve", "--no-worker"]).start().await;
        let api = site.api(&server).await;
        let made = made(&api, "ann", "ann@example.org", &json!({})).await;
        let answer = email(&api, &made).await.expect(202);
        server.kill();
        assert_eq!(answer.json["status"], "queued");
        let task = attempted(&site, made.batch(), 0).await;
        assert_eq!((task.state.as_str(), sink.connections()), ("queued", 0), "{kind}: {task:?}");

        let worker = spec.start_worker().await;
        let (_, mail) = codes_mail(&sink, "ann@example.org").await;
        has_the_codes_for(&mail, "ann@example.org", &made);
        assert_eq!(attempted(&site, made.batch(), 1).await.state, "done");
        assert!(worker.stop().await.success());
        site.judge().await;
    }
}
