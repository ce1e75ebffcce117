//! Mail: whether it can be written, and whether the server takes it.

use super::finding::Findings;
use crate::{
    settings::{MailChoice, Settings},
    wiring::post::{self, Reached},
};
use anyhow::Result;
use backstop_application::ports::{Clock, Ids as _, Mail, Posted};
use backstop_crypto::UuidIds;
use backstop_domain::{EmailAddress, MessageId, SecretText};
use backstop_memory::SystemClock;
use std::sync::Arc;

const MAIL: &str = "mail";

pub(super) async fn examine(settings: &Settings, test_to: Option<&EmailAddress>, findings: &mut Findings) {
    if let Err(error) = post::check(settings) {
        return findings.problem(MAIL, format!("{error:#}"), "mend mail.templates_dir or mail.tls_ca");
    }
    match test_to {
        Some(to) => send(settings, to, findings).await,
        None => knock(settings, findings).await,
    }
}

async fn knock(settings: &Settings, findings: &mut Findings) {
    match post::reach(settings).await {
        Ok(Reached::Server) => findings.ok(MAIL, "the mail server takes our connection; nothing was sent"),
        Ok(Reached::Nobody) => findings.ok(MAIL, format!("mails go {}; there is no server to reach", place(settings))),
        Err(error) => findings.problem(MAIL, format!("{error:#}"), "mend mail.url, or see the mail server's own log"),
    }
}

async fn send(settings: &Settings, to: &EmailAddress, findings: &mut Findings) {
    match try_to_send(settings, to).await {
        Ok(Posted::Accepted) => {
            findings.ok(MAIL, format!("a test mail to {} was taken over ({})", to.as_str(), place(settings)));
        }
        Ok(Posted::Refused(why)) => {
            let remedy = "take an address that exists, or see the mail server's own log";
            findings.problem(MAIL, format!("the test mail to {} was refused: {why}", to.as_str()), remedy);
        }
        Err(error) => findings.problem(MAIL, format!("{error:#}"), "mend mail.url, or see the mail server's own log"),
    }
}

async fn try_to_send(settings: &Settings, to: &EmailAddress) -> Result<Posted> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mailer = post::mailer(settings, &clock)?;
    let site = settings.application.delivery.site_name.as_str();
    let text = format!("This is a test mail of {site}. Somebody ran `backstop doctor --send-test-mail` for it.\n");
    let html = "<p>This is a test mail. Somebody ran <code>backstop doctor --send-test-mail</code> for it.</p>\n";
    let mail = Mail {
        id: MessageId::new(UuidIds::new(clock)?.next(), &settings.application.mail.domain),
        to: to.clone(),
        subject: format!("Test mail of {site}"),
        text: SecretText::new(text),
        html: SecretText::new(html.to_owned()),
    };
    Ok(mailer.send(&mail).await?)
}

fn place(settings: &Settings) -> String {
    match &settings.mail.to {
        MailChoice::Smtp(server) => format!("to {}:{}", server.host, server.port),
        MailChoice::Folder(folder) => {
            let folder = folder.clone().unwrap_or_else(|| post::own_folder(settings));
            format!("into the folder {}", folder.display())
        }
        MailChoice::Log => "to the log".to_owned(),
    }
}
