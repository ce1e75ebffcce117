//! Every port in one process.
//!
//! [`MemoryStorage`], the clocks, ids, and what is called *seeded* or *quick* serve tests: they forget everything when
//! they go, and are predictable. [`MemoryGuard`], [`MemoryCache`], [`MemoryVault`], [`SystemClock`], [`ServiceClock`] and
//! [`CachedClients`] serve production as well.
//!
//! [`CachedViews`] and [`InvalidatingStorage`] stand before any storage and use any cache.

mod account_store;
mod answer_store;
mod audit_log;
mod authenticators;
mod batch_store;
mod bounded;
mod cache;
mod cached_clients;
mod cached_views;
mod clean_up_store;
mod client_store;
mod clock;
mod code_store;
mod exporter;
mod flights;
mod guard;
mod ids;
mod invalidating_storage;
mod invalidations;
mod letter_writer;
mod limit_store;
mod link_store;
mod lists;
mod mail_log;
mod mailer;
mod password_store;
mod quick;
mod readers;
mod recovery_store;
mod run_store;
mod schedule_store;
mod sealed;
mod sealer;
mod second_factor_store;
mod seeded;
mod service_clock;
mod sessions;
mod signal;
mod storage;
mod tables;
mod tallies;
mod task_reader;
mod task_store;
mod vault;
mod workforce;

pub use cache::MemoryCache;
pub use cached_clients::CachedClients;
pub use cached_views::CachedViews;
pub use clock::{ManualClock, SystemClock};
pub use exporter::QuickExporter;
pub use guard::MemoryGuard;
pub use ids::SequentialIds;
pub use invalidating_storage::InvalidatingStorage;
pub use invalidations::Invalidations;
pub use letter_writer::QuickLetters;
pub use mailer::MemoryMailer;
pub use quick::{QuickHasher, QuickTagger};
pub use sealer::QuickSealer;
pub use seeded::{SeededCodes, SeededKeys, SeededTokens};

pub use service_clock::{LocalTime, ServiceClock};
pub use sessions::MemorySessions;
pub use storage::MemoryStorage;
pub use vault::MemoryVault;
