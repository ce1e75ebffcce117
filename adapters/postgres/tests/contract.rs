//! PostgreSQL keeps every rule of the stores, of sessions and of time sources.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_application::lists::Registers;
use backstop_application::ports::{Guard, PortResult, TimeSource};
use backstop_contract::{
    FreshVault, GuardHarness, Keeping, Queue, QueueHarness, SessionHarness, Sessions, StoreHarness, Stores,
    VaultHarness,
};
use backstop_domain::{Timestamp, guard::GuardRules};
use backstop_postgres::{PgGuard, PgSettings, PgStorage};
use core::any::Any;

use std::sync::Arc;

struct PgHarness;

async fn fresh() -> (PgStorage, Arc<dyn Any + Send + Sync>) {
    let server = backstop_backends::postgres().await.unwrap();
    let database = server.fresh_database().await.unwrap();
    let storage = PgStorage::connect(&PgSettings::new(&database.url)).await.unwrap();
    storage.migrate().await.unwrap();
    (storage, Arc::new((database, server)))
}

#[async_trait]
impl StoreHarness for PgHarness {
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
}

#[async_trait]
impl QueueHarness for PgHarness {
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
}

#[async_trait]
impl SessionHarness for PgHarness {
    async fn fresh(&self) -> Sessions {
        let (storage, keep) = fresh().await;
        Sessions { store: Arc::new(storage), keep }
    }
}

#[async_trait]
impl VaultHarness for PgHarness {
    async fn fresh(&self) -> FreshVault {
        let (storage, keep) = fresh().await;
        FreshVault { vault: Arc::new(storage), keep }
    }
}

#[async_trait]
impl GuardHarness for PgHarness {
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard> {
        let (storage, keep) = fresh().await;
        Arc::new(Keeping { guard: PgGuard::new(storage, rules), keep })
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
backstop_contract::queue_rules!(PgHarness);
backstop_contract::session_rules!(PgHarness);
backstop_contract::guard_rules!(PgHarness);
backstop_contract::vault_rules!(PgHarness);
backstop_contract::time_source_rules!(PgTime::fresh().await);
