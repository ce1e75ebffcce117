use super::{
    create_user::{address, name, role, subject},
    password::PasswordSource,
    set_password,
};
use crate::{console, settings::Settings, wiring::Service};
use anyhow::{Result, bail};
use backstop_application::use_cases::{NewUser, Whom};
use backstop_domain::{Actor, DisplayName, EmailAddress, Role, SecretText, Subject};
use clap::Args;

#[derive(Args, Debug)]
#[command(
    after_help = "They sign in at /admin. In production the console asks them to set up an authenticator app first.\n\nWhoever \
                  lost password, authenticator and recovery codes gets in again with --reset: it sets another password, \
                  takes the authenticator away, and signs them out everywhere.\n\nThe password has at least 15 \
                  characters, of any kind; several words are fine. At a terminal it is asked for. In a script:\n\n  \
                  backstop create-admin --email ann@example.com --subject ann --password-stdin < FILE"
)]
pub struct Arguments {
    /// Let an administrator or auditor whom there is begin anew; one of --email and --subject says whom
    #[arg(long, conflicts_with_all = ["role", "display_name"])]
    reset: bool,
    /// The address that they sign in with
    #[arg(long, value_name = "ADDRESS", value_parser = address, required_unless_present = "reset")]
    email: Option<EmailAddress>,
    /// Your own, stable id of them
    #[arg(long, value_name = "ID", value_parser = subject, required_unless_present = "reset")]
    subject: Option<Subject>,
    /// What they may do: admin, or auditor, who changes nothing
    #[arg(long, default_value = "admin", value_parser = staff_role)]
    role: Role,
    /// What to call them on pages and in mails
    #[arg(long, value_name = "NAME", value_parser = name)]
    display_name: Option<DisplayName>,
    #[command(flatten)]
    password: PasswordSource,
}

fn staff_role(text: &str) -> Result<Role> {
    match role(text)? {
        Role::User => bail!("a user has no console; create-user makes one"),
        staff => Ok(staff),
    }
}

pub async fn run(arguments: Arguments, settings: &Settings) -> Result<()> {
    match (arguments.email, arguments.subject) {
        (email, subject) if arguments.reset => {
            if email.is_none() && subject.is_none() {
                bail!("say who begins anew: --email or --subject");
            }
            reset(email, subject, &arguments.password.read()?, settings).await
        }
        (Some(email), Some(subject)) => {
            let user = NewUser {
                subject,
                email,
                email_confirmed: true,
                display_name: arguments.display_name,
                role: arguments.role,
                password: arguments.password.read()?,
            };
            make(&user, settings).await
        }
        _ => bail!("say who it is: --email and --subject"),
    }
}

async fn make(user: &NewUser, settings: &Settings) -> Result<()> {
    let service = Service::start(settings).await?;
    let created = service.use_cases.create_user.run(user, &Actor::CommandLine).await;
    service.store.close().await;
    let account = created?;
    console::say(format_args!("Made {} {:?} <{}>.", account.role, account.subject.as_str(), user.email.as_str()));
    console::say(format_args!("They sign in at {}/admin", settings.public_url));
    Ok(())
}

async fn reset(
    email: Option<EmailAddress>,
    subject: Option<Subject>,
    password: &SecretText,
    settings: &Settings,
) -> Result<()> {
    let service = Service::start_without_seals(settings).await?;
    let outcome = try_to_reset(&service, email, subject, password).await;
    service.store.close().await;
    console::say(outcome?);
    Ok(())
}

async fn try_to_reset(
    service: &Service,
    email: Option<EmailAddress>,
    subject: Option<Subject>,
    password: &SecretText,
) -> Result<String> {
    let whom = match (email, subject) {
        (Some(email), Some(subject)) => {
            let account = service.ports.accounts.by_subject(&subject).await?;
            let is_theirs = |own: &EmailAddress| own.address_key() == email.address_key();
            if account.is_some_and(|account| !account.email.as_ref().is_some_and(is_theirs)) {
                bail!("{:?} has another address than {}", subject.as_str(), email.as_str());
            }
            Whom::Subject(subject)
        }
        (None, Some(subject)) => Whom::Subject(subject),
        (Some(email), None) => Whom::Email(email.address_key().clone()),
        (None, None) => bail!("say who begins anew: --email or --subject"),
    };
    let set = service.use_cases.set_password.reset(&whom, password, &Actor::CommandLine).await?;
    Ok(format!(
        "Set the password of {:?}, and took their authenticator away; {}.",
        set.account.subject.as_str(),
        set_password::ended(set.sessions)
    ))
}
