use crate::{console, settings::Settings, wiring::Service};
use anyhow::{Result, bail};
use backstop_application::use_cases::Flush;
use backstop_domain::Actor;
use clap::Args;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(after_help = "Mail that was not delivered yet is never cleared.")]
pub struct Arguments {
    /// Clear the tasks that were given up
    #[arg(long)]
    failed: bool,
    /// Clear all schedules, with what they had waiting
    #[arg(long, alias = "scheduler")]
    schedules: bool,
    /// Clear both, and clean-ups that wait to be run
    #[arg(long, conflicts_with_all = ["failed", "schedules"])]
    all: bool,
    /// Don't ask
    #[arg(long, visible_alias = "no-input", alias = "noinput")]
    yes: bool,
}

impl Arguments {
    fn flushes(&self) -> &'static [Flush] {
        match (self.all, self.failed, self.schedules) {
            (true, ..) => &[Flush::All],
            (_, true, true) => &[Flush::Failed, Flush::Schedules],
            (_, true, false) => &[Flush::Failed],
            (_, false, true) => &[Flush::Schedules],
            (_, false, false) => &[],
        }
    }

    fn question(&self) -> &'static str {
        match (self.all, self.failed, self.schedules) {
            (true, ..) => "Are you sure that all failed tasks, all schedules and all waiting clean-ups shall go?",
            (_, true, true) => "Are you sure that all failed tasks and all schedules shall go?",
            (_, true, false) => "Are you sure that all failed tasks shall go?",
            _ => "Are you sure that all schedules shall go?",
        }
    }
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Result<()> {
    if arguments.flushes().is_empty() {
        bail!("say what to clear: --failed, --schedules or --all");
    }
    if !arguments.yes && !is_confirmed(arguments.question())? {
        console::say("Nothing was cleared.");
        return Ok(());
    }
    let service = Service::start(settings).await?;
    let mut cleared = 0;
    let mut outcome = Ok(());
    for flush in arguments.flushes() {
        match service.use_cases.flush_tasks.run(*flush, &Actor::CommandLine).await {
            Ok(some) => cleared += some,
            Err(fault) => outcome = Err(fault),
        }
    }
    service.store.close().await;
    console::say(format_args!("Cleared {cleared} task(s)."));
    Ok(outcome?)
}

/// Asks at a terminal; `y` and `yes` mean yes, and everything else no.
fn is_confirmed(question: &str) -> Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("nobody is there to be asked; add --yes to clear without a question. Nothing was cleared.");
    }
    let mut out = std::io::stdout();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
