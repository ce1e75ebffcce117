//! What is special about SMTP: whom it trusts, whose fault a refusal is, and how connections are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

mod support;

use backstop_application::ports::{Mailer as _, PortError, PortErrorKind, Posted};
use backstop_backends::{ReadMail, SmtpSink, SmtpSinkOptions, SmtpSinkTls};
use backstop_domain::SecretText;
use backstop_memory::SystemClock;
use backstop_smtp::{Server, SmtpMailer, SmtpSettings};
use core::{iter::successors, time::Duration};
use jiff::SignedDuration;
use std::{error::Error, sync::Arc};
use support::{a_mail, pair, settings};
use tokio::task::JoinSet;

const REQUIRED: &str = "smtp://localhost:{port}?tls=required";
const IMPLICIT: &str = "smtps://localhost:{port}";
const CLEAR: &str = "smtp://localhost:{port}";

fn encrypted(tls: SmtpSinkTls) -> SmtpSinkOptions {
    SmtpSinkOptions { tls, ..SmtpSinkOptions::default() }
}

fn told(fault: &PortError) -> String {
    let causes = successors(Some(fault as &(dyn Error + 'static)), |cause| (*cause).source());
    causes.map(|cause| format!("{cause} {cause:?}")).collect::<Vec<_>>().join(" ")
}

/// That nothing went, and why.
async fn refused(sink: &SmtpSink, mailer: &SmtpMailer) -> String {
    let fault = mailer.send(&a_mail("ann@example.com")).await.expect_err("it can't have gone");
    assert_eq!(fault.kind(), PortErrorKind::Unavailable);
    assert!(sink.received().is_empty());
    let told = told(&fault);
    assert!(!told.contains("SECRET") && !told.contains("hunter2"), "{told}");
    told
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    for (tls, url) in [(SmtpSinkTls::StartTls, REQUIRED), (SmtpSinkTls::Implicit, IMPLICIT)] {
        let sink = SmtpSink::start(encrypted(tls)).await.unwrap();
        let untrusting = SmtpSettings { own_roots: None, ..settings(&sink, url) };
        let mailer = SmtpMailer::new(untrusting, Arc::new(SystemClock)).unwrap();
        let told = refused(&sink, &mailer).await;
        assert!(told.contains("can't be encrypted") && told.contains("certificate"), "{told}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    for (tls, url) in [
        (SmtpSinkTls::StartTls, "smtp://127.0.0.1:{port}?tls=required"),
        (SmtpSinkTls::StartTls, "smtp://127.0.0.1:{port}?tls=opportunistic"),
        (SmtpSinkTls::Implicit, "smtps://127.0.0.1:{port}"),
    ] {
        let (sink, mailer, _) = pair(encrypted(tls), url).await;
        let told = refused(&sink, &mailer).await;
        assert!(told.contains("can't be encrypted"), "{told}");
    }
}

#[tokio::test]
async fn nothing_goes_in_the_clear_where_encryption_is_required() {
    let (sink, mailer, _) = pair(encrypted(SmtpSinkTls::None), REQUIRED).await;
    let told = refused(&sink, &mailer).await;
    assert!(told.contains("does not offer STARTTLS"), "{told}");
}

#[tokio::test]
async fn where_it_is_opportunistic_mails_go_either_way() {
    for tls in [SmtpSinkTls::None, SmtpSinkTls::StartTls] {
        let (sink, mailer, _) = pair(encrypted(tls), "smtp://localhost:{port}?tls=opportunistic").await;
        assert_eq!(mailer.send(&a_mail("ann@example.com")).await.unwrap(), Posted::Accepted);
        assert_eq!(sink.received()[0].is_encrypted, tls == SmtpSinkTls::StartTls);
    }
}

#[tokio::test]
async fn what_was_said_before_the_encryption_is_not_believed() {
    let options = SmtpSinkOptions { injected: Some("250 ok"), ..encrypted(SmtpSinkTls::StartTls) };
    let (sink, mailer, _) = pair(options, REQUIRED).await;
    let told = refused(&sink, &mailer).await;
    assert!(told.contains("somebody spoke for the mail server"), "{told}");
}

#[tokio::test]
async fn a_login_is_ours_to_get_right() {
    let login = Some(("ann@example.com".to_owned(), "hunter2/ü".to_owned()));
    let options = SmtpSinkOptions { login, ..encrypted(SmtpSinkTls::Implicit) };
    let (sink, mailer, _) = pair(options.clone(), "smtps://ann%40example.com:hunter2%2F%C3%BC@localhost:{port}").await;
    assert_eq!(mailer.send(&a_mail("ann@example.com")).await.unwrap(), Posted::Accepted);
    assert!(sink.received()[0].is_logged_in);

    let (sink, mailer, _) = pair(options.clone(), "smtps://ann%40example.com:hunter2@localhost:{port}").await;
    let told = refused(&sink, &mailer).await;
    assert!(told.contains("refused our login (535)") && !told.contains("AGFubk"), "{told}");

    let (sink, mailer, _) = pair(options, IMPLICIT).await;
    assert!(refused(&sink, &mailer).await.contains("530"));
}

#[tokio::test]
async fn a_server_that_will_not_have_us_refuses_no_receiver() {
    let unwelcome = SmtpSinkOptions { greeting: Some("554 5.7.1 not from there"), ..SmtpSinkOptions::default() };
    let unknown = SmtpSinkOptions { sender_answer: Some("550 5.7.1 who are you"), ..SmtpSinkOptions::default() };
    for (options, code) in [(unwelcome, "554"), (unknown, "550")] {
        let (sink, mailer, _) = pair(options, CLEAR).await;
        let told = refused(&sink, &mailer).await;
        assert!(told.contains(code), "{told}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_fault() {
    let (sink, mailer, _) = pair(SmtpSinkOptions::default(), CLEAR).await;
    let address = sink.address();
    drop(sink);
    let fault = mailer.send(&a_mail("ann@example.com")).await.expect_err("nobody is there");
    assert_eq!(fault.kind(), PortErrorKind::Unavailable);
    assert!(fault.to_string().contains("can't be reached"), "{fault} at {address}");
}

#[tokio::test]
async fn a_refusal_tells_what_was_said_and_not_what_was_sent() {
    let (_sink, mailer, _) = pair(SmtpSinkOptions::default(), CLEAR).await;
    let refused = |to| {
        let mailer = &mailer;
        async move {
            match mailer.send(&a_mail(to)).await.unwrap() {
                Posted::Refused(answer) => answer,
                Posted::Accepted => String::new(),
            }
        }
    };
    assert_eq!(refused("refuse-ann@example.com").await, "550 5.1.1 nobody of this name");
    let spam = refused("spam-ann@example.com").await;
    assert!(spam.starts_with("554 5.7.1 this is spam:") && !spam.contains("SECRET"), "{spam}");
}

#[tokio::test]
async fn a_mail_has_the_headers_that_others_go_by() {
    let (sink, mailer, clock) = pair(SmtpSinkOptions::default(), CLEAR).await;
    clock.advance(SignedDuration::from_secs(5));
    mailer.send(&a_mail("Jörg@bücher.example")).await.unwrap();
    mailer.send(&a_mail("ann@bücher.example")).await.unwrap();
    let received = sink.received();
    assert_eq!(received[0].to, ["Jörg@xn--bcher-kva.example"]);
    assert_eq!(
        (received[1].to[0].as_str(), received[1].from.as_str()),
        ("ann@xn--bcher-kva.example", "backstop@example.com")
    );
    let mail = ReadMail::parse(&received[1].data).unwrap();
    assert_eq!(mail.id, "<00000000-0000-0000-0000-000000000007@mail.example>");
    assert_eq!(mail.from, "backstop@example.com");
    assert_eq!(mail.sent_at, "2026-03-03T16:21:05Z".parse::<jiff::Timestamp>().unwrap().as_second());
    assert_eq!(mail.header("auto-submitted"), Some("auto-generated"));
    assert_eq!(mail.parts, ["multipart/alternative", "text/plain", "text/html"]);
    assert_eq!(mail.header("bcc"), None);
    assert!(received[1].data.is_ascii(), "nothing depends on what servers make of other bytes");
    let again = mailer.send(&a_mail("ann@bücher.example")).await.unwrap();
    assert_eq!((again, &sink.received()[2].data), (Posted::Accepted, &received[1].data));
}

#[tokio::test]
async fn connections_are_used_again_while_they_are_fresh() {
    let (sink, mailer, clock) = pair(encrypted(SmtpSinkTls::StartTls), REQUIRED).await;
    for _ in 0..5 {
        mailer.send(&a_mail("ann@example.com")).await.unwrap();
        clock.advance(SignedDuration::from_secs(59));
    }
    assert_eq!((sink.received().len(), sink.connections()), (5, 1));
    clock.advance(SignedDuration::from_secs(1));
    mailer.send(&a_mail("ann@example.com")).await.unwrap();
    assert_eq!((sink.received().len(), sink.connections()), (6, 2));
    mailer.send(&a_mail("refuse-ann@example.com")).await.unwrap();
    mailer.send(&a_mail("ann@example.com")).await.unwrap();
    assert_eq!((sink.received().len(), sink.connections()), (7, 3));
}

#[tokio::test]
async fn there_are_no_more_connections_than_were_allowed() {
    let sink = SmtpSink::start(SmtpSinkOptions::default()).await.unwrap();
    let few = SmtpSettings { connections: 2, ..settings(&sink, CLEAR) };
    let mailer = Arc::new(SmtpMailer::new(few, Arc::new(SystemClock)).unwrap());
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let mailer = Arc::clone(&mailer);
        tasks.spawn(async move { mailer.send(&a_mail("ann@example.com")).await.unwrap() });
    }
    assert!(tasks.join_all().await.into_iter().all(|posted| posted == Posted::Accepted));
    assert_eq!(sink.received().len(), 20);
    assert!(sink.connections() <= 2, "{}", sink.connections());
}

#[tokio::test]
async fn one_that_hangs_is_given_up_and_keeps_nobody_else_waiting() {
    let sink = SmtpSink::start(SmtpSinkOptions::default()).await.unwrap();
    let one = SmtpSettings { connections: 1, limit: Duration::from_secs(2), ..settings(&sink, CLEAR) };
    let mailer = SmtpMailer::new(one, Arc::new(SystemClock)).unwrap();
    let fault = mailer.send(&a_mail("hang-ann@example.com")).await.expect_err("nobody answers");
    assert!(fault.to_string().contains("in time"), "{fault}");
    assert_eq!(mailer.send(&a_mail("ann@example.com")).await.unwrap(), Posted::Accepted);
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn a_part_may_have_what_divides_parts() {
    let (sink, mailer, _) = pair(SmtpSinkOptions::default(), CLEAR).await;
    let mut mail = a_mail("ann@example.com");
    let line = "--=_00000000000000000000000000000007";
    mail.text = SecretText::new(format!("before\n{line}\n{line}_\n{line}--\nafter\n"));
    mailer.send(&mail).await.unwrap();
    let read = ReadMail::parse(&sink.received()[0].data).unwrap();
    assert_eq!(read.text.replace('\r', "").trim_end(), mail.text.reveal().trim_end());
    assert_eq!(read.html.replace('\r', "").trim_end(), mail.html.reveal().trim_end());
}

#[tokio::test]
async fn own_roots_must_be_certificates() {
    let sink = SmtpSink::start(SmtpSinkOptions::default()).await.unwrap();
    let cases: [&[u8]; 3] = [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"];
    for pem in cases {
        let settings = SmtpSettings { own_roots: Some(pem.to_vec()), ..settings(&sink, IMPLICIT) };
        assert!(SmtpMailer::new(settings, Arc::new(SystemClock)).is_err());
    }
    assert!(Server::parse("smtps://localhost").is_ok());
}
