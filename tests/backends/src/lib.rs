//! Finds or starts the parts that tests need, and says which way it took.
//!
//! PostgreSQL and Redis are each looked for in this order: an address in the environment, a container where an engine
//! answers, programs on this machine, programs that the system's package manager installs. The first that works is
//! taken; if none does, the error names each way and why it failed. Nothing is skipped silently.
//!
//! [`browser`] and [`axe`] find what pages are looked at with: by a path in the environment, on this machine, then by the
//! package manager and npm.
//!
//! [`SmtpSink`] is a mail server within the process, which keeps what it gets.
//!
//! | environment | meaning |
//! |---|---|
//! | `BACKSTOP_TEST_POSTGRES_URL` | address of a server on which databases may be created and dropped |
//! | `BACKSTOP_TEST_POSTGRES_IMAGE` | image for the container, `name:tag` |
//! | `PG_BIN` | folder with `initdb` and `postgres` |
//! | `BACKSTOP_TEST_REDIS_URL` | address of a Redis in which keys may be made and removed |
//! | `BACKSTOP_TEST_REDIS_IMAGE` | image for the container, `name:tag` |
//! | `REDIS_BIN` | folder with `redis-server` |
//! | `BACKSTOP_TEST_CHROMEDRIVER`, `BACKSTOP_TEST_CHROMIUM` | programs, of the same version |
//! | `BACKSTOP_TEST_AXE` | `axe.min.js` of axe-core |
//! | `BACKSTOP_TEST_NPM` | `npm`, which fetches axe-core |
//! | `BACKSTOP_TEST_FAKETIME` | `libfaketimeMT.so.1`, for servers whose clock is off |
//! | `BACKSTOP_TEST_BIN`, `BACKSTOP_TEST_BIN_FAULTS` | the service to test, without and with fault points |
#![allow(
    clippy::disallowed_methods,
    reason = "a test helper reads the environment, and waits for other processes, which send no event"
)]

mod axe;
mod binaries;
mod browser;
mod chromedriver;
mod container;
mod database;
mod faketime;
mod found;
mod guardian;
mod keeper;
mod key_space;
mod mail;
mod packages;
mod place;
mod postgres;
mod postgres_server;
mod processes;
mod programs;
mod redis;
mod redis_server;
mod smtp;

pub use axe::{AXE_ENV, Axe, axe};
pub use binaries::{BINARY_ENV, Binaries, FAULTS_BINARY_ENV, binaries, cargo};
pub use browser::{Browser, CHROMEDRIVER_ENV, CHROMIUM_ENV, ToolWay, browser};
pub use chromedriver::{ChromeDriver, chromedriver};
pub use container::engine_answers;
pub use database::Database;
pub use faketime::{FAKETIME_ENV, faketime};
pub use found::Way;
pub use key_space::KeySpace;
pub use mail::ReadMail;
pub use postgres::{
    OwnPostgres, POSTGRES_URL_ENV, Postgres, PostgresOptions, postgres, postgres_in_container, start_own,
};
pub use redis::{OwnRedis, REDIS_URL_ENV, Redis, redis, redis_in_container, start_own_redis};
pub use smtp::{ClosedSmtpSink, Received, SmtpSink, SmtpSinkOptions, SmtpSinkTls};
