//! The conformance kit on the adapters of this crate.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up fails")]

use async_trait::async_trait;
use backstop_application::ports::Guard;
use backstop_contract::{
    FreshVault, GuardHarness, StoreHarness, Stores, VaultHarness, clock_rules, code_generator_rules, exporter_rules,
    guard_rules, hasher_rules, key_minter_rules, sealer_rules, store_rules, tagger_rules, vault_rules,
};
use backstop_domain::{KeyId, guard::GuardRules};
use backstop_memory::{
    MemoryGuard, MemoryStorage, MemoryVault, QuickExporter, QuickHasher, QuickSealer, QuickTagger, SeededCodes,
    SeededKeys, SystemClock,
};
use std::sync::Arc;

struct Memory;

#[async_trait]
impl StoreHarness for Memory {
    async fn fresh(&self) -> Stores {
        let store = Arc::new(MemoryStorage::new());
        Stores {
            storage: store.clone(),
            accounts: store.clone(),
            history: store.clone(),
            codes: store.clone(),
            clients: store.clone(),
            audit: store.clone(),
            health: store,
            keep: Arc::new(()),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl GuardHarness for Memory {
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard> {
        Arc::new(MemoryGuard::new(rules))
    }
}

#[async_trait]
impl VaultHarness for Memory {
    async fn fresh(&self) -> FreshVault {
        FreshVault { vault: Arc::new(MemoryVault::default()), keep: Arc::new(()) }
    }
}

fn tagger() -> QuickTagger {
    let [current, older, oldest] = ["k3", "k2", "k1"].map(|id| KeyId::parse(id).unwrap());
    QuickTagger::new(current, vec![older, oldest])
}

store_rules!(Memory);
guard_rules!(Memory);
vault_rules!(Memory);
exporter_rules!(QuickExporter);
sealer_rules!(QuickSealer::new(1));
hasher_rules!(QuickHasher::new());
tagger_rules!(tagger());
code_generator_rules!(SeededCodes::new(1));
key_minter_rules!(SeededKeys::new(1));
clock_rules!(SystemClock);
