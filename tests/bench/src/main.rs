//! Measures the service beside its limits, each number against something bare in the same run.
//!
//! What is compared takes turns in short windows, so that a busy machine disturbs both sides alike. Only ratios mean
//! anything; `docs/performance.md` has them.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it tells its figures, runs its own callers, and waits for other processes, which send no event"
)]

mod backlog;
mod bare;
mod cpu;
mod database;
mod generate;
mod history;
mod large;
mod pages;
mod program;
mod purge;
mod redeem;
mod redis;
mod report;
mod runner;
mod service;
mod timing;
mod wire;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use report::Report;
use std::{path::PathBuf, process::ExitCode};

/// Measures the service beside its limits. Fails when a limit is not met.
#[derive(Debug, Parser)]
#[command(name = "just bench", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    instead: Option<Instead>,
    /// Only comparisons whose name begins so; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How many times each side is measured
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: Option<u32>,
    /// Few and short rounds: shows that it runs, and says little
    #[arg(long)]
    quick: bool,
    /// Write the figures to a file as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The program to start, instead of the release build of this tree
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Instead {
    /// Compares how long refusing takes for each cause. Fails when one stands out
    Timing(timing::Arguments),
    /// Compares the console's lists over very many rows with the same over few. Fails when one takes too long
    Large(large::Arguments),
}

/// How much is measured, and what of it.
struct Plan {
    only: Vec<String>,
    rounds: u32,
    quick: bool,
}

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }

    fn wants_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.wants(name))
    }

    /// How many windows a side has, with the one that warms up.
    fn windows(&self) -> usize {
        self.rounds as usize + 1
    }

    /// How many operations a window has.
    fn operations(&self, usual: usize) -> usize {
        if self.quick { usual.div_ceil(5) } else { usual }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.instead {
        Some(Instead::Timing(arguments)) => return timing::compare(arguments).await.context("timing refusals"),
        Some(Instead::Large(arguments)) => return large::compare(arguments).await.context("looking through lists"),
        None => {}
    }
    let rounds = arguments.rounds.unwrap_or(if arguments.quick { 3 } else { 15 });
    let plan = Plan { only: arguments.only, rounds, quick: arguments.quick };
    let mut report = Report::default();
    generate::compare(&plan, &mut report).await.context("generating")?;
    redeem::compare(&plan, &mut report).await.context("redeeming")?;
    purge::compare(&plan, &mut report).await.context("purging")?;
    history::compare(&plan, &mut report).await.context("showing histories")?;
    pages::compare(&plan, &mut report).await.context("showing pages")?;
    program::compare(&plan, arguments.program, &mut report).context("starting the program")?;
    report.end()?;
    if let Some(file) = &arguments.json {
        report.write_json(file, rounds)?;
    }
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
