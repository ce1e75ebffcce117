//! PostgreSQL keeps every rule of the stores and of time sources.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_application::ports::{PortResult, TimeSource};
use backstop_contract::{StoreHarness, Stores};
use backstop_domain::Timestamp;
use backstop_postgres::{PgSettings, PgStorage};
use std::sync::Arc;

struct PgHarness;

#[async_trait]
impl StoreHarness for PgHarness {
    async fn fresh(&self) -> Stores {
        let server = backstop_backends::postgres().await.unwrap();
        let database = server.fresh_database().await.unwrap();
        let storage = PgStorage::connect(&PgSettings::new(&database.url)).await.unwrap();
        storage.migrate().await.unwrap();
        let storage = Arc::new(storage);
        Stores {
            storage: storage.clone(),
            accounts: storage.clone(),
            history: storage.clone(),
            codes: storage.clone(),
            clients: storage.clone(),
            audit: storage.clone(),
            health: storage,
            keep: Arc::new((database, server)),
        }
    }
}

/// A source with the database that must outlive it.
struct PgTime {
    storage: PgStorage,
    _keep: (backstop_backends::Database, backstop_backends::Postgres),
}

impl PgTime {
    async fn fresh() -> Self {
        let server = backstop_backends::postgres().await.unwrap();
        let database = server.fresh_database().await.unwrap();
        let storage = PgStorage::connect(&PgSettings::new(&database.url)).await.unwrap();
        Self { storage, _keep: (database, server) }
    }
}

#[async_trait]
impl TimeSource for PgTime {
    async fn time(&self) -> PortResult<Timestamp> {
        self.storage.time().await
    }
}

backstop_contract::store_rules!(PgHarness);
backstop_contract::time_source_rules!(PgTime::fresh().await);
