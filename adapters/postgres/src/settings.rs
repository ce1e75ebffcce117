use core::{fmt, time::Duration};
use sqlx::postgres::PgConnectOptions;

/// How to reach the database, and how long anything there may take.
#[derive(Clone, PartialEq, Eq)]
pub struct PgSettings {
    /// `postgres://user:password@host:port/database`; `sslmode` and `sslrootcert` in it decide about TLS.
    pub url: String,
    pub max_connections: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    pub statement_timeout: Duration,
    /// How long a unit waits for another that holds its account.
    pub lock_timeout: Duration,
    /// After which the server ends a transaction that nobody goes on with.
    pub idle_in_transaction_timeout: Duration,
}

impl PgSettings {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 20,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(8),
            idle_in_transaction_timeout: Duration::from_secs(15),
        }
    }

    pub(crate) fn session(&self) -> Result<PgConnectOptions, sqlx::Error> {
        let options = self.plain()?.options([
            ("statement_timeout", milliseconds(self.statement_timeout)),
            ("lock_timeout", milliseconds(self.lock_timeout)),
            ("idle_in_transaction_session_timeout", milliseconds(self.idle_in_transaction_timeout)),
        ]);
        Ok(options.options([
            ("default_transaction_isolation", "read committed"),
            // Every statement goes by an index to few rows. Left to itself the server plans those with array parameters
            // anew each time, which costs more than running them.
            ("plan_cache_mode", "force_generic_plan"),
        ]))
    }

    /// Without time limits, for work that may rightly take long.
    pub(crate) fn plain(&self) -> Result<PgConnectOptions, sqlx::Error> {
        Ok(self.url.parse::<PgConnectOptions>()?.application_name("backstop"))
    }
}

fn milliseconds(time: Duration) -> String {
    time.as_millis().to_string()
}

impl fmt::Debug for PgSettings {
    /// The address may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgSettings").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}
