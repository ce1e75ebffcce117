//! The `backstop` program.

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    backstop::cli::run(backstop::cli::Cli::parse()).await
}
