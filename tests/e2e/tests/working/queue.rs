//! A queue filled and watched past the service.

use backstop_e2e::{Kind, PATIENCE, ServerSpec, Site, run};
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};
use std::{fs, path::PathBuf, time::Duration};
use tokio::time::{Instant, interval};

/// So short that whoever takes a task over does it while the test looks on.
pub const SHORT_LEASES: [(&str, &str); 4] = [
    ("BACKSTOP_WORKER__TASK_TIMEOUT", "2s"),
    ("BACKSTOP_WORKER__RETRY_AFTER", "3s"),
    ("BACKSTOP_WORKER__MAX_ATTEMPTS", "100"),
    ("BACKSTOP_WORKER__KEEP_DONE", "1000000"),
];

/// The database of a site, asked without the service.
pub enum Watched {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Watched {
    /// After the migrations.
    pub async fn open(site: &Site) -> Self {
        let migrated = run(site.folder(), &["migrate"], &site.env());
        assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
        let mut watched = match site.kind() {
            Kind::Sqlite => Self::Sqlite(SqliteConnection::connect(site.database()).await.unwrap()),
            Kind::Postgres => Self::Postgres(PgConnection::connect(site.database()).await.unwrap()),
        };
        if let Self::Sqlite(_) = watched {
            watched.execute("PRAGMA busy_timeout = 20000").await;
        }
        watched
    }

    pub async fn execute(&mut self, sql: &'static str) {
        match self {
            Self::Sqlite(connection) => drop(sqlx::raw_sql(sql).execute(connection).await.unwrap()),
            Self::Postgres(connection) => drop(sqlx::raw_sql(sql).execute(connection).await.unwrap()),
        }
    }

    pub async fn number(&mut self, sql: &'static str) -> i64 {
        match self {
            Self::Sqlite(connection) => sqlx::query(sql).fetch_one(connection).await.unwrap().get(0),
            Self::Postgres(connection) => sqlx::query(sql).fetch_one(connection).await.unwrap().get(0),
        }
    }

    /// Notes each time a task is done, in the transaction that says so.
    pub async fn note_ends(&mut self) {
        match self {
            Self::Sqlite(_) => {
                self.execute(
                    "CREATE TABLE ends (task BLOB NOT NULL); \
                     CREATE TRIGGER note_ends AFTER UPDATE OF state ON tasks \
                     WHEN NEW.state = 'done' BEGIN INSERT INTO ends VALUES (NEW.id); END",
                )
                .await;
            }
            Self::Postgres(_) => {
                self.execute(
                    "CREATE TABLE ends (task uuid NOT NULL); \
                     CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN INSERT INTO ends VALUES (NEW.id); RETURN NEW; END $$; \
                     CREATE TRIGGER note_ends AFTER UPDATE OF state ON tasks FOR EACH ROW \
                     WHEN (NEW.state = 'done') EXECUTE FUNCTION note_end()",
                )
                .await;
            }
        }
    }

    /// Queues so many mails, each to somebody else.
    pub async fn queue_mails(&mut self, number: u32) {
        const LETTER: &str = r#"","locale":null,"name":null,"letter":{"notice":{"codes_low":{"remaining":3}}}}"#;
        const COLUMNS: &str =
            "id, kind, state, priority, payload_version, payload, created_at, due_at, attempt, attempts";
        match self {
            Self::Sqlite(connection) => {
                let sql = format!(
                    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {number}) \
                     INSERT INTO tasks ({COLUMNS}) SELECT randomblob(16), 'send_mail', 'queued', 100, 1, \
                     '{{\"to\":\"user-' || n || '@example.com{LETTER}', 0, 0, 0, 100 FROM n"
                );
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.unwrap();
            }
            Self::Postgres(connection) => {
                let sql = format!(
                    "INSERT INTO tasks ({COLUMNS}) SELECT gen_random_uuid(), 'send_mail', 'queued', 100, 1, \
                     '{{\"to\":\"user-' || n || '@example.com{LETTER}', 'epoch', 'epoch', 0, 100 \
                     FROM generate_series(1, {number}) n"
                );
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.unwrap();
            }
        }
    }

    /// Looks again and again until the number is reached.
    pub async fn wait_for(&mut self, sql: &'static str, least: i64) -> i64 {
        let mut look = interval(Duration::from_millis(20));
        let until = Instant::now() + 4 * PATIENCE;
        loop {
            look.tick().await;
            let number = self.number(sql).await;
            if number >= least {
                return number;
            }
            assert!(Instant::now() < until, "{number} of {least}: {sql}");
        }
    }
}

/// Looks again and again until it is so.
pub async fn until(is_so: impl Fn() -> bool) {
    let mut look = interval(Duration::from_millis(20));
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        look.tick().await;
        assert!(Instant::now() < end, "it never was so");
    }
}

pub const DONE: &str = "SELECT count(*) FROM tasks WHERE state = 'done' AND kind = 'send_mail'";

/// A worker whose mails go to a folder.
pub fn mailing(site: &Site, concurrency: u32) -> (ServerSpec, PathBuf) {
    let folder = site.folder().join("mails");
    let url = format!("folder:{}", folder.display());
    let spec = site.spec().with("BACKSTOP_MAIL__URL", url);
    let spec = SHORT_LEASES.iter().fold(spec, |spec, (name, value)| spec.with(name, *value));
    (spec.with("BACKSTOP_WORKER__CONCURRENCY", concurrency.to_string()).with("BACKSTOP_LOG__LEVEL", "warn"), folder)
}

/// The ids of the mails in a folder, each as often as it was written.
pub fn mails_in(folder: &PathBuf) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let line = text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap();
            line.split_once(':').unwrap().1.trim().to_owned()
        })
        .collect()
}
