//! PostgreSQL keeps every rule of the stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_contract::{FreshVault, StoreHarness, Stores, VaultHarness};
use backstop_postgres::{PgSettings, PgStorage};
use std::{any::Any, sync::Arc};

struct PgHarness;

async fn migrated() -> (Arc<PgStorage>, Arc<dyn Any + Send + Sync>) {
    let server = backstop_backends::postgres().await.unwrap();
    let database = server.fresh_database().await.unwrap();
    let storage = PgStorage::connect(&PgSettings::new(&database.url)).await.unwrap();
    storage.migrate().await.unwrap();
    (Arc::new(storage), Arc::new((database, server)))
}

#[async_trait]
impl StoreHarness for PgHarness {
    async fn fresh(&self) -> Stores {
        let (storage, keep) = migrated().await;
        Stores {
            storage: storage.clone(),
            accounts: storage.clone(),
            history: storage.clone(),
            codes: storage.clone(),
            clients: storage.clone(),
            audit: storage.clone(),
            health: storage,
            keep,
        }
    }
}

#[async_trait]
impl VaultHarness for PgHarness {
    async fn fresh(&self) -> FreshVault {
        let (vault, keep) = migrated().await;
        FreshVault { vault, keep }
    }
}

backstop_contract::store_rules!(PgHarness);
backstop_contract::vault_rules!(PgHarness);
