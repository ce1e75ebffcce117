//! Finds or starts the parts that tests need, and says which way it took.
//!
//! PostgreSQL is looked for in this order: an address in the environment, a container where an engine answers,
//! programs on this machine, programs that the system's package manager installs. The first that works is taken; if
//! none does, the error names each way and why it failed. Nothing is skipped silently.
//!
//! | environment | meaning |
//! |---|---|
//! | `BACKSTOP_TEST_POSTGRES_URL` | address of a server on which databases may be created and dropped |
//! | `BACKSTOP_TEST_POSTGRES_IMAGE` | image for the container, `name:tag` |
//! | `PG_BIN` | folder with `initdb` and `postgres` |
//! | `BACKSTOP_TEST_FAKETIME` | `libfaketimeMT.so.1`, for servers whose clock is off |
//! | `BACKSTOP_TEST_BIN`, `BACKSTOP_TEST_BIN_FAULTS` | the service to test, without and with fault points |
#![allow(
    clippy::disallowed_methods,
    reason = "a test helper reads the environment, and waits for other processes, which send no event"
)]

mod binaries;
mod container;
mod database;
mod faketime;
mod guardian;
mod keeper;
mod packages;
mod postgres;
mod processes;
mod programs;
mod server;

pub use binaries::{BINARY_ENV, Binaries, FAULTS_BINARY_ENV, binaries};
pub use container::{DEFAULT_IMAGE, IMAGE_ENV, engine_answers};
pub use database::Database;
pub use faketime::{FAKETIME_ENV, faketime};
pub use postgres::{OwnPostgres, Postgres, PostgresOptions, URL_ENV, Way, postgres, postgres_in_container, start_own};
