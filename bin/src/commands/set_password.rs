use super::{
    create_user::{address, subject},
    password::PasswordSource,
};
use crate::{console, settings::Settings, wiring::Service};
use anyhow::{Result, bail};
use backstop_application::use_cases::Whom;
use backstop_domain::{Actor, EmailAddress, Subject};
use clap::Args;

#[derive(Args, Debug)]
#[command(
    after_help = "Everybody who is signed in to the account is signed out. The password has at least 15 characters, of any \
                  kind; several words are fine. At a terminal it is asked for. In a script:\n\n  backstop set-password \
                  --subject ann --password-stdin < FILE"
)]
#[group(id = "whom", required = true, multiple = false, args = ["email", "subject"])]
pub struct Arguments {
    /// The address of the account
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    email: Option<EmailAddress>,
    /// Your own id of the user
    #[arg(long, value_name = "ID", value_parser = subject)]
    subject: Option<Subject>,
    #[command(flatten)]
    password: PasswordSource,
}

pub async fn run(arguments: Arguments, settings: &Settings) -> Result<()> {
    let whom = match (arguments.subject, arguments.email) {
        (Some(subject), _) => Whom::Subject(subject),
        (None, Some(email)) => Whom::Email(email.address_key().clone()),
        (None, None) => bail!("say whose password: --email or --subject"),
    };
    let password = arguments.password.read()?;
    let service = Service::start(settings).await?;
    let set = service.use_cases.set_password.run(&whom, &password, &Actor::CommandLine).await;
    service.store.close().await;
    let set = set?;
    let ended = ended(set.sessions);
    console::say(format_args!("Set the password of {:?}; {ended}.", set.account.subject.as_str()));
    Ok(())
}

/// What became of whoever was signed in.
pub fn ended(sessions: u64) -> String {
    match sessions {
        0 => "nobody was signed in".to_owned(),
        1 => "one session ended".to_owned(),
        many => format!("{many} sessions ended"),
    }
}
