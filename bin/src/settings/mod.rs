//! Settings: from what was written to types that can't hold a wrong value.
//!
//! Every problem is found in one go, so that an operator mends them all at once.

mod background;
mod in_force;
mod keys;
mod logs;
mod problem;
mod profiles;
pub mod reference;
mod rules;
mod sources;
mod table;
mod value;

pub use background::{MailChoice, MailSettings, WorkerSettings};
pub use keys::{KeySettings, Keys};
pub use logs::{LogFormat, LogSettings, LogTopic};
pub use problem::Problem;
pub use sources::PREFIX;

use backstop_application as application;
use backstop_domain::{
    DeliveryWindow, DocumentFormat, Duties, FileStem, SecretText, SessionRules, SiteName,
    guard::{CeilingRule, GuardRules},
    history::HistoryRules,
};

use backstop_http::{Colours, SettingShown, TrustedProxies};
use sources::{Everything, Written};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use value::{Source, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Development,
    Production,
}

#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    Sqlite(PathBuf),
    Postgres { url: SecretText, max_connections: u32 },
}

impl DatabaseSettings {
    /// Whether nobody has made it yet, and whoever opens it would.
    pub fn is_unborn(&self) -> bool {
        matches!(self, Self::Sqlite(path) if !path.exists())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HasherChoice {
    Argon2id(HashCostChoice),
    Keyed,
}

/// Where something is kept that the cache can keep as well as the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    Cache,
    Database,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashCostChoice {
    Auto,
    Explicit { memory_kib: u32, passes: u32, lanes: u32 },
}

/// The cache of what is shown. It is kept in the process.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// Redis, shared by all replicas; without it each process has a cache of its own.
    pub url: Option<SecretText>,
    /// How long an entry is answered, between `min_ttl` and `max_ttl`.
    pub ttl: Duration,
    pub min_ttl: Duration,
    pub max_ttl: Duration,
    /// Also where another replica could change the same database.
    pub allow_in_process: bool,
}

/// What is only about the pages for people.
#[derive(Clone, Debug, Default)]
pub struct PageSettings {
    pub colours: Option<Colours>,
    /// Where people are led who signed out.
    pub after_logout: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub mode: Mode,
    pub data_dir: PathBuf,
    pub database: DatabaseSettings,
    pub listen: SocketAddr,
    /// Where those who run the service ask, if that is a place of its own.
    pub metrics_listen: Option<SocketAddr>,
    pub trusted_proxies: TrustedProxies,
    pub drain: Duration,
    pub public_url: String,
    pub pages: PageSettings,
    /// `None` in development: the keys are made and kept in the data folder.
    pub lookup_keys: Option<KeySettings>,
    /// As `lookup_keys`.
    pub seal_keys: Option<KeySettings>,
    pub hasher: HasherChoice,
    pub guard_store: StoreChoice,
    pub session_store: StoreChoice,
    pub delivery_store: StoreChoice,
    pub cache: CacheSettings,
    pub mail: MailSettings,
    pub worker: WorkerSettings,
    pub log: LogSettings,
    pub application: application::Settings,
    /// Files that secrets were read from.
    pub secret_files: Vec<PathBuf>,
    /// What works but is not advisable.
    pub warnings: Vec<String>,
    /// All of them, for those who run the service to see.
    pub in_force: Vec<SettingShown>,
}

/// A time of the command line, written as settings are.
pub fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    value::duration(least, most)(&Value::Text(text.to_owned()))
}

/// Reads the file and the environment.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let (everything, secret_files) = sources::collect(file, environment, &mut problems);
    let mut reader = Reader { everything, problems };
    reader.refuse_unknown_names();
    let settings = read(&mut reader);
    match settings {
        Some(settings) if reader.problems.is_empty() => {
            let in_force = in_force::shown(&reader.everything, &settings);
            Ok(Settings { secret_files, in_force, ..settings })
        }
        _ => Err(reader.problems),
    }
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

