use std::{
    any::Any,
    fmt,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::sync::Mutex;

use crate::{
    container::Container,
    database::{self, Database},
    packages,
    programs::Programs,
    server::Server,
};

/// Address of a server on which databases may be created and dropped.
pub const URL_ENV: &str = "BACKSTOP_TEST_POSTGRES_URL";

const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// How a PostgreSQL was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Environment,
    Container { image: String, address: String },
    LocalPrograms { programs: PathBuf, port: u16 },
    InstalledPackages { programs: PathBuf, port: u16 },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => write!(f, "address in the environment ({URL_ENV})"),
            Self::Container { image, address } => write!(f, "container {image} on {address}"),
            Self::LocalPrograms { programs, port } => {
                write!(f, "local programs {} on port {port}", programs.display())
            }
            Self::InstalledPackages { programs, port } => {
                write!(f, "packages installed by apt, then local programs {} on port {port}", programs.display())
            }
        }
    }
}

/// What keeps a server running: it ends when the last holder is dropped. Nothing holds a server that somebody else runs.
pub(crate) type Keep = Option<Arc<dyn Any + Send + Sync>>;

/// A PostgreSQL for tests, shared by the tests of a process that run at the same time.
#[derive(Clone)]
pub struct Postgres {
    /// Address of a database from which others can be created.
    pub admin_url: String,
    pub way: Way,
    keep: Keep,
}

impl Postgres {
    /// An empty database of its own, dropped with the value.
    pub async fn fresh_database(&self) -> anyhow::Result<Database> {
        database::create(&self.admin_url, self.keep.clone()).await
    }

    async fn answering(admin_url: String, way: Way, keep: Keep) -> anyhow::Result<Self> {
        database::wait_until_it_answers(&admin_url, ANSWER_WITHIN).await?;
        Ok(Self { admin_url, way, keep })
    }
}

/// The server that the tests of this process use now, if one still does.
struct Shared {
    admin_url: String,
    way: Way,
    keep: Option<Weak<dyn Any + Send + Sync>>,
}

impl Shared {
    fn of(postgres: &Postgres) -> Self {
        let keep = postgres.keep.as_ref().map(Arc::downgrade);
        Self { admin_url: postgres.admin_url.clone(), way: postgres.way.clone(), keep }
    }

    fn upgrade(&self) -> Option<Postgres> {
        let keep = match &self.keep {
            None => None,
            Some(keep) => Some(keep.upgrade()?),
        };
        Some(Postgres { admin_url: self.admin_url.clone(), way: self.way.clone(), keep })
    }
}

static SHARED: Mutex<Option<Shared>> = Mutex::const_new(None);

/// Finds or starts PostgreSQL.
pub async fn postgres() -> anyhow::Result<Postgres> {
    let mut shared = SHARED.lock().await;
    if let Some(running) = shared.as_ref().and_then(Shared::upgrade) {
        return Ok(running);
    }
    let found = find().await?;
    *shared = Some(Shared::of(&found));
    Ok(found)
}

async fn find() -> anyhow::Result<Postgres> {
    // An address that somebody gave is meant: when it does not answer, nothing else may stand in for it.
    if let Some(url) = std::env::var(URL_ENV).ok().filter(|url| !url.is_empty()) {
        return Postgres::answering(url, Way::Environment, None)
            .await
            .with_context(|| format!("the PostgreSQL that {URL_ENV} names cannot be used"));
    }
    let mut failures = vec![format!("address in the environment: {URL_ENV} is not set")];
    match postgres_in_container().await {
        Ok(found) => return Ok(found),
        Err(error) => failures.push(format!("container: {error:#}")),
    }
    match by_programs(PostgresOptions::default()).await {
        Ok((server, way)) => {
            return Postgres::answering(server.admin_url(), way, Some(Arc::new(server))).await;
        }
        Err(error) => failures.push(format!("{error:#}")),
    }
    bail!("no PostgreSQL is to be had:\n  - {}", failures.join("\n  - "))
}

/// Starts PostgreSQL in a container, and by no other way.
pub async fn postgres_in_container() -> anyhow::Result<Postgres> {
    let container = Container::start().await?;
    let (admin_url, way) = (container.admin_url.clone(), container.way.clone());
    Ok(Postgres { admin_url, way, keep: Some(Arc::new(container)) })
}

async fn by_programs(options: PostgresOptions) -> anyhow::Result<(Server, Way)> {
    tokio::task::spawn_blocking(move || {
        let local = match Programs::find() {
            Ok(programs) => match Server::start(&programs, options) {
                Ok(server) => {
                    let way = Way::LocalPrograms { programs: programs.folder, port: server.port };
                    return Ok((server, way));
                }
                // Installing the same programs again would not mend them.
                Err(error) => {
                    return Err(error.context(format!("local programs in {}", programs.folder.display())));
                }
            },
            // A folder that somebody named is meant: no other may stand in for it.
            Err(error) if Programs::are_named() => return Err(error.context("local programs")),
            Err(error) => error,
        };
        if let Err(error) = packages::install_postgres() {
            bail!("local programs: {local:#}\n  - packages: {error:#}");
        }
        let programs = Programs::find().context("packages: installed, but without the server's programs")?;
        let server = Server::start(&programs, options).context("packages: installed, but they do not start")?;
        let way = Way::InstalledPackages { programs: programs.folder, port: server.port };
        Ok((server, way))
    })
    .await?
}

/// How a server of one's own is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Whether a commit survives the loss of power, as in production; otherwise speed goes first.
    pub durable: bool,
    pub max_connections: u16,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { durable: false, max_connections: 300 }
    }
}

/// A server that belongs to one test, which may stop, kill and restart it.
pub struct OwnPostgres {
    /// Stays the same over restarts.
    pub admin_url: String,
    pub way: Way,
    server: Arc<Server>,
}

/// Starts a server of one's own from programs on this machine.
pub async fn start_own(options: PostgresOptions) -> anyhow::Result<OwnPostgres> {
    let (server, way) = by_programs(options).await?;
    let admin_url = server.admin_url();
    database::wait_until_it_answers(&admin_url, ANSWER_WITHIN).await?;
    Ok(OwnPostgres { admin_url, way, server: Arc::new(server) })
}

impl OwnPostgres {
    /// An empty database of its own, dropped with the value if the server runs then.
    pub async fn fresh_database(&self) -> anyhow::Result<Database> {
        database::create(&self.admin_url, Some(self.server.clone())).await
    }

    /// Ends the server in good order; open connections are cut.
    pub async fn stop(&self) -> anyhow::Result<()> {
        let server = Arc::clone(&self.server);
        tokio::task::spawn_blocking(move || server.stop()).await?
    }

    /// Ends the server at once, as a crash would.
    pub async fn kill(&self) -> anyhow::Result<()> {
        let server = Arc::clone(&self.server);
        tokio::task::spawn_blocking(move || server.kill()).await?
    }

    /// Starts the server again on the same port and data, ending it in good order first if it still runs.
    pub async fn restart(&self) -> anyhow::Result<()> {
        let server = Arc::clone(&self.server);
        tokio::task::spawn_blocking(move || server.restart()).await??;
        database::wait_until_it_answers(&self.admin_url, ANSWER_WITHIN).await
    }
}
