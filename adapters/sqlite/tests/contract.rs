//! SQLite keeps every rule of the stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_contract::{StoreHarness, Stores};
use backstop_sqlite::{SqliteSettings, SqliteStorage};
use std::sync::Arc;

struct SqliteHarness;

#[async_trait]
impl StoreHarness for SqliteHarness {
    async fn fresh(&self) -> Stores {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings::new(folder.path().join("backstop.sqlite"));
        let storage = SqliteStorage::open(&settings).await.unwrap();
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
            keep: Arc::new(folder),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

backstop_contract::store_rules!(SqliteHarness);
