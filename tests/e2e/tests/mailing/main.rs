//! Mail through the real program: to a mail server with STARTTLS that takes it, refuses it, hangs up or is not there, to
//! a folder, and to the log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and racing needs tasks"
)]

mod administrators;
mod delivered;
mod development;
mod dumped;
mod languages;
mod once;
mod refused;
mod reported;
mod retried;

use backstop_backends::{ReadMail, Received, SmtpSink, SmtpSinkOptions, SmtpSinkTls};
use backstop_e2e::{Answer, Api, Kind, Search, ServerSpec, Site, TaskRow, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, net::SocketAddr};
use uuid::Uuid;

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
/// When codes are sent, as in `mail.delivery`.
const DELIVERIES: [&str; 2] = ["inline", "queued"];
const SENDER: &str = "codes@example.com";
const ADMIN: &str = "admin@example.com";

fn with_starttls() -> SmtpSinkOptions {
    SmtpSinkOptions { tls: SmtpSinkTls::StartTls, ..SmtpSinkOptions::default() }
}

async fn sink() -> SmtpSink {
    SmtpSink::start(with_starttls()).await.unwrap()
}

/// A server that sends by this mail server, and only by it.
fn spec(site: &Site, address: SocketAddr, certificate: &str) -> ServerSpec {
    let file = site.folder().join("mail-server.pem");
    fs::write(&file, certificate).unwrap();
    site.spec()
        .with("BACKSTOP_MAIL__URL", format!("smtp://localhost:{}?tls=required", address.port()))
        .with("BACKSTOP_MAIL__TLS_CA", file.display().to_string())
        .with("BACKSTOP_MAIL__FROM", SENDER)
        .with("BACKSTOP_MAIL__ADMIN_ADDRESS", ADMIN)
        .with("BACKSTOP_MAIL__STORE_LOG", "true")
        .with("BACKSTOP_MAIL__DELIVERY", "queued")
}

/// A server whose mails this one takes.
fn spec_for(site: &Site, sink: &SmtpSink) -> ServerSpec {
    spec(site, sink.address(), sink.certificate())
}

/// A new set of an account with an address.
async fn made(api: &Api, subject: &str, address: &str, options: &Value) -> Answer {
    api.put_account(subject, &json!({"email": address})).await.expect(201);
    api.generate(subject, options).await.expect(201)
}

/// Asks for the mail with the codes.
async fn email(api: &Api, made: &Answer) -> Answer {
    let path = format!("/api/v1/batches/{}/email", made.batch());
    api.call(Method::POST, &path, Some(&json!({"delivery_token": made.json["delivery_token"]}))).await
}

async fn is_emailed(api: &Api, subject: &str) -> bool {
    let state = api.state(subject).await.expect(200);
    state.json["active_batch"]["emailed"].as_bool().expect("whether the set was e-mailed")
}

/// The tasks for mails with the codes of a set.
async fn codes_tasks(site: &Site, batch: Uuid) -> Vec<TaskRow> {
    let tasks = site.tasks().await.into_iter();
    tasks.filter(|task| task.kind == "send_codes" && task.batch == Some(batch)).collect()
}

/// The task for the mail with the codes of a set, once so many attempts at it ended.
async fn attempted(site: &Site, batch: Uuid, attempts: i64) -> TaskRow {
    eventually(&format!("attempt {attempts} at the mail ended"), async || {
        let [task] = codes_tasks(site, batch).await.try_into().expect("one task");
        assert!(task.attempt <= attempts, "{task:?}");
        (task.attempt == attempts && task.state != "running").then_some(task)
    })
    .await
}

/// What a mail server got, read; but for what the first administrator is told of the clients that tests make.
fn read(sink: &SmtpSink) -> Vec<(Received, ReadMail)> {
    let all = sink.received().into_iter();
    let all = all.map(|received| (received.clone(), ReadMail::parse(&received.data).unwrap()));
    all.filter(|(_, mail)| !mail.subject.ends_with(" may call the API")).collect()
}

fn codes_mails(sink: &SmtpSink, address: &str) -> Vec<(Received, ReadMail)> {
    let mails = read(sink).into_iter();
    mails.filter(|(got, mail)| got.to == [address] && mail.subject == "Your recovery codes for Backstop").collect()
}

/// The one mail with codes to an address, when it is there.
async fn codes_mail(sink: &SmtpSink, address: &str) -> (Received, ReadMail) {
    eventually("the mail with the codes came", async || {
        let mut mails = codes_mails(sink, address);
        assert!(mails.len() <= 1, "{mails:#?}");
        mails.pop()
    })
    .await
}

/// Where a line may break on a small screen a mark says so, which nobody sees or copies.
const BREAK: &str = "<wbr>";

/// All codes are there, in the order in which they were shown.
#[track_caller]
fn has_codes(text: &str, codes: &[String]) {
    let text = text.replace(BREAK, "");
    let places: Vec<_> = codes.iter().map(|code| text.find(code)).collect();
    assert!(!codes.is_empty() && places.iter().all(Option::is_some) && places.is_sorted(), "{codes:?} in {text}");
}

/// Codes as they are shown, and as they are in the source of a page.
fn in_any_mail(codes: &[String]) -> Vec<String> {
    codes.iter().flat_map(|code| [code.clone(), code.replace('-', &format!("-{BREAK}"))]).collect()
}

/// A mail to the owner and nobody else, with all codes in either part and none in a header.
#[track_caller]
fn has_the_codes_for(mail: &ReadMail, address: &str, made: &Answer) {
    let codes = made.codes();
    assert_eq!((mail.to.as_slice(), mail.from.as_str()), (&[address.to_owned()][..], SENDER));
    has_codes(&mail.text, &codes);
    has_codes(&mail.html, &codes);
    let search = Search::new(in_any_mail(&codes).iter().map(String::as_str));
    for (name, value) in &mail.headers {
        assert_eq!(search.hits(format!("{name}: {value}").as_bytes()), [""; 0]);
    }
}
