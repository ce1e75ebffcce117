use backstop_faults::point;
use core::{future::Future, net::SocketAddr};
use std::{
    collections::HashMap,
    io::Write as _,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::PATIENCE;

/// Where processes report that they reached a fault point, and wait until the test lets them go on.
///
/// At first everybody passes. A point holds its callers from [`hold`](Self::hold) on.
pub struct Rendezvous {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    arrivals: watch::Receiver<u64>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Book {
    points: HashMap<String, Point>,
    arrived: u64,
}

#[derive(Default)]
struct Point {
    arrived: usize,
    /// How many more pass before callers are held; nobody is held without it.
    pass: Option<usize>,
    held: Vec<TcpStream>,
}

impl Point {
    fn arrive(&mut self, caller: TcpStream) {
        self.arrived += 1;
        match &mut self.pass {
            None => let_go(caller),
            Some(0) => self.held.push(caller),
            Some(left) => {
                *left -= 1;
                let_go(caller);
            }
        }
    }
}

/// The end of the connection lets a caller go as well, should the byte not find its way.
fn let_go(caller: TcpStream) {
    if let Ok(mut caller) = caller.into_std() {
        caller.write_all(b"!").ok();
    }
}

impl Rendezvous {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("a bound port");
        let book = Arc::new(Mutex::new(Book::default()));
        let (tell, arrivals) = watch::channel(0);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&book), tell));
        Self { address, book, arrivals, accepting }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no test panics while it holds the book")
    }

    /// What a program is told: every point is reported here.
    pub fn everywhere(&self) -> String {
        self.at(&point::ALL)
    }

    /// What a program is told: these points are reported here.
    pub fn at(&self, points: &[&str]) -> String {
        format!("{}@{}", points.join(","), self.address)
    }

    /// From now on the point holds everybody who comes.
    pub fn hold(&self, point: &str) {
        self.hold_after(point, 0);
    }

    /// From now on the point lets so many pass and holds everybody after them.
    pub fn hold_after(&self, point: &str, passing: usize) {
        self.book().points.entry(point.to_owned()).or_default().pass = Some(passing);
    }

    /// From now on the point lets everybody pass who comes; whoever is held there stays.
    pub fn pass(&self, point: &str) {
        self.book().points.entry(point.to_owned()).or_default().pass = None;
    }

    /// Lets those go who are held at the point, in the order in which they came, and answers how many they were.
    pub fn release(&self, point: &str) -> usize {
        let held = self.book().points.get_mut(point).map(|p| core::mem::take(&mut p.held)).unwrap_or_default();
        let count = held.len();
        held.into_iter().for_each(let_go);
        count
    }

    /// Lets everybody go, now and later.
    pub fn release_all(&self) -> usize {
        let points: Vec<String> = self.book().points.keys().cloned().collect();
        points
            .iter()
            .map(|point| {
                self.pass(point);
                self.release(point)
            })
            .sum()
    }

    /// How often the point was reached so far.
    pub fn count(&self, point: &str) -> usize {
        self.book().points.get(point).map_or(0, |p| p.arrived)
    }

    /// How many are held at the point now. Those who were killed there count until they are released.
    pub fn held(&self, point: &str) -> usize {
        self.book().points.get(point).map_or(0, |p| p.held.len())
    }

    /// Returns when so many are held at the point.
    pub fn wait_for(&self, point: &str, callers: usize) -> impl Future<Output = ()> + Send {
        let mut arrivals = self.arrivals.clone();
        let book = Arc::clone(&self.book);
        let point = point.to_owned();
        async move {
            let held = || book.lock().expect("no test panics here").points.get(&point).map_or(0, |p| p.held.len());
            let enough = arrivals.wait_for(|_| held() >= callers);
            let came = tokio::time::timeout(PATIENCE, enough).await;
            assert!(came.is_ok(), "only {} of {callers} came to {point}", held());
        }
    }
}

impl Drop for Rendezvous {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, book: Arc<Mutex<Book>>, tell: watch::Sender<u64>) {
    loop {
        let Ok((caller, _)) = listener.accept().await else { continue };
        let (book, tell) = (Arc::clone(&book), tell.clone());
        tokio::spawn(async move {
            let mut reader = BufReader::new(caller);
            let mut name = String::new();
            // A caller that was killed before it said where it is.
            if reader.read_line(&mut name).await.is_err() || !name.ends_with('\n') {
                return;
            }
            let arrived = {
                let mut book = book.lock().expect("no test panics here");
                book.arrived += 1;
                book.points.entry(name.trim_end().to_owned()).or_default().arrive(reader.into_inner());
                book.arrived
            };
            tell.send_modify(|latest| *latest = arrived.max(*latest));
        });
    }
}
