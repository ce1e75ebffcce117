//! Mails: they arrive as they were sent, and what did not is told apart.

use crate::{Arrived, MailerHarness, Mailers, fixture::*};
use backstop_application::ports::{Mail, PortErrorKind, Posted};
use backstop_domain::{EmailAddress, MessageId, SecretText};
use core::{error::Error, iter::successors};
use std::{collections::BTreeSet, sync::Arc};
use tokio::{sync::Barrier, task::JoinSet};

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn a_mail(to: &EmailAddress) -> Mail {
    let id = uuid();
    Mail {
        id: MessageId::new(id, "mail.example"),
        to: to.clone(),
        subject: "Your codes".to_owned(),
        text: SecretText::new(format!("Hello,\nyour code is TEXT-{id}.\n")),
        html: SecretText::new(format!("<!doctype html>\n<html><body><p>Your code is HTML-{id}.</p></body></html>\n")),
    }
}

fn ann() -> EmailAddress {
    address("ann@example.com")
}

async fn arrived(harness: &dyn MailerHarness, mailers: &Mailers, many: usize) -> Vec<Arrived> {
    let arrived = harness.arrived(mailers).await;
    assert_eq!(arrived.len(), many, "{arrived:?}");
    arrived
}

/// Lines as mail has them are told by either end.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

fn assert_same(arrived: &Arrived, mail: &Mail) {
    assert_eq!(arrived.id, mail.id.as_str());
    assert_eq!(arrived.to, [mail.to.as_str()]);
    assert_eq!(arrived.subject, mail.subject);
    assert_eq!(lines(&arrived.text), lines(mail.text.reveal()));
    assert_eq!(lines(&arrived.html), lines(mail.html.reveal()));
}

