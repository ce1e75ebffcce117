//! Requests over HTTP, as callers send them: from sockets, kept open, by a client that costs next to nothing.

use crate::runner::{Sample, Stopwatch};
use anyhow::{Context as _, Result, ensure};
use backstop_http::App;
use core::{net::SocketAddr, time::Duration};
use std::net::TcpListener;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
};

/// A service that listens.
pub struct Served {
    address: SocketAddr,
    /// Dropping it stops the service.
    _stop: oneshot::Sender<()>,
}

impl Served {
    pub fn start(app: App) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            backstop_http::serve(listener, app, stopped, Duration::ZERO).await
        });
        Ok(Self { address, _stop: stop })
    }

    /// Sends one request again and again over so many connections.
    pub async fn ask(&self, head: &str, callers: usize, number: usize) -> Result<Sample> {
        let mut connections = Vec::new();
        for _ in 0..callers {
            connections.push(TcpStream::connect(self.address).await?);
        }
        let watch = Stopwatch::start();
        let mut asking = JoinSet::new();
        for mut connection in connections {
            let head = head.to_owned();
            asking.spawn(async move {
                let mut buffer = Vec::with_capacity(8 * 1024);
                for _ in 0..number / callers {
                    exchange(&mut connection, &head, &mut buffer).await?;
                }
                anyhow::Ok(())
            });
        }
        for asked in asking.join_all().await {
            asked?;
        }
        Ok(watch.stop(number / callers * callers))
    }
}

async fn exchange(connection: &mut TcpStream, head: &str, buffer: &mut Vec<u8>) -> Result<()> {
    connection.write_all(head.as_bytes()).await?;
    buffer.clear();
    loop {
        ensure!(connection.read_buf(buffer).await? > 0, "the service hung up");
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let headers = core::str::from_utf8(&buffer[..end])?;
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("an answer without a length")?.parse()?;
        if buffer.len() >= end + 4 + length {
            ensure!(headers.starts_with("HTTP/1.1 200"), "answered {headers}");
            return Ok(());
        }
    }
}
