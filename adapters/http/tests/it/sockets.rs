//! Over a real connection: what only shows there.

use crate::world::{Plan, URL, World};
use backstop_http::{HttpSettings, serve};
use core::time::Duration;
use std::net::{SocketAddr, TcpListener};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

struct Running {
    address: SocketAddr,
    key: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

async fn running(settings: HttpSettings, drain: Duration) -> Running {
    let world = World::planned(Plan { settings, ..Plan::default() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let served = tokio::spawn(serve(listener, world.app.clone(), shutdown, drain));
    Running { address, key: world.key, stop, served }
}

fn settings() -> HttpSettings {
    HttpSettings { public_url: URL.to_owned(), time_limit: Duration::from_millis(300), ..HttpSettings::default() }
}

impl Running {
    /// Sends the head of an attempt with these further headers, then what follows; reads to the connection's end.
    async fn attempt(&self, headers: &str, body: &[u8]) -> String {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /api/v1/accounts/ann/codes/redeem HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n{headers}\r\n",
            self.key
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        // The service may hang up before everything is sent.
        let _ = connection.write_all(body).await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn an_endless_chunked_body_is_cut_off() {
    let running = running(settings(), Duration::ZERO).await;
    let chunk = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
    let answer = running.attempt("Transfer-Encoding: chunked\r\n", &chunk.repeat(5)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("/problems/body-too-large"), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let running = running(settings(), Duration::ZERO).await;
    let answer = running.attempt("Content-Length: 100\r\n", b"{\"code\":").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/request-timeout"), "{answer}");
}

#[tokio::test]
async fn before_it_stops_the_service_says_so_and_still_answers() {
    let running = running(settings(), Duration::from_millis(500)).await;
    running.stop.send(()).unwrap();
    let ask = async |path: &str| {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    };
    // The signal is seen by another task; until then the service is ready.
    let not_ready = async {
        while !ask("/readyz").await.starts_with("HTTP/1.1 503") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_millis(400), not_ready).await.expect("/readyz never said so");
    assert!(ask("/healthz").await.starts_with("HTTP/1.1 200"));
    running.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn measurements_are_for_this_machine_unless_a_proxy_asks_for_another() {
    let running = running(settings(), Duration::ZERO).await;
    let ask = async |headers: &str| {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        let head = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = ask("").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("measured 1\n"), "{answer}");
    for header in ["X-Forwarded-For: 203.0.113.7\r\n", "Forwarded: for=127.0.0.1\r\n"] {
        let answer = ask(header).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}
