use crate::{FaultPoints, point};
use async_trait::async_trait;
use std::net::SocketAddr;
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Asks a test in another process before it goes on from a point.
///
/// At each listed point it connects to the test, writes the point's name and a newline, and waits for one byte or the
/// end of the connection. A test that is no longer there holds nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketFaultPoints {
    points: Vec<&'static str>,
    address: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadFaultPoints {
    #[error("fault points are written as name,name@address:port")]
    Form,
    #[error("there is no fault point {0:?}")]
    Unknown(String),
}

impl SocketFaultPoints {
    /// Reads `unit.before-commit,unit.before-locking@127.0.0.1:4000`.
    pub fn from_text(text: &str) -> Result<Self, BadFaultPoints> {
        let (names, address) = text.split_once('@').ok_or(BadFaultPoints::Form)?;
        let address = address.trim().parse().map_err(|_| BadFaultPoints::Form)?;
        let points = names.split(',').map(|name| known(name.trim())).collect::<Result<_, _>>()?;
        Ok(Self { points, address })
    }
}

fn known(name: &str) -> Result<&'static str, BadFaultPoints> {
    point::ALL.into_iter().find(|point| *point == name).ok_or_else(|| BadFaultPoints::Unknown(name.to_owned()))
}

#[async_trait]
impl FaultPoints for SocketFaultPoints {
    async fn reach(&self, point: &'static str) {
        if !self.points.contains(&point) {
            return;
        }
        let Ok(mut test) = TcpStream::connect(self.address).await else {
            return;
        };
        if test.write_all(format!("{point}\n").as_bytes()).await.is_ok() {
            // One byte, the end and a broken connection all mean the same.
            let _ = test.read(&mut [0]).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::{future::Future, pin::pin, task::Poll};
    use tokio::net::TcpListener;

    async fn points_and_test() -> (SocketFaultPoints, TcpListener) {
        let test = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listed = format!("unit.before-commit, unit.before-locking@{}", test.local_addr().unwrap());
        (SocketFaultPoints::from_text(&listed).unwrap(), test)
    }

    async fn reached(test: &TcpListener) -> (String, TcpStream) {
        let (mut caller, _) = test.accept().await.unwrap();
        let mut name = Vec::new();
        while name.last() != Some(&b'\n') {
            name.push(caller.read_u8().await.unwrap());
        }
        (String::from_utf8(name).unwrap(), caller)
    }

    async fn is_waiting(reaching: &mut (impl Future + Unpin)) -> bool {
        core::future::poll_fn(|cx| Poll::Ready(core::pin::Pin::new(&mut *reaching).poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn a_listed_point_is_told_and_held_until_a_byte_comes() {
        let (points, test) = points_and_test().await;
        let mut reaching = pin!(points.reach(point::BEFORE_COMMIT));
        let (name, mut caller) = tokio::select! {
            () = &mut reaching => panic!("it did not wait"),
            told = reached(&test) => told,
        };
        assert_eq!(name, "unit.before-commit\n");
        assert!(is_waiting(&mut reaching).await);
        caller.write_u8(b'!').await.unwrap();
        reaching.await;
    }

    #[tokio::test]
    async fn a_closed_connection_lets_go_as_well() {
        let (points, test) = points_and_test().await;
        let mut reaching = pin!(points.reach(point::BEFORE_LOCKING));
        let (_, caller) = tokio::select! {
            () = &mut reaching => panic!("it did not wait"),
            told = reached(&test) => told,
        };
        drop(caller);
        reaching.await;
    }

    #[tokio::test]
    async fn other_points_and_a_test_that_is_gone_hold_nobody() {
        let (points, test) = points_and_test().await;
        points.reach(point::AFTER_COMMIT).await;
        drop(test);
        points.reach(point::BEFORE_COMMIT).await;
    }

    #[test]
    fn what_names_no_point_or_no_address_is_refused() {
        for text in ["", "unit.before-commit", "unit.before-commit@nowhere", "unit.before-commit@127.0.0.1"] {
            assert_eq!(SocketFaultPoints::from_text(text), Err(BadFaultPoints::Form), "{text}");
        }
        for name in ["", "unit.befor-commit"] {
            let unknown = Err(BadFaultPoints::Unknown(name.to_owned()));
            assert_eq!(SocketFaultPoints::from_text(&format!("{name}@127.0.0.1:1")), unknown);
        }
    }
}