/// Everything that a fault says of itself.
fn told(fault: &(dyn Error + 'static)) -> String {
    let causes = successors(Some(fault), |cause| (*cause).source());
    causes.map(|cause| format!("{cause} {cause:?}")).collect::<Vec<_>>().join(" ")
}

/// "Hands the mail over as it is: to its receiver, under its id, with its subject and both its parts."
pub async fn a_mail_arrives_as_it_was_sent(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    let mail = a_mail(&ann());
    assert_eq!(mailers.mailer.send(&mail).await.unwrap(), Posted::Accepted);
    assert_same(&arrived(harness, &mailers, 1).await[0], &mail);
}

/// "As it is": letters of all scripts, long lines, lone dots and what looks like a header stay what they are.
pub async fn what_is_written_survives(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    let mut mail = a_mail(&ann());
    mail.subject = ["Köln & Söhne: 3 códigos — 復旧コード 🜁 left,"; 4].join(" ");
    let long = "ÄbcDé 復旧コード ".repeat(200);
    mail.text = SecretText::new(format!(".\n..\nFrom here\n\nSubject: not this\n{}\nA=3D?B\n", long.trim_end()));
    mail.html = SecretText::new(format!(
        "<!doctype html>\n<html><body><p>.\n<b>=3D</b> {}</p>\n</body></html>\n",
        long.trim_end()
    ));
    assert_eq!(mailers.mailer.send(&mail).await.unwrap(), Posted::Accepted);
    assert_same(&arrived(harness, &mailers, 1).await[0], &mail);
}

/// "A subject never makes a header of its own, whatever is in it."
pub async fn a_subject_adds_no_header(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    let subjects = [
        "Codes\r\nBcc: eve@example.com",
        "Codes\nX-Eve: 1\n\nbody",
        "Codes\rBcc: eve@example.com",
        "\0Codes\u{85}é\r\n Bcc: x",
    ];
    for (many, subject) in (1..).zip(subjects) {
        let mut mail = a_mail(&ann());
        subject.clone_into(&mut mail.subject);
        assert_eq!(mailers.mailer.send(&mail).await.unwrap(), Posted::Accepted);
        let all = arrived(harness, &mailers, many).await;
        let newest = all.iter().find(|arrived| arrived.id == mail.id.as_str()).expect("it arrived under its id");
        assert_eq!(newest.to, ["ann@example.com"]);
        assert!(newest.headers.iter().all(|name| !["bcc", "cc", "x-eve"].contains(&name.to_lowercase().as_str())));
        assert!(newest.subject.contains("Codes") && !newest.subject.contains(char::is_control), "{newest:?}");
        assert_eq!(lines(&newest.text), lines(mail.text.reveal()));
    }
}

/// "A mail that is sent again goes again, under the same id."
pub async fn a_mail_that_is_sent_again_has_the_same_id(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    let (mail, other) = (a_mail(&ann()), a_mail(&ann()));
    for mail in [&mail, &other, &mail] {
        assert_eq!(mailers.mailer.send(mail).await.unwrap(), Posted::Accepted);
    }
    let all = arrived(harness, &mailers, 3).await;
    let with = |mail: &Mail| all.iter().filter(|arrived| arrived.id == mail.id.as_str()).count();
    assert_eq!((with(&mail), with(&other)), (2, 1));
}

/// Many at once each arrive once, and none with the words of another.
pub async fn mails_are_kept_apart_under_load(harness: &dyn MailerHarness) {
    let mailers = Arc::new(harness.fresh().await);
    let (start, mut tasks) = (Arc::new(Barrier::new(RACERS)), JoinSet::new());
    for nth in 0..RACERS {
        let (mailers, start) = (Arc::clone(&mailers), Arc::clone(&start));
        tasks.spawn(async move {
            let mail = a_mail(&address(&format!("reader{nth}@example.com")));
            start.wait().await;
            assert_eq!(mailers.mailer.send(&mail).await.unwrap(), Posted::Accepted);
            mail
        });
    }
    let mails = tasks.join_all().await;
    let all = arrived(harness, &mailers, RACERS).await;
    for mail in &mails {
        let arrived = all.iter().find(|arrived| arrived.id == mail.id.as_str()).expect("each arrived");
        assert_same(arrived, mail);
    }
    assert_eq!(mails.iter().map(|mail| mail.to.key()).collect::<BTreeSet<_>>().len(), RACERS);
}

/// "A receiver that won't have the mail, now or later, is `Refused`; what is said of it repeats nothing of the parts."
/// Others are not kept from theirs.
pub async fn a_receiver_may_refuse(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    for to in harness.refusing(&mailers).await {
        let mail = a_mail(&to);
        let Posted::Refused(answer) = mailers.mailer.send(&mail).await.unwrap() else {
            panic!("{} accepted it", to.as_str());
        };
        assert!(!answer.is_empty() && answer.chars().count() <= Posted::LONGEST_ANSWER, "{answer}");
        assert!(!answer.contains(char::is_control), "{answer:?}");
        assert!(!answer.contains("TEXT-") && !answer.contains("HTML-"), "{answer}");
    }
    let after = a_mail(&ann());
    assert_eq!(mailers.mailer.send(&after).await.unwrap(), Posted::Accepted);
    assert_same(&arrived(harness, &mailers, 1).await[0], &after);
}

/// "Everything else that keeps the mail from going … is a fault of kind `Unavailable`, and says nothing of the parts
/// either. A receiver that does not answer is such a fault in the end." Others are not kept from theirs.
pub async fn what_may_go_later_is_a_fault(harness: &dyn MailerHarness) {
    let mailers = harness.fresh().await;
    for to in harness.putting_off(&mailers).await {
        let fault = mailers.mailer.send(&a_mail(&to)).await.expect_err("it can't have gone");
        assert_eq!(fault.kind(), PortErrorKind::Unavailable, "{fault}");
        let told = told(&fault);
        assert!(!told.contains("TEXT-") && !told.contains("HTML-"), "{told}");
    }
    let after = a_mail(&ann());
    assert_eq!(mailers.mailer.send(&after).await.unwrap(), Posted::Accepted);
    assert_same(&arrived(harness, &mailers, 1).await[0], &after);
}
