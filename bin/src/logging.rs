//! Structured logs on standard error: text for people on a terminal, JSON for everything else.

use crate::settings::{LogFormat, Settings};
use std::io::IsTerminal as _;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

pub fn start(settings: &Settings) {
    let text = match settings.log_format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    // Libraries may log statements and headers below warnings; only our own targets follow `log.level`.
    let targets = Targets::new()
        .with_default(settings.log_level.min(tracing::Level::WARN))
        .with_target("backstop", settings.log_level);
    let writer = std::io::stderr;
    let started = if text {
        tracing_subscriber::registry().with(targets).with(fmt::layer().with_writer(writer)).try_init()
    } else {
        tracing_subscriber::registry().with(targets).with(fmt::layer().json().with_writer(writer)).try_init()
    };
    // A program that embeds this one may have a subscriber of its own; then that one stays.
    drop(started);
}
