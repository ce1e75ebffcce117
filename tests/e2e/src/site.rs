use backstop_application::ports::Tagger as _;
use backstop_backends::Database;
use backstop_crypto::{HmacTagger, LookupKey, LookupKeys, Scheme};
use backstop_domain::{AccountId, CodeProfile, KeyId, SecretText};
use core::fmt;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Api, Books, Program, Server, ServerSpec, books, run};

/// Locks and the time between two sets of codes last no time, for stories that are about something else.
pub const NO_WAIT: (&str, &str) = ("BACKSTOP_GUARD__BASE_COOLDOWN", "0s");

/// Under which all servers of a site keep their codes, as the key `k1`.
pub const LOOKUP_SECRET: &str = "a lookup secret for tests, the same on every server";
/// What codes are sealed under at every site until they are delivered.
pub const SEAL_SECRET: &str = "a seal secret for tests, the same on every server";

pub const ALL_SCOPES: &str = "codes:read,codes:write,codes:redeem";

/// Which database stands behind a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// One empty database and a folder of its own, for any number of servers. Both go with the value.
pub struct Site {
    kind: Kind,
    database: String,
    folder: TempDir,
    _postgres: Option<Database>,
}

impl Site {
    pub async fn new(kind: Kind) -> Self {
        let folder = tempfile::Builder::new().prefix("backstop-e2e-").tempdir().expect("a folder");
        match kind {
            Kind::Sqlite => {
                let database = format!("sqlite:{}", folder.path().join("backstop.sqlite3").display());
                Self { kind, database, folder, _postgres: None }
            }
            Kind::Postgres => {
                let server = backstop_backends::postgres().await.expect("a PostgreSQL");
                let postgres = server.fresh_database().await.expect("a database");
                Self { kind, database: postgres.url.clone(), folder, _postgres: Some(postgres) }
            }
        }
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// As in `database.url`.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Holds the SQLite file, if there is one, and what the servers wrote.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The settings that every server and command of the site has. New codes can be made at once.
    pub fn env(&self) -> Vec<(String, String)> {
        let data_dir: PathBuf = self.folder().join("data");
        [
            ("BACKSTOP_DATABASE__URL", self.database.as_str()),
            ("BACKSTOP_DATA_DIR", &data_dir.display().to_string()),
            ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", LOOKUP_SECRET),
            ("BACKSTOP_KEYS__SEAL__S1__SECRET", SEAL_SECRET),
            ("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0"),
            ("BACKSTOP_SERVER__DRAIN", "0s"),
            NO_WAIT,
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// A server as it is shipped.
    pub fn spec(&self) -> ServerSpec {
        ServerSpec { program: Program::Plain, folder: self.folder().to_owned(), args: Vec::new(), env: self.env() }
    }

    /// A server with fault points, whose guard is in nobody's way.
    pub fn spec_for_races(&self, points: &str) -> ServerSpec {
        self.spec().with_fault_points(points).with_open_guard()
    }

    /// A client with all scopes, made anew, that talks to this server.
    pub async fn api(&self, server: &Server) -> Api {
        Api::new(server.base(), self.key(ALL_SCOPES).await)
    }

    /// The key of a new client, made by the command line.
    pub async fn key(&self, scopes: &str) -> String {
        let name = format!("tests-{}", crate::own_network());
        let (folder, env, scopes) = (self.folder().to_owned(), self.env(), scopes.to_owned());
        let made = tokio::task::spawn_blocking(move || {
            run(&folder, &["create-client", &name, "--scopes", &scopes, "--json"], &env)
        });
        let made = made.await.expect("the command ends");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let made: Value = serde_json::from_str(&made.stdout).expect("JSON");
        made["key"].as_str().expect("a key").to_owned()
    }

    /// What the database holds now.
    pub async fn books(&self) -> Books {
        books::read(&self.database).await.expect("the database can be read")
    }

    /// What the database holds now, after a check of everything that must always be true.
    pub async fn judge(&self) -> Books {
        let books = self.books().await;
        books.judge();
        books
    }
}

/// How a code of an account is found in the database, at any site with [`LOOKUP_SECRET`].
pub fn lookup_tag(account: Uuid, code: &str) -> Vec<u8> {
    let id = KeyId::parse("k1").expect("a key id");
    let key = LookupKey::new(id.clone(), Scheme::HmacSha256, SecretText::new(LOOKUP_SECRET.to_owned()));
    let keys = LookupKeys::new(&id, &[key.expect("a sound key")]).expect("a key");
    let code = CodeProfile::classic().parse(code).expect("a code");
    HmacTagger::new(keys).current(AccountId::new(account), &code).bytes.to_vec()
}