fn read(reader: &mut Reader) -> Option<Settings> {
    let mode =
        reader.take("mode", value::choice(&[("development", Mode::Development), ("production", Mode::Production)]));
    let data_dir = reader.take("data_dir", value::folder);
    let max_connections = reader.take("database.max_connections", value::number(1, 1_000));
    let database = reader.take_optional("database.url", database_url);
    let listen = reader.take("server.listen", value::address);
    let metrics_listen = reader.take_optional("server.metrics_listen", value::address);
    let behind_tls_proxy = reader.take("server.behind_tls_proxy", value::boolean);
    let trusted_proxies = reader.take("server.trusted_proxies", |v| TrustedProxies::parse(&v.list()?));
    let drain = reader.take("server.drain", value::duration(Duration::ZERO, 300 * SECOND));
    let public_url = reader.take("site.public_url", value::site_address);
    let pages = PageSettings {
        colours: reader.take_optional("site.colours", |v| Colours::parse(&v.list()?)),
        after_logout: reader.take_optional("site.after_logout", value::place),
    };
    let lookup_keys = keys::read(reader, &keys::LOOKUP);
    let seal_keys = keys::read(reader, &keys::SEAL);
    let delivery = delivery(reader);
    let profiles = profiles::read(reader);
    let per_batch = reader.take("codes.per_batch", value::number(1, 50));
    let hash_cost = reader.take("codes.hash_cost", hash_cost);
    let keyed = reader.take("codes.hasher", value::choice(&[("argon2id", false), ("keyed", true)]));
    let duties = reader.take("recovery.duties", |v| {
        v.list()?.iter().map(|d| d.parse().map_err(|e| format!("{d:?} is {e}"))).collect::<Result<Duties, String>>()
    });
    let sessions = sessions(reader);
    // What somebody made for a try has no application beside it that could let them in.
    let local_passwords = reader.take_optional("accounts.local_passwords", value::boolean);
    let store = value::choice(&[("cache", StoreChoice::Cache), ("database", StoreChoice::Database)]);
    let session_store = reader.take("session.store", &store);
    let delivery_store = reader.take("delivery.store", &store);
    let guard_store = reader.take("guard.store", &store);
    let max_visible = reader.take("history.max_visible", value::number(1, 1_000));
    let per_page = reader.take("history.per_page", value::number(1, 1_000));
    let guard = guard(reader);
    let cache = cache(reader);
    let background =
        background::read(reader, mode == Some(Mode::Production), public_url.as_deref().unwrap_or_default());
    let log = logs::read(reader, data_dir.as_deref());

    // Whoever stops it with Ctrl-C at a desk has no load balancer that must notice first.
    let nobody_balances = mode == Some(Mode::Development) && !reader.everything.contains_key("server.drain");
    let data_dir = data_dir?;
    let database = match database {
        Some(Database::Postgres(url)) => DatabaseSettings::Postgres { url, max_connections: max_connections? },
        Some(Database::Sqlite(path)) => DatabaseSettings::Sqlite(path),
        None => DatabaseSettings::Sqlite(data_dir.join("backstop.sqlite3")),
    };
    let background = background?;
    let zone = background.mail.time_zone.clone();
    let mut settings = Settings {
        mode: mode?,
        data_dir,
        database,
        listen: listen?,
        metrics_listen,
        trusted_proxies: trusted_proxies?,
        drain: if nobody_balances { Duration::ZERO } else { drain? },
        public_url: public_url?,
        pages,
        lookup_keys,
        seal_keys,
        hasher: if keyed? { HasherChoice::Keyed } else { HasherChoice::Argon2id(hash_cost?) },
        guard_store: guard_store?,
        session_store: session_store?,
        delivery_store: delivery_store?,
        cache: cache?,
        mail: background.mail,
        worker: background.worker,
        log: log?,
        application: application::Settings {
            work: background.work,
            mail: background.post,
            clean_up: background.clean_up,
            profiles: profiles?,
            per_batch: per_batch?,
            history: HistoryRules { max_visible: max_visible?, per_page: per_page? },
            duties: duties?,
            sessions: sessions?,
            local_passwords: local_passwords.unwrap_or(mode == Some(Mode::Development)),
            second_step_mandatory: mode != Some(Mode::Development),
            guard: guard?,
            delivery: delivery?,
            overview: application::OverviewSettings {
                zone,
                production: mode == Some(Mode::Production),
                keys: Vec::new(),
            },
        },
        secret_files: Vec::new(),
        warnings: Vec::new(),
        in_force: Vec::new(),
    };
    rules::check(&mut settings, behind_tls_proxy?, reader);
    Some(settings)
}

