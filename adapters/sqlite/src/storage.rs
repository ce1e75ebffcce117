use crate::{error::OrFault as _, file, settings::SqliteSettings, signal::Signal, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{PoolUse, PortResult, Storage, UnitOfWork};
use backstop_domain::AccountId;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::sync::Arc;

/// Every store and reader on one SQLite file. Clones share their connections.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    pub(crate) settings: SqliteSettings,
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) signal: Arc<Signal>,
}

impl SqliteStorage {
    /// Opens the file, and makes it if it is missing. The schema is left as it is.
    pub async fn open(settings: &SqliteSettings) -> PortResult<Self> {
        file::make(&settings.path).await?;
        // Two that switch to the write-ahead log at once would get in each other's way.
        let _reserved = file::reserve(&settings.path).await?;
        let options = SqliteConnectOptions::new()
            .filename(&settings.path)
            .create_if_missing(false)
            .foreign_keys(true)
            // With less, a loss of power could take back a commit, and with it the use of a code.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(settings.busy_timeout);
        let writer =
            pool(settings, 1).connect_with(options.clone().journal_mode(SqliteJournalMode::Wal)).await.or_fault()?;
        let readers = pool(settings, settings.readers).connect_with(options.read_only(true)).await.or_fault()?;
        Ok(Self { settings: settings.clone(), writer, readers, signal: Arc::default() })
    }

    /// How the connections stand now.
    pub fn pools(&self) -> Vec<PoolUse> {
        [("writer", &self.writer), ("readers", &self.readers)].map(|(name, pool)| used(name, pool)).to_vec()
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        // The last to close folds the write-ahead log into the file, which a reader can't.
        self.writer.close().await;
    }
}

fn used(name: &'static str, pool: &SqlitePool) -> PoolUse {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    let most = pool.options().get_max_connections();
    PoolUse { pool: name, in_use: pool.size().saturating_sub(idle), idle, most }
}

/// A file needs no fresh connections, and opening one costs.
fn pool(settings: &SqliteSettings, connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(SqliteUnit::begin(self).await?))
    }

    /// There is one writer, which locks every account.
    async fn begin_locking(&self, _account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        self.begin().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Row as _, Sqlite, pool::PoolConnection};

    async fn pragma(connection: &mut PoolConnection<Sqlite>, sql: &'static str) -> String {
        let row = sqlx::query(sql).fetch_one(&mut **connection).await.unwrap();
        row.try_get::<String, _>(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string())
    }

    #[tokio::test]
    async fn connections_are_told_as_they_are_used() {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&SqliteSettings::new(folder.path().join("backstop.sqlite"))).await.unwrap();
        let idle = PoolUse { pool: "writer", in_use: 0, idle: 1, most: 1 };
        assert_eq!(storage.pools()[0], idle);
        let unit = storage.begin().await.unwrap();
        assert_eq!(storage.pools()[0], PoolUse { in_use: 1, idle: 0, ..idle });
        unit.rollback().await.unwrap();
        assert_eq!((storage.pools()[1].pool, storage.pools()[1].most), ("readers", storage.settings.readers));
    }

    #[tokio::test]
    async fn every_connection_keeps_what_was_committed_and_its_references() {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&SqliteSettings::new(folder.path().join("backstop.sqlite"))).await.unwrap();
        storage.migrate().await.unwrap();
        let mut connections = vec![storage.writer.acquire().await.unwrap()];
        for _ in 0..storage.settings.readers {
            connections.push(storage.readers.acquire().await.unwrap());
        }
        assert_eq!(storage.writer.options().get_max_connections(), 1);
        assert_eq!(connections.len(), 5);
        for connection in &mut connections {
            assert_eq!(pragma(connection, "PRAGMA journal_mode").await, "wal");
            assert_eq!(pragma(connection, "PRAGMA synchronous").await, "2", "FULL");
            assert_eq!(pragma(connection, "PRAGMA foreign_keys").await, "1");
            assert_eq!(pragma(connection, "PRAGMA busy_timeout").await, "5000");
        }
        for reader in &mut connections[1..] {
            sqlx::query("DELETE FROM accounts").execute(&mut **reader).await.unwrap_err();
        }
    }
}
