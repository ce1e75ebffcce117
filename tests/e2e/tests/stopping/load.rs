//! Many callers while the service drains.

use crate::operations;
use backstop_e2e::{ALL_SCOPES, Answer, Api, Kind, PATIENCE, Server, Site, eventually};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

const CALLERS: usize = 16;
const IN_HAND: usize = 8;
const DRAIN: Duration = Duration::from_secs(2);

/// What a caller was answered until there was no answer any more.
struct Called {
    answers: Vec<(String, Answer)>,
    failed_at: Instant,
}

/// Makes accounts one after the other; every other caller over a new connection each.
async fn call(api: Api, number: usize, answered: Arc<AtomicUsize>) -> Called {
    let mut answers = Vec::new();
    loop {
        let subject = format!("caller-{number}-{}", answers.len());
        let caller = if number.is_multiple_of(2) { api.clone() } else { api.afresh() };
        match caller.put_account(&subject, &json!({})).attempt().await {
            Ok(answer) => answers.push((subject, answer)),
            Err(_) => return Called { answers, failed_at: Instant::now() },
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

const BODY: &str = r#"{"display_name": "Ann"}"#;

/// A request whose body the server has asked for, so that it is surely in its hands.
async fn begin(server: &Server, key: &str, subject: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.base().strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "PUT /api/v1/accounts/{subject} HTTP/1.1\r\nHost: backstop\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut asked)).await.expect("it asks in time").unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

async fn finish(mut stream: TcpStream) -> String {
    stream.write_all(BODY.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it answers in time").unwrap();
    answer
}

async fn no_request_fails_under_load(kind: Kind) {
    let site = Site::new(kind).await;
    let spec = site.spec().with("BACKSTOP_SERVER__DRAIN", "2s").with("BACKSTOP_SERVER__METRICS_LISTEN", "127.0.0.1:0");
    let server = spec.start().await;
    let (api, operations) = (site.api(&server).await, operations(server.greeting()));
    let key = site.key(ALL_SCOPES).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(call(api.clone(), number, Arc::clone(&answered)));
    }
    let mut in_hand = Vec::new();
    for number in 0..IN_HAND {
        in_hand.push(begin(&server, &key, &format!("in-hand-{number}")).await);
    }
    let enough = || answered.load(Ordering::Relaxed) >= 4 * CALLERS;
    eventually("callers are answered", async || enough().then_some(())).await;
    operations.call(Method::GET, "/readyz", None).await.expect(200);

    let public = Api::without_key(server.base());
    let asked = Instant::now();
    let stopped = tokio::spawn(server.stop());
    let told = eventually("it says that it stops", async || {
        let told = operations.call(Method::GET, "/readyz", None).await;
        (told.status == 503).then_some(told)
    })
    .await;
    let reason = json!({"part": "service", "ready": false, "reason": "the service is stopping"});
    assert!(told.json["parts"].as_array().unwrap().contains(&reason), "{}", told.text);
    let during = answered.load(Ordering::Relaxed);
    let closed = eventually("the listener closes", async || {
        match public.afresh().call(Method::GET, "/readyz", None).attempt().await {
            Ok(told) => {
                told.expect(503);
                None
            }
            Err(_) => Some(Instant::now()),
        }
    })
    .await;
    assert!(closed.duration_since(asked) >= DRAIN, "{kind}: it closed after {:?}", closed.duration_since(asked));
    assert!(answered.load(Ordering::Relaxed) > during + CALLERS, "{kind}: it went on answering while it drained");
    // Who asks for the readiness of what still ends gets an answer.
    operations.call(Method::GET, "/readyz", None).await.expect(503);

    let mut made = BTreeSet::new();
    for (number, stream) in in_hand.into_iter().enumerate() {
        let answer = finish(stream).await;
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n") && answer.contains("\"Ann\""), "{kind}: {answer}");
        made.insert(format!("in-hand-{number}"));
    }
    for called in callers.join_all().await {
        let after = called.failed_at.duration_since(asked);
        assert!(after >= DRAIN, "{kind}: a request failed {after:?} after the signal");
        made.extend(called.answers.into_iter().map(|(subject, answer)| {
            answer.expect(201);
            subject
        }));
    }
    let status = stopped.await.unwrap();
    assert_eq!(status.code(), Some(0), "{kind}: {status}");
    let kept: BTreeSet<String> = site.judge().await.accounts.into_iter().map(|account| account.subject).collect();
    assert!(made.is_subset(&kept), "{kind}: what was answered is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_sqlite_no_request_fails_while_the_service_drains_under_load() {
    no_request_fails_under_load(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgres_no_request_fails_while_the_service_drains_under_load() {
    no_request_fails_under_load(Kind::Postgres).await;
}
