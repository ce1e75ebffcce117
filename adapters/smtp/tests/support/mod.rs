//! What the tests of mailers start from.
#![allow(dead_code, reason = "not every test needs everything")]

use backstop_application::ports::Mail;
use backstop_backends::{SmtpSink, SmtpSinkOptions};
use backstop_domain::{EmailAddress, MessageId, SecretText};
use backstop_memory::ManualClock;
use backstop_smtp::{Sender, Server, SmtpMailer, SmtpSettings};
use core::time::Duration;
use std::sync::Arc;
use uuid::Uuid;

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub fn sender() -> Sender {
    Sender {
        address: address("backstop@example.com"),
        name: Some("Köln & Söhne, \"Inc.\"\r\nBcc: eve@example.com".into()),
    }
}

/// Settings for this sink, by an address that has `{port}` where its port comes. Its certificate is trusted.
pub fn settings(sink: &SmtpSink, url: &str) -> SmtpSettings {
    let url = url.replace("{port}", &sink.address().port().to_string());
    SmtpSettings {
        server: Server::parse(&url).unwrap(),
        sender: sender(),
        own_roots: Some(sink.certificate().as_bytes().to_vec()),
        limit: Duration::from_secs(5),
        connections: 4,
    }
}

pub fn a_mail(to: &str) -> Mail {
    Mail {
        id: MessageId::new(Uuid::from_u128(7), "mail.example"),
        to: address(to),
        subject: "Grüße".to_owned(),
        text: SecretText::new("Your code:\n  1.  SECRET-mBHxRa-9\n".to_owned()),
        html: SecretText::new("<!doctype html>\n<p>SECRET-mBHxRa-9</p>\n".to_owned()),
    }
}

/// A sink, and a mailer that goes to it.
pub async fn pair(options: SmtpSinkOptions, url: &str) -> (SmtpSink, SmtpMailer, Arc<ManualClock>) {
    let sink = SmtpSink::start(options).await.unwrap();
    let clock = Arc::new(ManualClock::new("2026-03-03T16:21:00Z".parse().unwrap()));
    let mailer = SmtpMailer::new(settings(&sink, url), clock.clone()).unwrap();
    (sink, mailer, clock)
}
