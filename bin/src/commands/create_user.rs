use super::password::PasswordSource;
use crate::{console, settings::Settings, wiring::Service};
use anyhow::{Result, anyhow};
use backstop_application::use_cases::NewUser;
use backstop_domain::{Actor, DisplayName, EmailAddress, Role, Subject};
use clap::Args;

#[derive(Args, Debug)]
#[command(
    after_help = "The password has at least 15 characters, of any kind; several words are fine. At a terminal it is asked \
                  for. In a script:\n\n  backstop create-user --email ann@example.com --subject ann --password-stdin < FILE"
)]
pub struct Arguments {
    /// The address that they sign in with
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    email: EmailAddress,
    /// Your own, stable id of the user
    #[arg(long, value_name = "ID", value_parser = subject)]
    subject: Subject,
    /// What they may do: user, auditor, admin
    #[arg(long, default_value = "user", value_parser = role)]
    role: Role,
    /// What to call them on pages and in mails
    #[arg(long, value_name = "NAME", value_parser = name)]
    display_name: Option<DisplayName>,
    /// You made sure that the address is theirs
    #[arg(long)]
    email_confirmed: bool,
    #[command(flatten)]
    password: PasswordSource,
}

pub fn address(text: &str) -> Result<EmailAddress> {
    Ok(EmailAddress::parse(text)?)
}

pub fn subject(text: &str) -> Result<Subject> {
    Subject::parse(text).map_err(|e| anyhow!(e.0))
}

pub fn role(text: &str) -> Result<Role> {
    text.parse::<Role>().map_err(|e| anyhow!(e.0))
}

pub fn name(text: &str) -> Result<DisplayName> {
    DisplayName::parse(text).map_err(|e| anyhow!(e.0))
}

pub async fn run(arguments: Arguments, settings: &Settings) -> Result<()> {
    let Arguments { email, subject, role, display_name, email_confirmed, password } = arguments;
    let user = NewUser { subject, email, email_confirmed, display_name, role, password: password.read()? };
    let service = Service::start(settings).await?;
    let created = service.use_cases.create_user.run(&user, &Actor::CommandLine).await;
    service.store.close().await;
    let account = created?;
    console::say(format_args!("Made {} {:?} <{}>.", account.role, account.subject.as_str(), user.email.as_str()));
    if role != Role::User {
        console::say(format_args!("They sign in to the console at {}/admin", settings.public_url));
    }
    if role == Role::User && !settings.application.local_passwords {
        console::say("accounts.local_passwords is off: their password opens nothing until it is on.");
    }
    Ok(())
}
