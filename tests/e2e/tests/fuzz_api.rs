//! Generated requests, right and wrong ones, judged by the OpenAPI document: the short form of `just fuzz-api`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, its way is told, and other programs are waited for on threads of their own"
)]

use backstop_e2e::{ALL_SCOPES, Kind, Site};
use poem::{
    Endpoint, EndpointExt as _, Route, Server, get, handler,
    http::StatusCode,
    listener::{Acceptor as _, Listener as _, TcpListener},
    web::{Data, Json},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// Requests for each operation and phase: about 25 seconds.
const EXAMPLES: &str = "80";
/// The same requests each time: new ones are for the long form.
const SEED: &str = "20";

struct Verdict {
    passed: bool,
    words: String,
}

async fn fuzz(url: &str, key: &str, examples: &str) -> Verdict {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz-api.sh");
    let mut command = Command::new(script);
    command.args(["--url", url, "--key", key, "--examples", examples, "--seed", SEED]).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("bash is on this machine"));
    let output = output.await.unwrap();
    let words = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    for line in words.lines().filter(|line| line.starts_with("fuzz-api: ")) {
        println!("{line}");
    }
    Verdict { passed: output.status.success(), words }
}

/// The number after `name` in the summary.
fn told(words: &str, name: &str) -> Option<u32> {
    let rest = words.lines().find_map(|line| line.trim().strip_prefix(name))?;
    rest.trim().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_failure() {
    let site = Site::new(Kind::Sqlite).await;
    // One fuzzer has one address: it would soon lock itself out of what is to be tested.
    let server = site.spec().with_open_guard().start().await;
    let key = site.key(ALL_SCOPES).await;
    let verdict = fuzz(server.base(), &key, EXAMPLES).await;
    assert!(verdict.passed, "{}\nthe service:\n{}", verdict.words, server.log());

    // A fuzzer that is kept out, or that knows no operation, finds no failure either.
    let (selected, tested) = (told(&verdict.words, "Selected:"), told(&verdict.words, "Tested:"));
    assert!(selected.is_some_and(|count| count > 0) && selected == tested, "{}", verdict.words);
    let books = site.judge().await;
    for kind in ["generated", "redeem_refused", "account_erased"] {
        assert!(books.audit.iter().any(|entry| entry.kind == kind), "nothing was {kind}: {}", verdict.words);
    }
}

#[handler]
fn document(Data(document): Data<&Value>) -> Json<Value> {
    Json(document.clone())
}

#[handler]
fn fault() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

fn with_a_fault() -> impl Endpoint {
    let operation = json!({"responses": {"200": {"description": "good"}}});
    let paths = json!({"/fault": {"get": operation}});
    let described = json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": paths});
    Route::new().at("/api/openapi.json", get(document)).at("/fault", get(fault)).data(described)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_a_service_fails_the_run() {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = acceptor.local_addr().remove(0).as_socket_addr().copied().unwrap();
    let served = tokio::spawn(Server::new_with_acceptor(acceptor).run(with_a_fault()));
    let verdict = fuzz(&format!("http://{address}"), "none", "1").await;
    assert!(!verdict.passed && verdict.words.contains("Server error"), "{}", verdict.words);
    served.abort();
}
