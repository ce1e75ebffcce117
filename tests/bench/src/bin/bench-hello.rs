//! The least that poem can serve: what the start of the service is compared with.

use poem::{Route, Server, get, handler, listener::TcpListener};

#[handler]
fn hello() -> &'static str {
    "hello"
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    Server::new(TcpListener::bind(address)).run(Route::new().at("/healthz", get(hello))).await
}
