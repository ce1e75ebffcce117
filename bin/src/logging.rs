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
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter, writer::MakeWriterExt as _},
    layer::{Context, Layer, SubscriberExt as _},
    registry,
    util::SubscriberInitExt as _,
};

/// Logs until what it returns is dropped.
pub fn start(log: &LogSettings) -> Result<Writing> {
    start_with(log, std::io::stderr)
}

/// As `start`, into files alone: for commands that have something else to say to whoever is there.
pub fn start_in_files(log: &LogSettings) -> Result<Writing> {
    start_with(log, std::io::sink)
}

fn start_with<W>(log: &LogSettings, console: W) -> Result<Writing>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
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
    drop(subscriber(log, is_text, console, files).try_init());
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

/// Layers with a filter each would lose lines after a library asked whether it may log (tracing issue 2519). Here one
/// filter holds for all, and the layers choose from what it lets through.
fn subscriber<W>(log: &LogSettings, is_text: bool, console: W, files: LogFiles) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let wanted = targets(log);
    let most = log.topics.values().copied().fold(LevelFilter::from(log.level), LevelFilter::max);
    let told = Told { wanted: wanted.clone(), most: most.max(LevelFilter::INFO) };
    let console = console.with_filter(move |metadata| is_wanted(&wanted, metadata));
    let console = fmt::layer().with_writer(console);
    let console = if is_text { console.boxed() } else { console.json().boxed() };
    let files = Filed { lines: fmt::layer().json().with_writer(files), everything: log.files };
    registry().with(console).with(files).with(told)
}

/// Libraries may log statements and headers below warnings; only our own targets follow the settings.
fn targets(log: &LogSettings) -> Targets {
    let own = Targets::new().with_default(log.level.min(Level::WARN)).with_target("backstop", log.level);
    own.with_targets(log.topics.iter().map(|(topic, level)| (topic.target(), *level)))
}

fn is_wanted(wanted: &Targets, metadata: &Metadata<'_>) -> bool {
    wanted.would_enable(metadata.target(), metadata.level())
}

/// A purge run with this field is written into the purge's file, whatever the settings say of files and levels.
const LOG_RUN: &str = "log_run";

/// Lets through what the settings want, and always the lines of purge runs that shall be kept, from `info` up.
struct Told {
    wanted: Targets,
    most: LevelFilter,
}

impl Told {
    fn may_tell(&self, metadata: &Metadata<'_>) -> bool {
        is_wanted(&self.wanted, metadata) || may_be_a_run(metadata)
    }
}

impl<S: Subscriber> Layer<S> for Told {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.may_tell(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.may_tell(metadata)
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        is_wanted(&self.wanted, event.metadata()) || is_a_run(event)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }
}

/// Writes everything that is let through into files, or the purge runs alone.
struct Filed<L> {
    lines: L,
    everything: bool,
}

impl<S: Subscriber, L: Layer<S>> Layer<S> for Filed<L> {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.lines.on_new_span(span, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.lines.on_record(id, values, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.everything || is_a_run(event) {
            self.lines.on_event(event, context);
        }
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
