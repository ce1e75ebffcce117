//! The database: whether it answers, whether it is up to date, what time it has, and what needs which key.

use super::{PATIENCE, counted, finding::Findings, work};
use crate::{
    settings::{Keys, Mode, Settings},
    timekeeper::{self, Timekeeper},
    wiring::{Store, find_demo},
};
use anyhow::Result;
use backstop_application::ports::{Clock, SealedKind};
use backstop_domain::KeyId;
use backstop_memory::{ServiceClock, SystemClock};
use std::sync::Arc;
use tokio::time::timeout;

const DATABASE: &str = "database";
const MIGRATIONS: &str = "migrations";
const CLOCK: &str = "clock";
const KEYS: &str = "keys";

pub(super) async fn examine(settings: &Settings, keys: Option<&Keys>, findings: &mut Findings) {
    if settings.database.is_unborn() {
        return findings.ok(DATABASE, "it is not there yet; the first start makes it");
    }
    let remedy = "start the database, or mend database.url";
    let store = match timeout(PATIENCE, Store::connect(settings)).await {
        Ok(Ok(store)) => store,
        Ok(Err(error)) => return findings.problem(DATABASE, format!("{error:#}"), remedy),
        Err(_) => return findings.problem(DATABASE, "it does not answer", remedy),
    };
    findings.ok(DATABASE, "it answers");
    match timeout(PATIENCE, look(&store, settings, keys, findings)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => findings.problem(DATABASE, format!("{error:#}"), "see its own log"),
        Err(_) => findings.problem(DATABASE, "it takes too long to answer", "see its own log"),
    }
    store.close().await;
}

async fn look(store: &Store, settings: &Settings, keys: Option<&Keys>, findings: &mut Findings) -> Result<()> {
    let is_current = migrations(store, findings).await;
    let clock = clock(store, findings).await;
    if !is_current {
        return Ok(());
    }
    if settings.mode == Mode::Production
        && let Some(made) = find_demo(store).await?
    {
        let found = format!("it was used in development mode and has {made}");
        findings.problem(DATABASE, found, "take a database of its own for production, see database.url");
    }
    if let Some(keys) = keys {
        used_keys(store, clock.as_ref(), keys, findings).await?;
    }
    profiles(store, clock.as_ref(), settings, findings).await?;
    work::examine(store, clock.as_ref(), settings, findings).await
}

/// Whether what the database holds can be read.
async fn migrations(store: &Store, findings: &mut Findings) -> bool {
    match store.pending_migrations().await {
        Ok(waiting) if waiting.is_empty() => {
            findings.ok(MIGRATIONS, "all are applied");
            true
        }
        Ok(waiting) => {
            let found = format!("{} not applied: {}", counted(waiting.len() as u64, "is", "are"), waiting.join(", "));
            findings.problem(MIGRATIONS, found, "backstop migrate");
            false
        }
        Err(error) => {
            let remedy = "run the version that made it; migrations only go forward";
            findings.problem(MIGRATIONS, format!("{error:#}"), remedy);
            false
        }
    }
}

/// The service clock, as the service itself would have it.
async fn clock(store: &Store, findings: &mut Findings) -> Arc<dyn Clock> {
    let clock = Arc::new(ServiceClock::new(Arc::new(SystemClock)));
    let keeper = match Timekeeper::start(Arc::clone(&clock) as _, store.time_source()).await {
        Ok(keeper) => keeper,
        Err(fault) => {
            let remedy = "without it no service starts; see the database's own log";
            findings.problem(CLOCK, format!("the database does not say what time it has: {fault}"), remedy);
            return clock;
        }
    };
    match keeper.offset() {
        None => findings.ok(CLOCK, "this machine's is the only one"),
        Some(offset) => {
            let found = format!("the database's is {:.3} s ahead of this machine's", offset.as_secs_f64());
            if offset.abs() > timekeeper::TOLERATED {
                findings.warn(CLOCK, found, "run NTP here and there");
            } else {
                findings.ok(CLOCK, found);
            }
        }
    }
    clock
}

async fn used_keys(store: &Store, clock: &dyn Clock, keys: &Keys, findings: &mut Findings) -> Result<()> {
    let knows = |ring: &[(KeyId, _)], id: &KeyId| ring.iter().any(|(own, _)| own == id);
    for (id, number) in store.codes().live(clock.now()).await?.by_key.into_iter().filter(|(_, number)| *number > 0) {
        let found = format!("keys.lookup.{id}: {} under it", counted(number, "live code", "live codes"));
        if knows(&keys.lookup.secrets, &id) {
            findings.ok(KEYS, found);
        } else {
            let remedy = format!("configure keys.lookup.{id}.secret again until these codes are gone");
            findings.problem(KEYS, format!("{found}, and it is not configured"), remedy);
        }
    }
    for sealed in store.sealed().sealed().await? {
        let (what, remedy) = match sealed.kind {
            SealedKind::Authenticator => (
                counted(sealed.number, "authenticator", "authenticators"),
                "configure it again, or let their owners begin anew: backstop create-admin --reset",
            ),
            SealedKind::WaitingCodes => (
                counted(sealed.number, "set of codes that waits to be mailed", "sets of codes that wait to be mailed"),
                "configure it again, or wait an hour: then they are given up, and can be asked for again",
            ),
        };
        match &sealed.key {
            Some(id) if knows(&keys.seal.secrets, id) => findings.ok(KEYS, format!("keys.seal.{id}: {what} under it")),
            Some(id) => {
                findings.problem(KEYS, format!("keys.seal.{id}: {what} under it, and it is not configured"), remedy);
            }
            None => {
                let remedy = "somebody changed the database: restore it, or let their owners begin anew";
                findings.problem(KEYS, format!("{what} can't be read"), remedy);
            }
        }
    }
    Ok(())
}

async fn profiles(store: &Store, clock: &dyn Clock, settings: &Settings, findings: &mut Findings) -> Result<()> {
    let live = store.codes().live(clock.now()).await?;
    let strange = live.by_profile.into_iter().filter(|(name, _)| settings.application.profiles.get(name).is_none());
    for (name, number) in strange.filter(|(_, number)| *number > 0) {
        let found =
            format!("{} of the profile {name:?}, which is not accepted", counted(number, "live code", "live codes"));
        findings.problem("codes", found, "add it to codes.accepted_profiles until these codes are gone");
    }
    Ok(())
}
