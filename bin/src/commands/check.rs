//! Settings were judged when they were read; what is left is what only the database and the disk can tell.

use crate::{
    console, logging,
    settings::{Mode, Settings},
    wiring::{Service, post},
};
use anyhow::{Context as _, Result};

pub async fn run(settings: &Settings) -> Result<()> {
    for warning in &settings.warnings {
        console::complain(format_args!("warning: {warning}"));
    }
    logging::check(&settings.log)?;
    post::check(settings)?;
    // A database that was never made holds no codes, and a check makes none.
    if !settings.database.is_unborn() {
        check_database(settings).await?;
    }
    console::say("The settings are sound.");
    Ok(())
}

async fn check_database(settings: &Settings) -> Result<()> {
    let service = Service::connect(settings).await?;
    let waiting = service.store.pending_migrations().await.context("the database can't be asked for its version")?;
    if waiting.is_empty() {
        service.refuse_stranded_codes().await?;
        service.refuse_stranded_seals().await?;
        if settings.mode == Mode::Production {
            service.refuse_demo().await?;
        }
    } else {
        console::say(format_args!(
            "The database waits for {} migrations; `backstop migrate` applies them.",
            waiting.len()
        ));
    }
    service.store.close().await;
    Ok(())
}
