use crate::{
    Ports, Settings,
    ports::{
        Clock, Leased, LetterWriter, Mail, MailRecord, MailStatus, Mailer, PortResult, Posted, Reader, UnitOfWork,
        WhichMails,
    },
};
use backstop_domain::{EmailAddress, Letter, MessageId, TaskId, task::Ending};
use std::sync::Arc;

/// Puts a letter into words and hands it over.
pub(crate) struct Postman {
    writer: Arc<dyn LetterWriter>,
    mailer: Arc<dyn Mailer>,
    clock: Arc<dyn Clock>,
    domain: String,
    store_log: bool,
}

/// What became of a letter, and how it was headed.
pub(crate) struct Posting {
    pub(crate) to: EmailAddress,
    pub(crate) subject: String,
    pub(crate) outcome: PortResult<Posted>,
}

impl Postman {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            writer: Arc::clone(&ports.writer),
            mailer: Arc::clone(&ports.mailer),
            clock: Arc::clone(&ports.clock),
            domain: settings.mail.domain.clone(),
            store_log: settings.mail.store_log,
        }
    }

    /// The mail has the id of its task, however often it is sent.
    pub(crate) async fn post(
        &self,
        leased: &Leased,
        to: EmailAddress,
        letter: &Letter,
        reader: &Reader,
    ) -> PortResult<Posting> {
        let written = self.writer.write(letter, reader)?;
        let mail = Mail {
            id: MessageId::new(leased.lease.task.uuid(), &self.domain),
            to,
            subject: written.subject,
            text: written.text,
            html: written.html,
        };
        let outcome = self.mailer.send(&mail).await;
        Ok(Posting { to: mail.to, subject: mail.subject, outcome })
    }

    /// A mail is given up that was not tried in this attempt.
    pub(crate) async fn log_given_up(&self, unit: &mut dyn UnitOfWork, task: TaskId, why: &str) -> PortResult<()> {
        if self.store_log { unit.mail_log().give_up(WhichMails::OfTask(task), why).await } else { Ok(()) }
    }

    /// The line of the e-mail log that goes with the end of an attempt, if there is such a log.
    pub(crate) async fn log(
        &self,
        unit: &mut dyn UnitOfWork,
        leased: &Leased,
        posting: &Posting,
        ending: &Ending,
    ) -> PortResult<()> {
        let (status, error) = match ending {
            Ending::Done(_) => (MailStatus::Sent, None),
            Ending::Again { error, .. } => (MailStatus::Waiting, Some(error.clone())),
            Ending::Failed { error } => (MailStatus::Failed, Some(error.clone())),
            Ending::Released => return Ok(()),
        };
        if !self.store_log {
            return Ok(());
        }
        let record = MailRecord {
            task: leased.lease.task,
            account: leased.concerns.account,
            address: posting.to.clone(),
            subject: posting.subject.clone(),
            status,
            attempts: leased.lease.attempt,
            error,
            created_at: leased.created_at,
            tried_at: self.clock.now(),
        };
        unit.mail_log().write(&record).await
    }
}
