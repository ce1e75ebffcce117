//! The stores in one SQLite file.
//!
//! There is one connection that writes and a few that read. A unit of work is a transaction that takes the write lock
//! when it begins, so that units wait for each other in one queue and none fails halfway for another's sake.

#[macro_use]
mod rows;

mod accounts;
mod answers;
mod audit;
mod batches;
mod clean_ups;
mod clients;
mod codes;
mod error;
mod file;
mod guard;
mod health;
mod leftovers;
mod limits;
mod links;
mod lists;
mod mail_log;
mod migrate;
mod networks;
mod notices;
mod passwords;
mod readers;
mod reading;
mod recoveries;
mod runs;
mod schedules;
mod sealed;
mod second_factors;
mod sessions;
mod settings;
mod signal;
mod storage;
mod tallies;
mod task_readers;
mod tasks;
mod time;
mod unit;
mod vault;

pub use guard::SqliteGuard;
pub use settings::SqliteSettings;
pub use storage::SqliteStorage;
