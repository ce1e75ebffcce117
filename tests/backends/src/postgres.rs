use std::{sync::Arc, time::Duration};

use crate::{
    container::Image,
    database::{self, Database},
    found::{self, ANSWERS_WITHIN, Found, Keep, Part, Shared, Way},
    packages::{HoldBack, Package},
    postgres_server::Server,
    programs::{Programs, Wanted},
};

/// Address of a server on which databases may be created and dropped.
pub const POSTGRES_URL_ENV: &str = "BACKSTOP_TEST_POSTGRES_URL";

const PASSWORD: &str = "backstop";

/// What finding and starting a PostgreSQL takes.
struct PostgresPart;

impl Part for PostgresPart {
    const NAME: &'static str = "PostgreSQL";
    const URL_ENV: &'static str = POSTGRES_URL_ENV;
    const IMAGE: Image = Image {
        variable: "BACKSTOP_TEST_POSTGRES_IMAGE",
        default: "postgres:17-alpine",
        port: 5432,
        environment: &[("POSTGRES_PASSWORD", PASSWORD)],
        command: &["postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300"],
        url: |address| format!("postgres://postgres:{PASSWORD}@{address}/postgres"),
    };
    const PROGRAMS: Wanted = Wanted {
        variable: "PG_BIN",
        programs: &["initdb", "postgres"],
        usual_places: &[
            "/usr/lib/postgresql/*/bin",
            "/usr/pgsql-*/bin",
            "/usr/lib/postgresql*/bin",
            "/usr/libexec/postgresql*",
            "/usr/local/pgsql/bin",
            "/usr/local/lib/postgresql/bin",
            "/opt/homebrew/opt/postgresql*/bin",
            "/usr/local/opt/postgresql*/bin",
            "/Applications/Postgres.app/Contents/Versions/*/bin",
        ],
    };
    const PACKAGE: Package = Package {
        names: &["postgresql"],
        hold_back: Some(HoldBack {
            file: "/etc/postgresql-common/createcluster.conf",
            text: "create_main_cluster = false\n",
            mode: 0o644,
        }),
    };
    type Options = PostgresOptions;
    type Server = Server;

    fn start(programs: &Programs, options: PostgresOptions) -> anyhow::Result<Server> {
        Server::start(programs, options)
    }

    fn port(server: &Server) -> u16 {
        server.port
    }

    fn url(server: &Server) -> String {
        server.admin_url()
    }

    async fn answers(url: &str, within: Duration) -> anyhow::Result<()> {
        database::wait_until_it_answers(url, within).await
    }
}

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

    fn of(found: Found) -> Self {
        Self { admin_url: found.url, way: found.way, keep: found.keep }
    }
}

static SHARED: Shared = Shared::new();

/// Finds or starts PostgreSQL.
pub async fn postgres() -> anyhow::Result<Postgres> {
    SHARED.get_or_find::<PostgresPart>().await.map(Postgres::of)
}

/// Starts PostgreSQL in a container, and by no other way.
pub async fn postgres_in_container() -> anyhow::Result<Postgres> {
    found::in_container::<PostgresPart>().await.map(Postgres::of)
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
    let (server, way) = found::by_programs::<PostgresPart>(options).await?;
    let admin_url = server.admin_url();
    PostgresPart::answers(&admin_url, ANSWERS_WITHIN).await?;
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
        PostgresPart::answers(&self.admin_url, ANSWERS_WITHIN).await
    }
}
