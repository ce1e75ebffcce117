use crate::{
    answer::said,
    connection::Connector,
    message::{self, Outgoing, Sender},
    server::Server,
};
use async_trait::async_trait;
use backstop_application::ports::{Clock, Mail, Mailer, PortError, PortResult, Posted};
use backstop_domain::Timestamp;
use core::time::Duration;
use jiff::SignedDuration;
use lettre::transport::smtp::{
    Error,
    client::AsyncSmtpConnection,
    commands::{Data, Mail as From, Rcpt},
    extension::{Extension, MailBodyParameter, MailParameter},
};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error as ThisError;
use tokio::{sync::Semaphore, time::timeout};

/// A connection that was idle for longer is not used again: servers hang up on those.
const LONGEST_IDLE: SignedDuration = SignedDuration::from_secs(60);
/// Answers that are about us and not about the receiver: commands and logins that the server does not take.
const ABOUT_US: [&str; 8] = ["500", "502", "503", "504", "530", "534", "535", "538"];

#[derive(Clone, Debug)]
pub struct SmtpSettings {
    pub server: Server,
    pub sender: Sender,
    /// Certificates in PEM of authorities that are trusted besides the usual ones.
    pub own_roots: Option<Vec<u8>>,
    /// How long one mail may take, with connecting.
    pub limit: Duration,
    /// How many connections there are at most.
    pub connections: usize,
}

/// Why certificates are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[error("{0}")]
pub struct BadCertificate(pub(crate) &'static str);

/// Sends mails over SMTP, and keeps connections for the next ones.
pub struct SmtpMailer {
    connector: Connector,
    sender: Sender,
    limit: Duration,
    clock: Arc<dyn Clock>,
    turns: Semaphore,
    /// Connections at rest, with the time they were used last.
    idle: Mutex<Vec<(AsyncSmtpConnection, Timestamp)>>,
}

impl SmtpMailer {
    pub fn new(settings: SmtpSettings, clock: Arc<dyn Clock>) -> Result<Self, BadCertificate> {
        Ok(Self {
            connector: Connector::new(settings.server, settings.own_roots.as_deref())?,
            sender: settings.sender,
            limit: settings.limit,
            clock,
            turns: Semaphore::new(settings.connections.max(1)),
            idle: Mutex::default(),
        })
    }

    /// Whether the server takes a connection, and our login, now. Nothing is sent.
    pub async fn try_out(&self) -> PortResult<()> {
        let in_time = timeout(self.limit, self.connector.open()).await;
        let opened = in_time.unwrap_or_else(|_| Err(PortError::unavailable("the mail server did not answer in time")));
        let mut connection = opened?;
        // It was good enough to be opened; how it ends matters to nobody.
        let _ = connection.quit().await;
        Ok(())
    }

    /// A connection that answers: one that was used before, or a new one.
    async fn connection(&self) -> PortResult<AsyncSmtpConnection> {
        while let Some((mut connection, used_at)) = self.rested() {
            let is_fresh = used_at.duration_until(self.clock.now()) < LONGEST_IDLE;
            if is_fresh && connection.test_connected().await {
                return Ok(connection);
            }
        }
        self.connector.open().await
    }

    fn rested(&self) -> Option<(AsyncSmtpConnection, Timestamp)> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Timestamp)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn deliver(&self, mail: &Mail, message: &Outgoing) -> PortResult<Posted> {
        let mut connection = self.connection().await?;
        let to: &str = message.to.as_ref();
        if !to.is_ascii() && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Ok(Posted::refused("the mail server takes no addresses beyond ASCII"));
        }
        match hand_over(&mut connection, message).await {
            Ok(()) => {
                self.idle().push((connection, self.clock.now()));
                Ok(Posted::Accepted)
            }
            // The connection goes with it: what state it is in is not worth knowing.
            Err(Failed { error, about }) => told(&error, about, mail),
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> PortResult<Posted> {
        let Some(message) = message::write(mail, &self.sender, self.clock.now())? else {
            return Ok(Posted::refused("no mail can be sent to an address of this form"));
        };
        let delivery = async {
            let turn = self.turns.acquire().await;
            let _turn = turn.map_err(|error| PortError::unavailable("no mails are sent").because(error))?;
            self.deliver(mail, &message).await
        };
        let in_time = timeout(self.limit, delivery).await;
        in_time.unwrap_or_else(|_| Err(PortError::unavailable("the mail server did not answer in time")))
    }
}

/// What a command was about, which tells whose fault a refusal is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Sender,
    Receiver,
}

struct Failed {
    error: Error,
    about: About,
}

async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Outgoing) -> Result<(), Failed> {
    let about = |about| move |error| Failed { error, about };
    let offers = connection.server_info();
    let addresses: [&str; 2] = [message.from.as_ref(), message.to.as_ref()];
    let mut options = Vec::new();
    if !addresses.iter().all(|address| address.is_ascii()) && offers.supports_feature(Extension::SmtpUtfEight) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !message.bytes.is_ascii() && offers.supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(From::new(Some(message.from.clone()), options)).await.map_err(about(About::Sender))?;
    connection.command(Rcpt::new(message.to.clone(), Vec::new())).await.map_err(about(About::Receiver))?;
    connection.command(Data).await.map_err(about(About::Receiver))?;
    connection.message(&message.bytes).await.map_err(about(About::Receiver))?;
    Ok(())
}

fn told(error: &Error, about: About, mail: &Mail) -> PortResult<Posted> {
    let is_about_us = error.status().is_some_and(|code| ABOUT_US.contains(&code.to_string().as_str()));
    let said = said(error, mail);
    if error.is_permanent() && about == About::Receiver && !is_about_us {
        return Ok(Posted::refused(&said));
    }
    Err(PortError::unavailable(match (error.status(), about) {
        (Some(_), About::Sender) => format!("the mail server does not take mails from us: {said}"),
        (Some(_), About::Receiver) => format!("the mail server put the mail off: {said}"),
        (None, _) => format!("the mail server hung up: {said}"),
    }))
}
