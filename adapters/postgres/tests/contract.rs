//! PostgreSQL keeps every rule of the stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_contract::{StoreHarness, Stores};
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

backstop_contract::store_rules!(PgHarness);
