//! Fault points change nothing about the storage behind them.

use async_trait::async_trait;
use backstop_application::lists::Registers;
use backstop_contract::{Queue, QueueHarness, StoreHarness, Stores, queue_rules, store_rules};
use backstop_faults::{FaultPoints, FaultingStorage};
use backstop_memory::MemoryStorage;
use std::sync::Arc;

struct Unreached;

#[async_trait]
impl FaultPoints for Unreached {
    async fn reach(&self, _: &'static str) {}
}

struct Wrapped;

#[async_trait]
impl StoreHarness for Wrapped {
    async fn fresh(&self) -> Stores {
        let store = Arc::new(MemoryStorage::new());
        Stores {
            storage: Arc::new(FaultingStorage::new(store.clone(), Arc::new(Unreached))),
            accounts: store.clone(),
            history: store.clone(),
            codes: store.clone(),
            clients: store.clone(),
            audit: store.clone(),
            schedules: store.clone(),
            runs: store.clone(),
            mails: store.clone(),
            registers: Registers::of(&store),
            sealed: store.clone(),
            tallies: store.clone(),
            keys: store.clone(),
            health: store,
            keep: Arc::new(()),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl QueueHarness for Wrapped {
    async fn fresh(&self) -> Queue {
        let store = Arc::new(MemoryStorage::new());
        Queue {
            storage: Arc::new(FaultingStorage::new(store.clone(), Arc::new(Unreached))),
            tasks: store.clone(),
            workforce: store.clone(),
            signal: store.clone(),
            audit: store,
            keep: Arc::new(()),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

store_rules!(Wrapped);
queue_rules!(Wrapped);
