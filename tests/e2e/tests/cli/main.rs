//! Every command through the real program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and tasks and threads end with it"
)]

mod admins;
mod clients;
mod commands;
mod development;
mod doctor;
mod flushing;
mod monitor;
mod settings;
mod stopping;
mod together;
mod users;

use backstop_e2e::{Output, Program, ServerSpec};
use std::path::Path;
use tempfile::TempDir;

/// A folder in which nobody has started anything.
fn fresh() -> TempDir {
    tempfile::Builder::new().prefix("backstop-cli-").tempdir().unwrap()
}

fn pairs(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    backstop_e2e::run(folder, arguments, &pairs(environment))
}

/// The program as `cargo run` starts it, on a port of its own.
fn development(folder: &Path) -> ServerSpec {
    ServerSpec {
        program: Program::Plain,
        args: Vec::new(),
        folder: folder.to_owned(),
        env: pairs(&[("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0"), ("BACKSTOP_SERVER__DRAIN", "0s")]),
    }
}

/// The keys that a greeting shows.
fn keys_in(greeting: &[String]) -> Vec<&str> {
    greeting.iter().map(|line| line.trim()).filter(|line| line.starts_with("backstop_")).collect()
}
