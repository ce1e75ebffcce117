//! Stands between client and server and counts what the client waits for.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What the client sent and had to wait for.
#[derive(Default)]
pub struct Trips {
    /// One item a round trip that carried a statement: the number of its connection, and its messages' types.
    with_statement: Mutex<Vec<(usize, String)>>,
    /// The pool asks a connection that comes back whether it is alive, after the caller has its answer.
    alive: AtomicUsize,
}

impl Trips {
    /// What came since the last call on the connection on which most came: others serve what goes on in the background.
    pub fn take(&self) -> Vec<String> {
        let mut by_connection = BTreeMap::<usize, Vec<String>>::new();
        for (connection, messages) in self.with_statement.lock().unwrap().drain(..) {
            by_connection.entry(connection).or_default().push(messages);
        }
        by_connection.into_values().max_by_key(Vec::len).unwrap_or_default()
    }

    pub fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }

    fn note(&self, connection: usize, messages: String) {
        // `S` alone is the question whether the connection lives.
        if messages == "S" {
            self.alive.fetch_add(1, Ordering::Relaxed);
        } else {
            self.with_statement.lock().unwrap().push((connection, messages));
        }
    }
}

/// Counts on the way to `server`; the answer has the port to connect to.
pub async fn count(server: String) -> (u16, Arc<Trips>) {
    let trips = Arc::new(Trips::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let counted = Arc::clone(&trips);
    tokio::spawn(async move {
        let mut connections = 0;
        while let Ok((client, _)) = listener.accept().await {
            connections += 1;
            let server = TcpStream::connect(&server).await.unwrap();
            server.set_nodelay(true).unwrap();
            client.set_nodelay(true).unwrap();
            let (from_client, mut to_client) = client.into_split();
            let (mut from_server, to_server) = server.into_split();
            tokio::spawn(forward(from_client, to_server, connections, Arc::clone(&counted)));
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
        }
    });
    (port, trips)
}

async fn forward(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    connection: usize,
    trips: Arc<Trips>,
) -> std::io::Result<()> {
    // The first message has no type.
    let length = client.read_u32().await?;
    pass(&mut client, &mut server, None, length).await?;
    let mut messages = String::new();
    loop {
        let kind = client.read_u8().await?;
        let length = client.read_u32().await?;
        messages.push(char::from(kind));
        // The client waits after Sync and after a simple Query; a password is answered, too.
        if matches!(kind, b'S' | b'Q' | b'p') {
            trips.note(connection, core::mem::take(&mut messages));
        }
        pass(&mut client, &mut server, Some(kind), length).await?;
    }
}

async fn pass(
    client: &mut OwnedReadHalf,
    server: &mut OwnedWriteHalf,
    kind: Option<u8>,
    length: u32,
) -> std::io::Result<()> {
    let mut body = vec![0; length as usize - 4];
    client.read_exact(&mut body).await?;
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend(length.to_be_bytes());
    message.extend(body);
    server.write_all(&message).await
}
