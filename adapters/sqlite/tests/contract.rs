//! SQLite keeps every rule of the stores and of sessions.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_application::lists::Registers;
use backstop_application::ports::Guard;
use backstop_contract::{
    FreshVault, GuardHarness, Keeping, Queue, QueueHarness, SessionHarness, Sessions, StoreHarness, Stores,
    VaultHarness,
};
use backstop_domain::guard::GuardRules;
use backstop_sqlite::{SqliteGuard, SqliteSettings, SqliteStorage};
use core::any::Any;

use std::sync::Arc;

struct SqliteHarness;

async fn fresh() -> (SqliteStorage, Arc<dyn Any + Send + Sync>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("backstop.sqlite"));
    let storage = SqliteStorage::open(&settings).await.unwrap();
    storage.migrate().await.unwrap();
    (storage, Arc::new(folder))
}

#[async_trait]
impl StoreHarness for SqliteHarness {
    async fn fresh(&self) -> Stores {
        let (storage, keep) = fresh().await;
        let storage = Arc::new(storage);
        Stores {
            storage: storage.clone(),
            accounts: storage.clone(),
            history: storage.clone(),
            codes: storage.clone(),
            clients: storage.clone(),
            audit: storage.clone(),
            schedules: storage.clone(),
            runs: storage.clone(),
            mails: storage.clone(),
            registers: Registers::of(&storage),
            sealed: storage.clone(),
            tallies: storage.clone(),
            keys: storage.clone(),
            health: storage,
            keep,
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl QueueHarness for SqliteHarness {
    async fn fresh(&self) -> Queue {
        let (storage, keep) = fresh().await;
        let storage = Arc::new(storage);
        Queue {
            storage: storage.clone(),
            tasks: storage.clone(),
            workforce: storage.clone(),
            signal: storage.clone(),
            audit: storage,
            keep,
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl SessionHarness for SqliteHarness {
    async fn fresh(&self) -> Sessions {
        let (storage, keep) = fresh().await;
        Sessions { store: Arc::new(storage), keep }
    }
}

#[async_trait]
impl VaultHarness for SqliteHarness {
    async fn fresh(&self) -> FreshVault {
        let (storage, keep) = fresh().await;
        FreshVault { vault: Arc::new(storage), keep }
    }
}

#[async_trait]
impl GuardHarness for SqliteHarness {
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard> {
        let (storage, keep) = fresh().await;
        Arc::new(Keeping { guard: SqliteGuard::new(storage, rules), keep })
    }
}

backstop_contract::store_rules!(SqliteHarness);
backstop_contract::queue_rules!(SqliteHarness);
backstop_contract::session_rules!(SqliteHarness);
backstop_contract::guard_rules!(SqliteHarness);
backstop_contract::vault_rules!(SqliteHarness);
