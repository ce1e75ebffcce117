//! SQLite keeps every rule of the stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_contract::{FreshVault, StoreHarness, Stores, VaultHarness};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use std::sync::Arc;
use tempfile::TempDir;

struct SqliteHarness;

async fn migrated() -> (Arc<SqliteStorage>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("backstop.sqlite"));
    let storage = SqliteStorage::open(&settings).await.unwrap();
    storage.migrate().await.unwrap();
    (Arc::new(storage), folder)
}

#[async_trait]
impl StoreHarness for SqliteHarness {
    async fn fresh(&self) -> Stores {
        let (storage, folder) = migrated().await;
        Stores {
            storage: storage.clone(),
            accounts: storage.clone(),
            history: storage.clone(),
            codes: storage.clone(),
            clients: storage.clone(),
            audit: storage.clone(),
            health: storage,
            keep: Arc::new(folder),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl VaultHarness for SqliteHarness {
    async fn fresh(&self) -> FreshVault {
        let (vault, folder) = migrated().await;
        FreshVault { vault, keep: Arc::new(folder) }
    }
}

backstop_contract::store_rules!(SqliteHarness);
backstop_contract::vault_rules!(SqliteHarness);
