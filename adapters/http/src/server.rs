use crate::App;
use core::{future::pending, time::Duration};
use poem::{Server, listener::TcpAcceptor};
use std::{io, net::TcpListener};
use tokio::time::timeout;

/// After this long without a byte a connection is closed.
const IDLE: Duration = Duration::from_mins(1);

/// Serves until `shutdown`; then `/readyz` says so, the listener stays open for `drain`, and requests and acts in hand
/// are finished.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()>,
    drain: Duration,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let acceptor = TcpAcceptor::from_std(listener)?;
    let finishing = app.time_limit();
    let stop = async {
        shutdown.await;
        app.will_stop();
        let _ = timeout(drain, pending::<()>()).await;
    };
    let server = Server::new_with_acceptor(acceptor).idle_timeout(IDLE);
    server.run_with_graceful_shutdown(app.clone(), stop, Some(finishing)).await?;
    app.acts_ended().await;
    Ok(())
}
