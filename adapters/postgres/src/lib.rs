//! The stores on PostgreSQL, at its default isolation level READ COMMITTED.
//!
//! A unit of work is one transaction. It locks the account's row in the same round trip that begins it, decides every
//! change by one conditional statement, and holds back what only adds rows (audit, recoveries, tasks) until the commit.

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
mod first;
mod guard;
mod health;
mod leftovers;
mod limits;
mod links;
mod lists;
mod lock;
mod mail_log;
mod migrate;
mod networks;
mod notices;
mod passwords;
mod readers;
mod recoveries;
mod runs;
mod schedules;
mod sealed;
mod second_factors;
mod sessions;
mod settings;
mod shelf;
mod signal;
mod storage;
mod tallies;
mod task_readers;
mod tasks;
mod time;
mod time_source;
mod unit;
mod vault;

pub use guard::PgGuard;
pub use settings::PgSettings;
pub use storage::PgStorage;
