//! The test command, `cargo suite`: finds or starts what the tests need, says which way it took, and runs them all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to the person who called it")]
#![allow(clippy::disallowed_methods, reason = "the environment is handed down to the tests")]

mod runner;

use std::{ffi::OsString, process::ExitCode};

use backstop_backends::{
    BINARY_ENV, FAULTS_BINARY_ENV, Postgres, URL_ENV, Way, binaries, engine_answers, postgres, postgres_in_container,
};
use clap::Parser;

use crate::runner::{Runner, Scope};

/// Runs every test against the real parts.
///
/// PostgreSQL comes from an address in the environment, a container, programs on this machine, or packages installed
/// for the purpose, in this order. cargo-nextest runs the tests where it is installed, else cargo itself.
#[derive(Debug, Parser)]
#[command(name = "suite", bin_name = "cargo suite")]
struct Arguments {
    /// Take PostgreSQL from a container and no other way, and run the tests that use it
    #[arg(long)]
    containers: bool,
    /// Further arguments for the test runner, for example `-- -p backstop-domain`
    #[arg(last = true)]
    runner: Vec<OsString>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("suite: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let found = if arguments.containers { postgres_in_container().await? } else { postgres().await? };
    announce(&found);
    println!("suite: building the service, as shipped and with fault points");
    tokio::task::spawn_blocking(binaries).await??;
    let runner = Runner::installed().await;
    println!("suite: tests are run by {runner}");

    let scope = if arguments.containers { Scope::Containers } else { Scope::Everything };
    let code = test(runner, scope, &found, &arguments.runner).await?;
    let served_by_container = matches!(found.way, Way::Container { .. });
    drop(found);
    // Whoever asked for a part of the tests does not want others after them.
    if code != 0 || served_by_container || !arguments.runner.is_empty() {
        return Ok(code);
    }
    container_form(runner).await
}

/// Where an engine answers, the storage contract is also shown on a container.
async fn container_form(runner: Runner) -> anyhow::Result<u8> {
    if let Err(reason) = engine_answers().await {
        println!("suite: no container form, as {reason:#}");
        return Ok(0);
    }
    match postgres_in_container().await {
        Ok(found) => {
            announce(&found);
            test(runner, Scope::Contract, &found, &[]).await
        }
        Err(reason) => {
            println!("suite: no container form, as {reason:#}; `cargo suite --containers` insists on it");
            Ok(0)
        }
    }
}

fn announce(found: &Postgres) {
    println!("suite: PostgreSQL by {}", found.way);
}

async fn test(runner: Runner, scope: Scope, found: &Postgres, extra: &[OsString]) -> anyhow::Result<u8> {
    let built = binaries()?;
    let environment = [
        (URL_ENV, found.admin_url.clone().into()),
        (BINARY_ENV, built.plain.clone().into_os_string()),
        (FAULTS_BINARY_ENV, built.faults.clone().into_os_string()),
    ];
    runner.run(scope, extra, environment).await
}
