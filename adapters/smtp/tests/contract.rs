//! The conformance kit on the mailers: over SMTP with every kind of encryption, and into a folder.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

mod support;

use async_trait::async_trait;
use backstop_backends::{ReadMail, SmtpSink, SmtpSinkOptions, SmtpSinkTls};
use backstop_contract::{Arrived, MailerHarness, Mailers, mailer_rules};
use backstop_domain::EmailAddress;
use backstop_memory::SystemClock;
use backstop_smtp::{FolderMailer, SmtpMailer};
use std::{fs, sync::Arc};
use support::{address, sender, settings};

struct Smtp(SmtpSinkTls, &'static str);

fn as_read(mail: ReadMail, to: Vec<String>) -> Arrived {
    let headers = mail.headers.into_iter().map(|(name, _)| name).collect();
    Arrived { id: mail.id, to, subject: mail.subject, text: mail.text, html: mail.html, headers }
}

#[async_trait]
impl MailerHarness for Smtp {
    async fn fresh(&self) -> Mailers {
        let sink = SmtpSink::start(SmtpSinkOptions { tls: self.0, ..SmtpSinkOptions::default() }).await.unwrap();
        let mailer = SmtpMailer::new(settings(&sink, self.1), Arc::new(SystemClock)).unwrap();
        Mailers { mailer: Arc::new(mailer), keep: Arc::new(sink) }
    }

    async fn arrived(&self, mailers: &Mailers) -> Vec<Arrived> {
        let sink: &SmtpSink = mailers.keep.downcast_ref().unwrap();
        let read = |received: backstop_backends::Received| {
            assert_eq!(received.is_encrypted, self.0 != SmtpSinkTls::None);
            let mail = ReadMail::parse(&received.data).unwrap();
            assert_eq!(mail.to, received.to);
            as_read(mail, received.to)
        };
        sink.received().into_iter().map(read).collect()
    }

    async fn refusing(&self, _: &Mailers) -> Vec<EmailAddress> {
        ["refuse-ann@example.com", "spam-ann@example.com"].map(address).into()
    }

    async fn putting_off(&self, _: &Mailers) -> Vec<EmailAddress> {
        ["later-ann@example.com", "drop-ann@example.com", "hang-ann@example.com"].map(address).into()
    }
}

struct Folder;

#[async_trait]
impl MailerHarness for Folder {
    async fn fresh(&self) -> Mailers {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::new(folder.path().join("mails"), sender(), Arc::new(SystemClock));
        Mailers { mailer: Arc::new(mailer), keep: Arc::new(folder) }
    }

    async fn arrived(&self, mailers: &Mailers) -> Vec<Arrived> {
        let folder: &tempfile::TempDir = mailers.keep.downcast_ref().unwrap();
        let files = fs::read_dir(folder.path().join("mails")).unwrap();
        let read = |path| {
            let mail = ReadMail::parse(&fs::read(path).unwrap()).unwrap();
            let to = mail.to.clone();
            as_read(mail, to)
        };
        files.map(|file| read(file.unwrap().path())).collect()
    }
}

mod in_the_clear {
    use super::*;

    mailer_rules!(Smtp(SmtpSinkTls::None, "smtp://localhost:{port}"));
}

mod with_starttls {
    use super::*;

    mailer_rules!(Smtp(SmtpSinkTls::StartTls, "smtp://localhost:{port}?tls=required"));
}

mod with_opportunistic_starttls {
    use super::*;

    mailer_rules!(Smtp(SmtpSinkTls::StartTls, "smtp://localhost:{port}?tls=opportunistic"));
}

mod encrypted_from_the_first_byte {
    use super::*;

    mailer_rules!(Smtp(SmtpSinkTls::Implicit, "smtps://localhost:{port}"));
}

mod into_a_folder {
    use super::*;

    mailer_rules!(Folder);
}
