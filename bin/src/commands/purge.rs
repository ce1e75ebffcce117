use crate::{console, logging, settings::Settings, signals::Signals, wiring::Service};
use anyhow::{Result, bail};
use backstop_application::{
    ports::RunRecord,
    use_cases::{CleanUpOrder, Prospect, Ran},
};
use backstop_domain::{CleanUp, ReportWhen, RunStatus, clean_up::Portions};
use clap::{Args, ValueEnum};
use core::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

#[derive(Args, Debug)]
#[command(after_help = "The settings `purge.*` and `audit.*` say how much is kept and how much one run takes.")]
pub struct Arguments {
    /// What to clean up
    #[arg(value_enum, default_value_t = What::Codes)]
    what: What,
    /// How many days to keep [default: `purge.retention_days`, or `audit.retention_days` for logs]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    retention_days: Option<u32>,
    /// Take everything that is due, however much, in place of `purge.max_per_run`
    #[arg(long)]
    all: bool,
    /// Only tell what would go
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Codes,
    Audit,
    EmailLog,
}

impl What {
    const fn clean_up(self) -> CleanUp {
        match self {
            Self::Codes => CleanUp::Codes,
            Self::Audit => CleanUp::Audit,
            Self::EmailLog => CleanUp::EmailLog,
        }
    }

    const fn rows(self) -> &'static str {
        match self {
            Self::Codes => "code(s)",
            Self::Audit => "entries of the audit trail",
            Self::EmailLog => "line(s) of the e-mail log",
        }
    }
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Result<()> {
    let _writing = logging::start_in_files(&settings.log)?;
    let service = Service::start(settings).await?;
    let outcome = clean_up(arguments, settings, &service).await;
    service.store.close().await;
    outcome
}

async fn clean_up(arguments: &Arguments, settings: &Settings, service: &Service) -> Result<()> {
    let portions = settings.application.clean_up.portions;
    let order = CleanUpOrder {
        of: arguments.what.clean_up(),
        retention_days: arguments.retention_days,
        portions: arguments.all.then_some(Portions { most: None, ..portions }),
        report: ReportWhen::WhenRemoved,
    };
    let prospect = service.use_cases.run_clean_up.look(&order).await?;
    if arguments.dry_run {
        tell_prospect(arguments, &prospect);
        return Ok(());
    }
    let most = order.portions.unwrap_or(portions).most.unwrap_or(u64::MAX);
    let bar = ProgressBar::new(prospect.rows.min(most));
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {per_sec}, {eta} left")?);
    bar.set_message(arguments.what.rows());
    let stopped = AtomicBool::new(false);
    let step = |removed| {
        bar.set_position(removed);
        if stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut signals = Signals::listen()?;
    let run = service.use_cases.run_clean_up.run(&order, &step);
    tokio::pin!(run);
    let ran = loop {
        tokio::select! {
            ran = &mut run => break ran,
            // It ends after the chunk in hand, with its record and report.
            () = signals.next() => stopped.store(true, Ordering::Relaxed),
        }
    };
    bar.finish_and_clear();
    match ran? {
        Ran::Ended(record) => {
            backstop_worker::tell_run(&record, settings.application.clean_up.log_runs);
            tell_record(arguments, &record, stopped.load(Ordering::Relaxed));
        }
        Ran::Unfinished { .. } | Ran::Lost => {
            bail!("a worker has taken the run over and brings it to its end; `backstop monitor` shows it")
        }
    }
    Ok(())
}

fn tell_prospect(arguments: &Arguments, prospect: &Prospect) {
    let Prospect { retention_days, until, rows, batches } = prospect;
    if arguments.json {
        console::say(json!({
            "dry_run": true,
            "retention_days": retention_days,
            "until": until.to_string(),
            "eligible": rows,
            "batches": batches,
        }));
    } else if arguments.what == What::Codes {
        console::say(format_args!("{rows} code(s) of {batches} set(s) would go: what ended before {until}."));
    } else {
        console::say(format_args!("{rows} {} would go: what is older than {until}.", arguments.what.rows()));
    }
}

fn tell_record(arguments: &Arguments, record: &RunRecord, was_stopped: bool) {
    let RunRecord { run, status, removed, removed_batches, .. } = record;
    if arguments.json {
        console::say(json!({
            "run": run.id.to_string(),
            "status": status.as_str(),
            "retention_days": run.retention_days,
            "until": run.until.to_string(),
            "removed": removed,
            "removed_batches": removed_batches,
        }));
        return;
    }
    console::say(format_args!("Removed {removed} {}.", arguments.what.rows()));
    if *removed_batches > 0 {
        console::say(format_args!("{removed_batches} set(s) had no code left and went too; their records stay."));
    }
    if was_stopped && *status == RunStatus::Capped {
        console::say("It was stopped. The next run goes on with what is left.");
    } else if *status == RunStatus::Capped {
        console::say("More is due: this run took as much as purge.max_per_run lets it. The next one goes on.");
    }
}
