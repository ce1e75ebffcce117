//! Taking away what is over: all of it, nothing else, whatever happens meanwhile. By the program as it is shipped.
//!
//! `BACKSTOP_PURGE_CODES` says how many codes are due on PostgreSQL, to which comes a third as many live ones. On SQLite
//! it is a tenth.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests: a surprise ends them, tasks end with them, and each says what it did"
)]

mod besides;
mod ended;
mod killed;
mod portions;
mod seed;
mod telling;

use backstop_e2e::{Kind, Output, Site, run};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How many times seven people there are in the largest tests.
fn times(kind: Kind) -> u64 {
    let given = std::env::var("BACKSTOP_PURGE_CODES").ok();
    let codes: u64 = given.map_or(30_000, |text| text.parse().expect("BACKSTOP_PURGE_CODES is a number"));
    let codes = if kind == Kind::Sqlite { codes / 10 } else { codes };
    codes.div_ceil(seed::DUE)
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now - SignedDuration::from_hours(24 * days)
}

/// Runs `backstop purge` to its end.
fn purge(site: &Site, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut env = site.env();
    env.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    run(site.folder(), &[&["purge"], arguments].concat(), &env)
}

/// The same, and what it said as JSON.
#[track_caller]
fn purged(site: &Site, arguments: &[&str], settings: &[(&str, &str)]) -> Value {
    let output = purge(site, &[arguments, &["--json"]].concat(), settings);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    serde_json::from_str(&output.stdout).expect("one line of JSON")
}
