//! The listener of those who run the service.

use crate::settings::Settings;
use anyhow::{Context as _, Result, bail};
use backstop_http::App;
use core::{convert::Infallible, future::pending, time::Duration};
use tokio::net::TcpListener;

/// Listens there, if it is a place of its own.
pub async fn listen(settings: &Settings) -> Result<Option<TcpListener>> {
    let Some(address) = settings.metrics_listen else { return Ok(None) };
    let listener = TcpListener::bind(address).await;
    let why = || format!("{address} can't be listened on; set server.metrics_listen, for each process its own");
    listener.map(Some).with_context(why)
}

/// Where that is, as the port may have been chosen only now.
pub fn address(listener: Option<&TcpListener>) -> Result<Option<String>> {
    Ok(listener.map(TcpListener::local_addr).transpose()?.map(|address| format!("http://{address}")))
}

/// Answers until it is dropped, also while the rest of the process stops: that is when it is asked most.
pub async fn answer(listener: Option<TcpListener>, app: App) -> Result<Infallible> {
    let Some(listener) = listener else { return Ok(pending().await) };
    backstop_http::serve(listener.into_std()?, app, pending(), Duration::ZERO).await?;
    bail!("the listener of server.metrics_listen ended")
}
