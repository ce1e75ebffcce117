use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AuditReader, ClientReader, CodeReader, Guard, Health, HistoryReader, Storage, Vault,
};
use backstop_domain::guard::GuardRules;
use core::{any::Any, time::Duration};
use std::sync::Arc;

/// What a store adapter gives the kit.
#[async_trait]
pub trait StoreHarness: Send + Sync {
    /// A fresh, empty, isolated store.
    async fn fresh(&self) -> Stores;

    /// Whether a unit that locks one account makes every other unit wait, too.
    fn locks_whole_store(&self) -> bool {
        false
    }

    /// How long something that must happen may take before a rule gives up on it.
    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

/// The ports of one store.
#[derive(Clone)]
pub struct Stores {
    pub storage: Arc<dyn Storage>,
    pub accounts: Arc<dyn AccountReader>,
    pub history: Arc<dyn HistoryReader>,
    pub codes: Arc<dyn CodeReader>,
    pub clients: Arc<dyn ClientReader>,
    pub audit: Arc<dyn AuditReader>,
    pub health: Arc<dyn Health>,
    /// What must live as long as the store, such as a temporary folder; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// What a guard adapter gives the kit.
#[async_trait]
pub trait GuardHarness: Send + Sync {
    /// A guard under these rules that knows nobody yet.
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard>;
}

/// A vault of one rule's own.
#[derive(Clone)]
pub struct FreshVault {
    pub vault: Arc<dyn Vault>,
    /// What must live as long as the vault, such as a temporary folder; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// What a vault adapter gives the kit.
#[async_trait]
pub trait VaultHarness: Send + Sync {
    /// A vault that keeps nothing yet.
    async fn fresh(&self) -> FreshVault;
}