fn sessions(reader: &mut Reader) -> Option<SessionRules> {
    let confine = reader.take("recovery.enforce", value::boolean);
    let idle = reader.take("session.idle", value::duration(300 * SECOND, 30 * DAY));
    let absolute = reader.take("session.absolute", value::duration(300 * SECOND, 90 * DAY));
    let fresh = reader.take("session.fresh", value::duration(60 * SECOND, DAY));
    Some(SessionRules { idle: signed(idle?), absolute: signed(absolute?), fresh: signed(fresh?), confine: confine? })
}

fn guard(reader: &mut Reader) -> Option<GuardRules> {
    let max_attempts = reader.take("guard.max_attempts", value::number(1, 1_000_000));
    let base_cooldown = reader.take("guard.base_cooldown", value::duration(Duration::ZERO, DAY));
    let multiplier = reader.take("guard.multiplier", value::number(1, 10));
    let max_cooldown = reader.take("guard.max_cooldown", value::duration(SECOND, 7 * DAY));
    let forget_after = reader.take("guard.forget_after", value::duration(60 * SECOND, 30 * DAY));
    let account_ceiling = reader.take("guard.account_ceiling", value::number(1, 1_000_000));
    let network_ceiling = reader.take("guard.network_ceiling", value::number(1, 1_000_000));
    Some(GuardRules {
        max_attempts: max_attempts?,
        base_cooldown: signed(base_cooldown?),
        multiplier: multiplier?,
        max_cooldown: signed(max_cooldown?),
        forget_after: signed(forget_after?),
        account_ceiling: CeilingRule { failures: account_ceiling?, ..GuardRules::DEFAULT.account_ceiling },
        network_ceiling: CeilingRule { failures: network_ceiling?, ..GuardRules::DEFAULT.network_ceiling },
    })
}

fn cache(reader: &mut Reader) -> Option<CacheSettings> {
    let time = value::duration(SECOND, DAY);
    let ttl = reader.take("cache.ttl", &time);
    let min_ttl = reader.take("cache.min_ttl", &time);
    let max_ttl = reader.take("cache.max_ttl", &time);
    let allow_in_process = reader.take("cache.allow_in_process", value::boolean);
    let url = reader.take_optional("cache.url", |v| match v.text()? {
        text if text.starts_with("redis://") || text.starts_with("rediss://") => Ok(SecretText::new(text.to_owned())),
        _ => Err("write redis://user:password@host:port/number, or rediss:// for TLS".into()),
    });
    Some(CacheSettings { url, ttl: ttl?, min_ttl: min_ttl?, max_ttl: max_ttl?, allow_in_process: allow_in_process? })
}

fn delivery(reader: &mut Reader) -> Option<application::DeliverySettings> {
    let longest = DeliveryWindow::LONGEST.unsigned_abs();
    let window = reader.take("delivery.window", |v| match v.text()? {
        "session" => Ok(DeliveryWindow::Session),
        _ => value::duration(60 * SECOND, longest)(v).map(signed).map(DeliveryWindow::For),
    });
    let site_name = reader.take("site.name", |v| SiteName::parse(v.text()?).map_err(|e| e.to_string()));
    let file_name = reader.take("download.file_name", |v| FileStem::parse(v.text()?).map_err(|e| e.to_string()));
    let format = reader.take("download.format", |v| {
        v.text()?.parse::<DocumentFormat>().map_err(|_| "write one of: txt, csv, pdf".to_owned())
    });
    Some(application::DeliverySettings {
        window: window?,
        site_name: site_name?,
        file_name: file_name?,
        format: format?,
    })
}

