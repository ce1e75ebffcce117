//! The command line.

use crate::{
    commands, console,
    settings::{self, Settings},
};
use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// 2FA recovery codes as a service: issued once, shown once, redeemed exactly once.
///
/// Without a command the service starts; without any setting it starts in development mode, with a SQLite database,
/// keys, a demo client, a demo user and a first administrator of its own in ./backstop-data.
#[derive(Debug, Parser)]
#[command(
    name = "backstop",
    version,
    after_help = "Settings come from backstop.toml and BACKSTOP_… variables; see docs/configuration.md."
)]
pub struct Cli {
    /// The settings file [default: backstop.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "BACKSTOP_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the service (the default), which does its background work as well
    Serve(commands::serve::Arguments),
    /// Do background work in a process of its own: as many as you like
    Worker,
    /// Bring the database up to date; safe while several replicas start
    Migrate,
    /// Judge every setting, alone and together, and print every problem with its remedy
    Check,
    /// Look at everything that the service needs, and say what is wrong and what to do
    ///
    /// Settings, files and disk, keys and what needs them, database, migrations, clock, queue, schedules, cache, mail
    /// server, hashing. Changes nothing, and sends nothing but the mail that is asked for. Each line is ok, a warning or a
    /// problem. Exit code 0 without problems, 1 with any, 2 for arguments that are not understood.
    Doctor(commands::doctor::Arguments),
    /// Make an account that signs in to the console, or let one begin anew; asks for its password
    CreateAdmin(commands::create_admin::Arguments),
    /// Let an application call the API; shows its key once
    CreateClient(commands::create_client::Arguments),
    /// Make an account that can sign in on our own pages; asks for its password
    CreateUser(commands::create_user::Arguments),
    /// Give an account another password, and sign it out everywhere
    SetPassword(commands::set_password::Arguments),
    /// Clean up now: codes that are over, the audit trail, or the e-mail log
    Purge(commands::purge::Arguments),
    /// Clear away tasks that were given up, schedules, or both
    FlushTasks(commands::flush_tasks::Arguments),
    /// Watch the background work: queue, workers, schedules, clean-ups, what failed
    Monitor(commands::monitor::Arguments),
    /// Make a random key, for keys.lookup
    GenerateKey(commands::generate_key::Arguments),
    /// Tell how strong codes are, and how long guessing takes
    Entropy(commands::entropy::Arguments),
    /// Print the OpenAPI document
    Openapi,
    /// Print the configuration reference
    #[command(hide = true)]
    ConfigReference,
}

/// Runs one command and says on standard error what went wrong, if anything did.
pub async fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command.unwrap_or_else(|| Command::Serve(commands::serve::Arguments::default())) {
        Command::GenerateKey(arguments) => commands::generate_key::run(&arguments),
        Command::ConfigReference => {
            console::say(settings::reference::markdown().trim_end());
            Ok(())
        }
        Command::Doctor(arguments) => Box::pin(commands::doctor::run(&arguments, load(cli.config.as_deref()))).await,
        command => match load(cli.config.as_deref()) {
            Ok(settings) => dispatch(command, settings).await,
            Err(problems) => return refuse(&problems),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(format_args!("backstop: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command, settings: Settings) -> anyhow::Result<()> {
    match command {
        Command::Serve(arguments) => Box::pin(commands::serve::run(&arguments, settings)).await,
        Command::Worker => Box::pin(commands::worker::run(&settings)).await,
        Command::Purge(arguments) => commands::purge::run(&arguments, &settings).await,
        Command::FlushTasks(arguments) => commands::flush_tasks::run(&arguments, &settings).await,
        Command::Monitor(arguments) => commands::monitor::run(&arguments, &settings, may_colour()).await,
        Command::Migrate => commands::migrate::run(&settings).await,
        Command::Check => commands::check::run(&settings).await,
        Command::CreateAdmin(arguments) => commands::create_admin::run(arguments, &settings).await,
        Command::CreateClient(arguments) => commands::create_client::run(&arguments, &settings).await,
        Command::CreateUser(arguments) => commands::create_user::run(arguments, &settings).await,
        Command::SetPassword(arguments) => commands::set_password::run(arguments, &settings).await,
        Command::Entropy(arguments) => commands::entropy::run(&arguments, &settings),
        Command::Openapi => {
            console::say(backstop_http::openapi_document(&settings.public_url).trim_end());
            Ok(())
        }
        Command::GenerateKey(_) | Command::ConfigReference | Command::Doctor(_) => Ok(()),
    }
}

fn load(config: Option<&Path>) -> Result<Settings, Vec<settings::Problem>> {
    let usual = Path::new("backstop.toml");
    let file = config.or_else(|| usual.exists().then_some(usual));
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let environment = std::env::vars_os();
    // A variable that is not Unicode can only be ours by its name, and then its value is judged as written.
    let readable = environment.map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned()));
    settings::load(file, readable.filter(|(name, _)| name.starts_with(settings::PREFIX)))
}

/// As <https://no-color.org> has it.
fn may_colour() -> bool {
    #[expect(clippy::disallowed_methods, reason = "no setting of ours, but what people tell all programs")]
    let unwanted = std::env::var_os("NO_COLOR");
    unwanted.is_none_or(|text| text.is_empty())
}

fn refuse(problems: &[settings::Problem]) -> ExitCode {
    for problem in problems {
        console::complain(problem);
    }
    let plural = if problems.len() == 1 { "problem" } else { "problems" };
    console::complain(format_args!("backstop: {} {plural} with the settings", problems.len()));
    ExitCode::FAILURE
}
