//! A database in which much is over, and a bare way to take it away.

use crate::{
    database::Micros,
    runner::{Sample, Stopwatch},
};
use anyhow::{Result, ensure};
use backstop_domain::Timestamp;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::path::Path;

/// What one account has that is over, in sets of ten.
pub const OVER: usize = 30;

/// A connection of its own to a database of the service's.
pub enum Backlog {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Backlog {
    /// Planned as the service has it.
    pub async fn postgres(url: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut connection).await?;
        Ok(Self::Postgres(connection))
    }

    /// Like the service's, whose commits are on the disk when they are answered.
    pub async fn sqlite(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(file).foreign_keys(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        Ok(Self::Sqlite(SqliteConnection::connect_with(&options).await?))
    }

    /// So many accounts with three sets that were replaced and one that stands. Of each that was replaced, three codes
    /// were used before. The sets of all accounts ended one after the other, between 100 and 400 days ago.
    pub async fn fill(&mut self, accounts: usize, now: Timestamp) -> Result<()> {
        for statement in self.filling(accounts, now.as_second()) {
            self.run(&statement).await?;
        }
        let tidying: &[&str] = match self {
            Self::Postgres(_) => &["VACUUM ANALYZE", "CHECKPOINT"],
            Self::Sqlite(_) => &["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
        };
        for statement in tidying {
            self.run(statement).await?;
        }
        Ok(())
    }

    async fn run(&mut self, statement: &str) -> Result<()> {
        let statement = raw_sql(AssertSqlSafe(statement.to_owned()));
        match self {
            Self::Postgres(connection) => statement.execute(connection).await.map(|_| ())?,
            Self::Sqlite(connection) => statement.execute(connection).await.map(|_| ())?,
        }
        Ok(())
    }

    fn id(&self, number: &str) -> String {
        match self {
            Self::Postgres(_) => format!("lpad(to_hex(CAST({number} AS bigint)), 32, '0')::uuid"),
            Self::Sqlite(_) => format!("unhex(printf('%032x', {number}))"),
        }
    }

    fn filling(&self, accounts: usize, now: i64) -> [String; 3] {
        let (digest, nobody) = match self {
            Self::Postgres(_) => ("sha256(uuid_send(gen_random_uuid()))", "'{}'::text[]"),
            Self::Sqlite(_) => ("randomblob(32)", "'[]'"),
        };
        let ago = |seconds: &str| match self {
            Self::Postgres(_) => format!("to_timestamp({now}) - ({seconds}) * interval '1 second'"),
            Self::Sqlite(_) => format!("({now} - ({seconds})) * 1000000"),
        };
        let over = OVER / 10 * accounts;
        let numbers = |number: usize| {
            let last = number - 1;
            format!("RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})")
        };
        let ended = format!("400 * 86400 - n * {}", 300 * 86_400 / over);
        let (made, used, replaced) = (ago("500 * 86400"), ago(&format!("{ended} + (d + 1) * 20000")), ago(&ended));
        let (account, set, code) = (self.id("n"), self.id("n"), self.id("n * 10 + d"));
        let (accounts_numbers, sets) = (numbers(accounts), numbers(over + accounts));
        [
            format!(
                "INSERT INTO accounts (id, subject, email_confirmed, notify_emails, role, created_at, modified_at) \
                 WITH {accounts_numbers} SELECT {account}, 'full-' || n, false, {nobody}, 'user', {made}, {made} \
                 FROM numbers"
            ),
            format!(
                "INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, \
                 modified_at, superseded_at) \
                 WITH {sets} SELECT {set}, {owner}, 'classic', 10, CASE WHEN n < {over} THEN 3 ELSE 0 END, \
                 CASE WHEN n < {over} THEN 7 ELSE 0 END, 0, 0, {made}, {made}, CASE WHEN n < {over} THEN {replaced} END \
                 FROM numbers",
                owner = self.id(&format!("n % {accounts}")),
            ),
            format!(
                "INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier, status_since) \
                 WITH {sets}, digits (d) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) \
                 SELECT {code}, {set}, CASE WHEN n >= {over} THEN 0 WHEN d < 3 THEN 1 ELSE 2 END, {digest}, 'k1', \
                 '{VERIFIER}', CASE WHEN n >= {over} THEN NULL WHEN d < 3 THEN {used} ELSE {replaced} END \
                 FROM numbers CROSS JOIN digits"
            ),
        ]
    }

    /// Removes so many codes that were over at a time, in portions, each a transaction of its own.
    pub async fn delete(&mut self, until: Timestamp, rows: usize, portion: u32) -> Result<Sample> {
        let sql = |parameter: &str| {
            format!(
                "DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE status <> 0 AND status_since <= {parameter} \
                 ORDER BY status_since LIMIT {portion})"
            )
        };
        let stopwatch = Stopwatch::start();
        let mut gone = 0;
        while gone < rows as u64 {
            let some = match self {
                Self::Postgres(connection) => {
                    let statement = query(AssertSqlSafe(sql("$1"))).bind(Micros::of(until));
                    statement.execute(connection).await?.rows_affected()
                }
                Self::Sqlite(connection) => {
                    let statement = query(AssertSqlSafe(sql("?1"))).bind(until.as_microsecond());
                    statement.execute(connection).await?.rows_affected()
                }
            };
            ensure!(some > 0, "too few codes were prepared");
            gone += some;
        }
        Ok(stopwatch.stop(usize::try_from(gone)?))
    }
}

/// As long as a real one. No code fits it.
const VERIFIER: &str =
    "$argon2id$v=19$m=4096,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
