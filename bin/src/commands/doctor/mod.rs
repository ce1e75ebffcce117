//! Looks at everything that the service needs, and says what is wrong and what to do.

mod database;
mod files;
mod finding;
mod keys;
mod mail;
mod work;

use crate::{
    console,
    settings::{Problem, Settings},
    wiring::cache_health,
};
use anyhow::{Result, bail};
use backstop_domain::EmailAddress;
use clap::Args;
use core::time::Duration;
use finding::{Finding, Findings, State};
use serde_json::json;
use tokio::time::timeout;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Send a mail to this address, and not only knock at the mail server
    #[arg(long, value_name = "TO", value_parser = address)]
    send_test_mail: Option<EmailAddress>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn address(text: &str) -> Result<EmailAddress> {
    Ok(EmailAddress::parse(text)?)
}

/// So long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

pub async fn run(arguments: &Arguments, settings: Result<Settings, Vec<Problem>>) -> Result<()> {
    let mut findings = Findings::default();
    match settings {
        Ok(settings) => examine(arguments, &settings, &mut findings).await,
        // Nothing else can be looked at before they are sound.
        Err(problems) => problems.iter().for_each(|problem| {
            findings.problem(
                "settings",
                format!("{} = {} {}", problem.name, problem.value, problem.what),
                &problem.remedy,
            );
        }),
    }
    if arguments.json {
        print_json(&findings)?;
    } else {
        print(&findings);
    }
    match findings.number(State::Problem) {
        0 => Ok(()),
        1 => bail!("1 problem"),
        more => bail!("{more} problems"),
    }
}

async fn examine(arguments: &Arguments, settings: &Settings, findings: &mut Findings) {
    if settings.warnings.is_empty() {
        findings.ok("settings", "they are sound");
    }
    for warning in &settings.warnings {
        findings.warn("settings", warning, "see docs/configuration.md");
    }
    files::examine(settings, findings);
    let keys = keys::examine(settings, findings);
    database::examine(settings, keys.as_ref(), findings).await;
    cache(settings, findings).await;
    mail::examine(settings, arguments.send_test_mail.as_ref(), findings).await;
    if let Some(keys) = &keys {
        keys::time_hashing(settings, keys, findings).await;
    }
}

async fn cache(settings: &Settings, findings: &mut Findings) {
    if settings.cache.url.is_none() {
        return findings.ok("cache", "in each process; there is nothing to reach");
    }
    match timeout(PATIENCE, cache_health(settings)).await {
        Ok(Ok(())) => findings.ok("cache", "Redis answers"),
        Ok(Err(error)) => findings.problem("cache", format!("{error:#}"), "start Redis, or mend cache.url"),
        Err(_) => findings.problem("cache", "Redis does not answer", "start Redis, or mend cache.url"),
    }
}

fn print(findings: &Findings) {
    let width = findings.0.iter().map(|finding| finding.part.len()).max().unwrap_or(0);
    for Finding { part, state, found, remedy } in &findings.0 {
        console::say(format_args!("{:<8} {part:<width$}  {found}", state.as_str()));
        if let Some(remedy) = remedy {
            console::say(format_args!("{:<8} {:<width$}  → {remedy}", "", ""));
        }
    }
}

fn print_json(findings: &Findings) -> Result<()> {
    let number = |state| findings.number(state);
    let told = json!({
        "problems": number(State::Problem), "warnings": number(State::Warning), "findings": findings.0,
    });
    console::say(serde_json::to_string_pretty(&told)?);
    Ok(())
}

/// `1 code`, `2 codes`.
fn counted(number: u64, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}
