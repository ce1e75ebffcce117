use lettre::transport::smtp::client::AsyncTokioStream;
use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for S {}

/// A line to a server, encrypted or not. Lettre waits for a greeting; where it came before the encryption began, the
/// line says it again.
pub(crate) struct Line {
    greeting: &'static [u8],
    peer: SocketAddr,
    stream: Box<dyn Duplex>,
}

impl Line {
    pub(crate) fn new(peer: SocketAddr, stream: impl Duplex + 'static) -> Self {
        Self { greeting: b"", peer, stream: Box::new(stream) }
    }

    /// A line over which the server has greeted already.
    pub(crate) fn greeted(peer: SocketAddr, stream: impl Duplex + 'static) -> Self {
        Self { greeting: b"220 ready\r\n", ..Self::new(peer, stream) }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line to {}", self.peer)
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let (said, left) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
            buf.put_slice(said);
            self.greeting = left;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