fn signed(time: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}

enum Database {
    Sqlite(PathBuf),
    Postgres(SecretText),
}

fn database_url(value: &Value) -> Result<Database, String> {
    let text = value.text()?;
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return if path.is_empty() || path.contains(":memory:") || path.contains('?') {
            Err("name the file, as in sqlite:/var/lib/backstop/backstop.sqlite3".into())
        } else {
            Ok(Database::Sqlite(PathBuf::from(path)))
        };
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Database::Postgres(SecretText::new(text.to_owned())));
    }
    Err("write sqlite:PATH or postgres://user:password@host:port/database".into())
}

fn hash_cost(value: &Value) -> Result<HashCostChoice, String> {
    const FORM: &str =
        "write auto, or memory in KiB (1024 to 1048576), passes (1 to 10) and lanes (1 to 4), as in 19456,2,1";
    let parts = value.list()?;
    if parts == ["auto"] {
        return Ok(HashCostChoice::Auto);
    }
    let numbers: Vec<u32> = parts.iter().filter_map(|p| p.parse().ok()).collect();
    match numbers[..] {
        [memory_kib @ 1_024..=1_048_576, passes @ 1..=10, lanes @ 1..=4] if parts.len() == 3 => {
            Ok(HashCostChoice::Explicit { memory_kib, passes, lanes })
        }
        _ => Err(FORM.into()),
    }
}

/// Takes settings by name, and remembers what was wrong.
struct Reader {
    everything: Everything,
    problems: Vec<Problem>,
}

impl Reader {
    /// The setting as written, or its default; after a problem the default, so that the rest can be judged too.
    fn take<T>(&mut self, name: &'static str, parse: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        let default = table::find(name).map(|e| Value::Text(e.default.to_owned()))?;
        let Some(Written { value, .. }) = self.everything.get(name) else {
            return parse(&default).ok();
        };
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(remedy) => {
                self.problem(name, "can't be used", remedy);
                parse(&default).ok()
            }
        }
    }

    fn take_optional<T>(&mut self, name: &str, parse: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        match parse(&self.everything.get(name)?.value) {
            Ok(parsed) => Some(parsed),
            Err(remedy) => {
                self.problem(name, "can't be used", remedy);
                None
            }
        }
    }

    fn problem(&mut self, name: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let written = self.everything.get(name);
        let source = written.map_or(Source::BuiltIn, |w| w.source.clone());
        let value = match written {
            Some(_) if table::is_secret(name) => "***".to_owned(),
            Some(written) => written.value.shown(),
            None => table::find(name).map_or_else(
                || "(not set)".into(),
                |e| match e.default {
                    "" => "(not set)".into(),
                    default => format!("{default:?} (the default)"),
                },
            ),
        };
        let what = match source {
            Source::BuiltIn => what.into(),
            from => format!("{} (from {from})", what.into()),
        };
        let source = written.map_or(Source::BuiltIn, |w| w.source.clone());
        self.problems.push(Problem::new(sources::spelled(name, &source), value, what, remedy));
    }

    fn refuse_unknown_names(&mut self) {
        let unknown: Vec<(String, Source)> = self
            .everything
            .iter()
            .filter(|(name, _)| !table::is_known(name))
            .map(|(name, written)| (name.clone(), written.source.clone()))
            .collect();
        for (name, source) in unknown {
            let remedy = table::nearest(&name).map_or_else(
                || "remove it; docs/configuration.md lists every setting".to_owned(),
                |near| format!("did you mean {}?", sources::spelled(&near, &source)),
            );
            // An unknown name may be a mistyped secret: its value is never shown.
            let spelled = sources::spelled(&name, &source);
            self.problems.push(Problem::new(spelled, "***", format!("no such setting (from {source})"), remedy));
        }
    }

    /// The names in the middle of `prefix<own>.field`.
    fn own_names(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .everything
            .keys()
            .filter(|name| name.starts_with(prefix))
            .filter_map(|name| table::split(name).map(|(own, _)| own.to_owned()))
            .collect();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests;
