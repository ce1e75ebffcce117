//! The background work as it goes on, for people at a terminal and for scripts.

mod json;
mod pace;
mod panels;
mod screen;
mod table;
#[cfg(test)]
mod tests;
mod view;
mod words;

use crate::{
    console,
    settings::{self, CacheSettings, Settings},
    signals::Signals,
    wiring::Service,
};
use anyhow::{Context as _, Result, bail};
use backstop_application::use_cases::Work;
use clap::Args;
use core::{convert::Infallible, time::Duration};
use crossterm::event::EventStream;
use futures_util::StreamExt as _;
use screen::Screen;
use std::io::IsTerminal as _;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, timeout},
};
use view::Watched;

#[derive(Args, Debug)]
#[command(after_help = "Live, Keys: q, Esc and Ctrl-C quit. It only reads and changes nothing. With NO_COLOR in the \
                  environment there are no colours.")]
pub struct Arguments {
    /// How often to look, such as 2s or 1m
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = every, conflicts_with = "once")]
    every: Duration,
    /// Print what there is now as plain text, and end
    #[arg(long)]
    once: bool,
    /// Print JSON, with --once
    #[arg(long, requires = "once")]
    json: bool,
}

fn every(text: &str) -> Result<Duration, String> {
    settings::duration(text, Duration::from_secs(1), Duration::from_hours(1))
}

/// How many runs and failed tasks are asked for.
const MOST: u32 = 20;
/// A database that takes longer counts as away.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// Nobody who asked to quit waits longer for connections to be closed.
const LONGEST_CLOSE: Duration = Duration::from_secs(1);

/// With or without colours.
pub async fn run(arguments: &Arguments, settings: &Settings, colours: bool) -> Result<()> {
    if !arguments.once && !std::io::stdout().is_terminal() {
        bail!("a live view needs a terminal; use --once for plain text, or --once --json for scripts");
    }
    let service = connect(settings).await?;
    let shown =
        if arguments.once { once(arguments, &service).await } else { live(arguments.every, colours, &service).await };
    timeout(LONGEST_CLOSE, service.store.close()).await.ok();
    shown
}

/// Changes nothing, not even by making a database that is not there.
async fn connect(settings: &Settings) -> Result<Service> {
    if settings.database.is_unborn() {
        bail!("there is no database yet; `backstop serve` makes it, or `backstop migrate`");
    }
    // The work is in the database, so that it can be watched while Redis is out.
    let cache = CacheSettings { url: None, ..settings.cache.clone() };
    let service = Service::connect(&Settings { cache, ..settings.clone() }).await?;
    let waiting = service.store.pending_migrations().await.context("the database can't be asked for its version")?;
    if waiting.is_empty() {
        return Ok(service);
    }
    service.store.close().await;
    bail!("the database waits for {} migrations; `backstop migrate` applies them", waiting.len())
}

async fn once(arguments: &Arguments, service: &Service) -> Result<()> {
    let work = service.use_cases.watch_work.run(MOST).await?;
    if arguments.json {
        console::say(serde_json::to_string_pretty(&json::object(&work))?);
    } else {
        console::say(view::plain(&work));
    }
    Ok(())
}

async fn live(every: Duration, colours: bool, service: &Service) -> Result<()> {
    // Before the terminal is changed, so that no signal finds it changed and nobody listening.
    let mut signals = Signals::listen()?;
    let (tell, mut told) = mpsc::channel(1);
    let mut watched = Watched::new(colours);
    let mut screen = Screen::enter().context("this terminal can't be drawn on; use --once")?;
    let mut events = EventStream::new();
    let show = async {
        loop {
            screen.draw(|frame| view::draw(frame, &watched))?;
            tokio::select! {
                () = signals.next() => return Ok(()),
                Some(seen) = told.recv() => watched.take(service.clock.now(), seen),
                event = events.next() => match event.context("the terminal went away")?? {
                    event if screen::quits(&event) => return Ok(()),
                    // A window of another size, or a key that means nothing: it is drawn again.
                    _ => {}
                },
            }
        }
    };
    tokio::select! {
        shown = show => shown,
        never = look_again_and_again(service, every, tell) => match never {},
        never = service.look_after() => match never {},
    }
}

/// What was seen, or why nothing could be seen.
type Seen = Result<Work, String>;

async fn look_again_and_again(service: &Service, every: Duration, tell: mpsc::Sender<Seen>) -> Infallible {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if tell.send(look(service).await).await.is_err() {
            return core::future::pending().await;
        }
    }
}

async fn look(service: &Service) -> Seen {
    match timeout(LONGEST_LOOK, service.use_cases.watch_work.run(MOST)).await {
        Ok(Ok(work)) => Ok(work),
        Ok(Err(fault)) => Err(words::safe(&fault.to_string())),
        Err(_) => Err(format!("no answer within {} seconds", LONGEST_LOOK.as_secs())),
    }
}
