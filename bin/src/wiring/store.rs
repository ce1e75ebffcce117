//! The database, whichever it is.

use crate::{
    development,
    settings::{DatabaseSettings, Settings},
};
use anyhow::{Context as _, Result};
use backstop_application::lists::Registers;
use backstop_application::ports::{
    AccountReader, AuditReader, ClientReader, CodeReader, Health, HistoryReader, KeyBook, Leftovers, MailLogReader,
    PoolUse, RunReader, ScheduleReader, SealedReader, Storage, Tallies, TaskReader, TimeSource, Vault, WorkSignal,
    Workforce,
};
use backstop_postgres::{PgSettings, PgStorage};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use std::sync::Arc;

/// The database, whichever it is.
#[derive(Clone)]
pub enum Store {
    Sqlite(Arc<SqliteStorage>),
    Postgres(Arc<PgStorage>),
}

/// The same expression for either database.
macro_rules! either {
    ($store:expr, $inner:ident => $do:expr) => {
        match $store {
            Store::Sqlite($inner) => $do,
            Store::Postgres($inner) => $do,
        }
    };
}

pub(super) use either;

impl Store {
    pub async fn connect(settings: &Settings) -> Result<Self> {
        match &settings.database {
            DatabaseSettings::Sqlite(path) => {
                if path.starts_with(&settings.data_dir) {
                    development::make_folder(&settings.data_dir)?;
                }
                let opened = SqliteStorage::open(&SqliteSettings::new(path)).await;
                let storage = opened.with_context(|| format!("the database {} can't be opened", path.display()))?;
                Ok(Self::Sqlite(Arc::new(storage)))
            }
            DatabaseSettings::Postgres { url, max_connections } => {
                let settings = PgSettings { max_connections: *max_connections, ..PgSettings::new(url.reveal()) };
                let storage = PgStorage::connect(&settings).await;
                let storage = storage.context("PostgreSQL can't be used; see database.url")?;
                Ok(Self::Postgres(Arc::new(storage)))
            }
        }
    }

    pub async fn migrate(&self) -> Result<()> {
        Ok(either!(self, s => s.migrate().await)?)
    }

    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        Ok(either!(self, s => s.pending_migrations().await)?)
    }

    pub async fn close(&self) {
        either!(self, s => s.close().await);
    }

    pub fn storage(&self) -> Arc<dyn Storage> {
        either!(self, s => s.clone())
    }

    pub fn accounts(&self) -> Arc<dyn AccountReader> {
        either!(self, s => s.clone())
    }

    pub fn history(&self) -> Arc<dyn HistoryReader> {
        either!(self, s => s.clone())
    }

    pub fn codes(&self) -> Arc<dyn CodeReader> {
        either!(self, s => s.clone())
    }

    pub fn clients(&self) -> Arc<dyn ClientReader> {
        either!(self, s => s.clone())
    }

    pub fn audit(&self) -> Arc<dyn AuditReader> {
        either!(self, s => s.clone())
    }

    pub fn vault(&self) -> Arc<dyn Vault> {
        either!(self, s => s.clone())
    }

    pub fn tasks(&self) -> Arc<dyn TaskReader> {
        either!(self, s => s.clone())
    }

    pub fn workforce(&self) -> Arc<dyn Workforce> {
        either!(self, s => s.clone())
    }

    pub fn work_signal(&self) -> Arc<dyn WorkSignal> {
        either!(self, s => s.clone())
    }

    pub fn schedules(&self) -> Arc<dyn ScheduleReader> {
        either!(self, s => s.clone())
    }

    pub fn runs(&self) -> Arc<dyn RunReader> {
        either!(self, s => s.clone())
    }

    pub fn registers(&self) -> Registers {
        either!(self, s => Registers::of(s))
    }

    pub fn mail_log(&self) -> Arc<dyn MailLogReader> {
        either!(self, s => s.clone())
    }

    pub fn leftovers(&self) -> Arc<dyn Leftovers> {
        either!(self, s => s.clone())
    }

    pub fn tallies(&self) -> Arc<dyn Tallies> {
        either!(self, s => s.clone())
    }

    pub fn key_book(&self) -> Arc<dyn KeyBook> {
        either!(self, s => s.clone())
    }

    pub fn sealed(&self) -> Arc<dyn SealedReader> {
        either!(self, s => s.clone())
    }

    pub fn pools(&self) -> Vec<PoolUse> {
        either!(self, s => s.pools())
    }

    pub fn health(&self) -> Arc<dyn Health> {
        either!(self, s => s.clone())
    }

    /// SQLite's file is on this machine, whose clock is the only one there.
    pub fn time_source(&self) -> Option<Arc<dyn TimeSource>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(storage) => Some(storage.clone()),
        }
    }
}
