//! What is logged, how much of it, and where to.

use super::{Reader, value};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tracing::{Level, level_filters::LevelFilter};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Auto,
    Text,
    Json,
}

/// What an operator may want more or less of, or in a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogTopic {
    Generation,
    Redeem,
    Guard,
    Mail,
    Purge,
    Schedule,
    Audit,
}

impl LogTopic {
    pub const ALL: [Self; 7] =
        [Self::Generation, Self::Redeem, Self::Guard, Self::Mail, Self::Purge, Self::Schedule, Self::Audit];

    /// As in `log.topics.<name>` and `<name>.log`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Redeem => "redeem",
            Self::Guard => "guard",
            Self::Mail => "mail",
            Self::Purge => "purge",
            Self::Schedule => "schedule",
            Self::Audit => "audit",
        }
    }

    /// The target of its events. What any crate logs with this target belongs to the topic.
    pub const fn target(self) -> &'static str {
        match self {
            Self::Generation => "backstop::generation",
            Self::Redeem => "backstop::redeem",
            Self::Guard => "backstop::guard",
            Self::Mail => "backstop::mail",
            Self::Purge => "backstop::purge",
            Self::Schedule => "backstop::schedule",
            Self::Audit => "backstop::audit",
        }
    }

    /// The topic of an event with this target; most events belong to none.
    pub fn of(target: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.target() == target)
    }
}

#[derive(Clone, Debug)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: Level,
    /// Topics with a level of their own.
    pub topics: BTreeMap<LogTopic, LevelFilter>,
    /// Whether everything is written into files as well.
    pub files: bool,
    pub dir: PathBuf,
    /// How many days' files are kept beside today's.
    pub keep_days: u32,
}

pub(super) fn read(reader: &mut Reader, data_dir: Option<&Path>) -> Option<LogSettings> {
    let format = reader.take(
        "log.format",
        value::choice(&[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)]),
    );
    let level = reader.take(
        "log.level",
        value::choice(&[
            ("error", Level::ERROR),
            ("warn", Level::WARN),
            ("info", Level::INFO),
            ("debug", Level::DEBUG),
            ("trace", Level::TRACE),
        ]),
    );
    let of_topic = value::choice(&[
        ("off", LevelFilter::OFF),
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
    ]);
    let mut topics = BTreeMap::new();
    for topic in LogTopic::ALL {
        let level = reader.take_optional(&format!("log.topics.{}", topic.name()), &of_topic);
        topics.extend(level.map(|level| (topic, level)));
    }
    let files = reader.take("log.files", value::boolean);
    let dir = reader.take_optional("log.dir", value::folder);
    let keep_days = reader.take("log.keep_days", value::number(1, 3_650));
    Some(LogSettings {
        format: format?,
        level: level?,
        topics,
        files: files?,
        dir: dir.or_else(|| Some(data_dir?.join("logs")))?,
        keep_days: keep_days?,
    })
}
