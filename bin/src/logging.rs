//! Structured logs: on standard error, text for people on a terminal and JSON for everything else; if wanted also in
//! files, one a topic.

mod files;
mod folder;
#[cfg(test)]
pub mod sink;

pub use files::Writing;

use crate::settings::{LogFormat, LogSettings, LogTopic};
use anyhow::{Context as _, Result};
use backstop_application::ports::Clock;
use backstop_memory::SystemClock;
use files::{LogFiles, REST};
use folder::{Folder, day};
use std::{io::IsTerminal as _, path::Path, sync::Arc};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::Interest,
};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::{Context, Filter, Layer as _, SubscriberExt as _},
    registry,
    util::SubscriberInitExt as _,
};

/// Logs until what it returns is dropped.
pub fn start(log: &LogSettings) -> Result<Writing> {
    let is_text = match log.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let clock = Arc::new(SystemClock);
    let mut folder = Folder::new(&log.dir, log.keep_days);
    if log.files {
        folder.make(REST, day(clock.now())).with_context(|| unwritable(&log.dir))?;
    }
    let (files, writing) = LogFiles::start(folder, clock)?;
    // A program that embeds this one may have a subscriber of its own; then that one stays.
    drop(subscriber(log, is_text, std::io::stderr, files).try_init());
    Ok(writing)
}

/// Whether the log could be written where it shall be.
pub fn check(log: &LogSettings) -> Result<()> {
    if log.files {
        folder::probe(&log.dir).with_context(|| unwritable(&log.dir))?;
    }
    Ok(())
}

fn unwritable(folder: &Path) -> String {
    format!("the log folder {} can't be written; set log.dir", folder.display())
}

fn subscriber<W>(log: &LogSettings, is_text: bool, console: W, files: LogFiles) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let wanted = targets(log);
    let console = fmt::layer().with_writer(console);
    let console = if is_text { console.boxed() } else { console.json().boxed() };
    let most = log.topics.values().copied().fold(LevelFilter::from(log.level), LevelFilter::max);
    let kept = Kept { wanted: log.files.then(|| wanted.clone()), most };
    registry().with(console.with_filter(wanted)).with(fmt::layer().json().with_writer(files).with_filter(kept))
}

/// Libraries may log statements and headers below warnings; only our own targets follow the settings.
fn targets(log: &LogSettings) -> Targets {
    let own = Targets::new().with_default(log.level.min(Level::WARN)).with_target("backstop", log.level);
    own.with_targets(log.topics.iter().map(|(topic, level)| (topic.target(), *level)))
}

/// A purge run with this field is written into the purge's file, whatever the settings say of files and levels.
const LOG_RUN: &str = "log_run";

/// What goes into files: with `log.files` what is logged at all, and always the lines of purge runs that shall be kept,
/// from the level `info` up.
struct Kept {
    wanted: Option<Targets>,
    most: LevelFilter,
}

impl Kept {
    fn is_wanted(&self, metadata: &Metadata<'_>) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.would_enable(metadata.target(), metadata.level()))
    }
}

impl<S> Filter<S> for Kept {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.is_wanted(metadata) || may_be_a_run(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_wanted(metadata) || may_be_a_run(metadata) { Interest::always() } else { Interest::never() }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.is_wanted(event.metadata()) || is_a_run(event)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let wanted = if self.wanted.is_some() { self.most } else { LevelFilter::OFF };
        Some(wanted.max(LevelFilter::INFO))
    }
}

fn may_be_a_run(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && metadata.target() == LogTopic::Purge.target()
        && *metadata.level() <= Level::INFO
        && metadata.fields().field(LOG_RUN).is_some()
}

fn is_a_run(event: &Event<'_>) -> bool {
    struct Asked(bool);

    impl Visit for Asked {
        fn record_bool(&mut self, field: &Field, value: bool) {
            self.0 |= field.name() == LOG_RUN && value;
        }

        fn record_debug(&mut self, _: &Field, _: &dyn core::fmt::Debug) {}
    }

    let mut asked = Asked(false);
    if may_be_a_run(event.metadata()) {
        event.record(&mut asked);
    }
    asked.0
}

#[cfg(test)]
mod tests;
