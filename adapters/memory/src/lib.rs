//! Every port in one process.
//!
//! [`MemoryStorage`], the clocks, ids, and what is called *seeded* or *quick* serve tests: they forget everything when
//! they go, and are predictable. [`MemoryGuard`], [`MemoryVault`], [`SystemClock`] and [`CachedClients`] serve production as well.

mod account_store;
mod audit_log;
mod batch_store;
mod cached_clients;
mod client_store;
mod clock;
mod code_store;
mod exporter;
mod guard;
mod ids;
mod quick;
mod readers;
mod recovery_store;
mod sealer;
mod seeded;
mod storage;
mod tables;
mod vault;

pub use cached_clients::CachedClients;
pub use clock::{ManualClock, SystemClock};
pub use exporter::QuickExporter;
pub use guard::MemoryGuard;
pub use ids::SequentialIds;
pub use quick::{QuickHasher, QuickTagger};
pub use sealer::QuickSealer;
pub use seeded::{SeededCodes, SeededKeys};
pub use storage::MemoryStorage;
pub use vault::MemoryVault;
