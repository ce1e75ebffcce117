use crate::{
    console, logging, operations,
    settings::Settings,
    signals::Signals,
    wiring::{self, Service},
};
use anyhow::{Result, bail};

pub async fn run(settings: &Settings) -> Result<()> {
    let _log = logging::start(&settings.log)?;
    for warning in &settings.warnings {
        tracing::warn!(target: "backstop", "{warning}");
    }
    let service = Service::start(settings).await?;
    let operations = operations::listen(settings).await?;
    let app = wiring::app(&service, settings);
    let for_operators = app.operations();
    let mut signals = Signals::listen()?;
    let worker = service.worker(settings);
    if let Some(at) = operations::address(operations.as_ref())? {
        console::say(format_args!("Operations at {at}"));
    }
    console::say(format_args!("Backstop {} does background work ({})", env!("CARGO_PKG_VERSION"), worker.id()));
    let asked = tokio::sync::Notify::new();
    let until_stopped = async {
        let work = worker.run(asked.notified());
        tokio::pin!(work);
        tokio::select! {
            () = &mut work => return Ok(()),
            () = signals.next() => {
                app.will_stop();
                asked.notify_one();
            }
        }
        tokio::select! {
            () = work => Ok(()),
            // Whoever asks twice does not want to wait for what is in hand.
            () = signals.next() => bail!("stopped at once by a second signal"),
        }
    };
    let stopped = tokio::select! {
        stopped = until_stopped => stopped,
        ended = operations::answer(operations, for_operators) => return ended.map(|never| match never {}),
        never = service.look_after() => match never {},
    };
    service.store.close().await;
    tracing::info!(target: "backstop", "stopped");
    stopped
}
