use crate::{console, settings::Settings, wiring::Store};
use anyhow::Result;

pub async fn run(settings: &Settings) -> Result<()> {
    let store = Store::connect(settings).await?;
    let waiting = store.pending_migrations().await?;
    store.migrate().await?;
    store.close().await;
    if waiting.is_empty() {
        console::say("The database is up to date.");
    }
    for name in waiting {
        console::say(format_args!("Applied {name}"));
    }
    Ok(())
}
