//! The test command, `cargo suite`: finds or starts what the tests need, says which way it took, and runs them all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to the person who called it")]
#![allow(clippy::disallowed_methods, reason = "the environment is handed down to the tests")]

mod runner;

use std::{ffi::OsString, process::ExitCode};

use backstop_backends::{
    AXE_ENV, BINARY_ENV, CHROMEDRIVER_ENV, CHROMIUM_ENV, FAULTS_BINARY_ENV, POSTGRES_URL_ENV, Postgres, REDIS_URL_ENV,
    Redis, Way, axe, binaries, browser, engine_answers, postgres, postgres_in_container, redis, redis_in_container,
};
use clap::Parser;

use crate::runner::{Runner, Scope};

/// Runs every test against the real parts.
///
/// PostgreSQL and Redis come from an address in the environment, a container, programs on this machine, or packages
/// installed for the purpose, in this order; a browser likewise, but for the container. cargo-nextest runs the tests
/// where it is installed, else cargo itself.
#[derive(Debug, Parser)]
#[command(name = "suite", bin_name = "cargo suite")]
struct Arguments {
    /// Take PostgreSQL and Redis from containers and no other way, and run the tests that use them
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

/// The parts that the tests share.
struct Parts {
    postgres: Postgres,
    redis: Redis,
}

impl Parts {
    async fn find() -> anyhow::Result<Self> {
        Ok(Self { postgres: postgres().await?, redis: redis().await? }.announced())
    }

    async fn in_containers() -> anyhow::Result<Self> {
        Ok(Self { postgres: postgres_in_container().await?, redis: redis_in_container().await? }.announced())
    }

    fn announced(self) -> Self {
        println!("suite: PostgreSQL by {}", self.postgres.way);
        println!("suite: Redis by {}", self.redis.way);
        self
    }

    fn are_containers(&self) -> bool {
        [&self.postgres.way, &self.redis.way].iter().all(|way| matches!(way, Way::Container { .. }))
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let parts = if arguments.containers { Parts::in_containers().await? } else { Parts::find().await? };
    find_what_pages_need().await?;
    println!("suite: building the service, as shipped and with fault points");
    tokio::task::spawn_blocking(binaries).await??;
    let runner = Runner::installed().await;
    println!("suite: tests are run by {runner}");

    let scope = if arguments.containers { Scope::Containers } else { Scope::Everything };
    let code = test(runner, scope, &parts, &arguments.runner).await?;
    let served_by_containers = parts.are_containers();
    drop(parts);
    // Whoever asked for a part of the tests does not want others after them.
    if code != 0 || served_by_containers || !arguments.runner.is_empty() {
        return Ok(code);
    }
    container_form(runner).await
}

async fn find_what_pages_need() -> anyhow::Result<()> {
    tokio::task::spawn_blocking(|| {
        println!("suite: Chromium by {}", browser()?.way);
        println!("suite: the judge of accessibility by {}", axe()?.way);
        Ok(())
    })
    .await?
}

/// Where an engine answers, what uses a server alone is also shown on containers.
async fn container_form(runner: Runner) -> anyhow::Result<u8> {
    if let Err(reason) = engine_answers().await {
        println!("suite: no container form, as {reason:#}");
        return Ok(0);
    }
    match Parts::in_containers().await {
        Ok(parts) => test(runner, Scope::Contract, &parts, &[]).await,
        Err(reason) => {
            println!("suite: no container form, as {reason:#}; `cargo suite --containers` insists on it");
            Ok(0)
        }
    }
}

async fn test(runner: Runner, scope: Scope, parts: &Parts, extra: &[OsString]) -> anyhow::Result<u8> {
    let (built, browser, axe) = (binaries()?, browser()?, axe()?);
    let environment = [
        (POSTGRES_URL_ENV, parts.postgres.admin_url.clone().into()),
        (REDIS_URL_ENV, parts.redis.url.clone().into()),
        (BINARY_ENV, built.plain.clone().into_os_string()),
        (FAULTS_BINARY_ENV, built.faults.clone().into_os_string()),
        (CHROMEDRIVER_ENV, browser.driver.clone().into_os_string()),
        (CHROMIUM_ENV, browser.program.clone().into_os_string()),
        (AXE_ENV, axe.script.clone().into_os_string()),
    ];
    runner.run(scope, extra, environment).await
}
