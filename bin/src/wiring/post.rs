//! Who writes mails and files, and who sends mails.

use crate::settings::{MailChoice, Settings};
use anyhow::{Context as _, Result, bail};
use backstop_application::ports::{Clock, LetterWriter, Mailer, PortResult};
use backstop_documents::FileExporter;
use backstop_letters::{Letters, Site};
use backstop_memory::SystemClock;
use backstop_smtp::{FolderMailer, LogMailer, Sender, Server, SmtpMailer, SmtpSettings};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long a mail server may take over one mail: less than a request may, so that who waits for it is answered.
const LIMIT: Duration = Duration::from_secs(10);
/// One connection sends some twenty mails a second.
const CONNECTIONS: usize = 4;

/// Letters in the operator's words where there are any; every template is tried first.
pub fn writer(settings: &Settings) -> Result<Arc<dyn LetterWriter>> {
    let own = match &settings.mail.templates_dir {
        Some(folder) => templates(folder)?,
        None => BTreeMap::new(),
    };
    let site = Site {
        name: settings.application.delivery.site_name.clone(),
        support: settings.mail.support_contact.clone(),
        zone: settings.mail.time_zone.clone(),
        language: settings.mail.language.clone(),
    };
    match Letters::new(site, &own) {
        Ok(letters) => Ok(Arc::new(letters)),
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
            bail!("templates in mail.templates_dir can't be used:\n{}", all.join("\n"))
        }
    }
}

/// Files in the language and the time of mails and pages.
pub(super) fn exporter(settings: &Settings) -> PortResult<FileExporter> {
    let (zone, language) = (settings.mail.time_zone.clone(), settings.mail.language.clone());
    FileExporter::new(backstop_documents::Site { zone, language })
}

/// Whether letters and mails could be made as the settings say.
pub fn check(settings: &Settings) -> Result<()> {
    writer(settings)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    mailer(settings, &clock).map(drop)
}

pub fn mailer(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Mailer>> {
    let name = settings.application.delivery.site_name.as_str().to_owned();
    let sender = Sender { address: settings.mail.from.clone(), name: Some(name) };
    Ok(match &settings.mail.to {
        MailChoice::Log => Arc::new(LogMailer),
        MailChoice::Folder(folder) => {
            let folder = folder.clone().unwrap_or_else(|| own_folder(settings));
            Arc::new(FolderMailer::new(folder, sender, Arc::clone(clock)))
        }
        MailChoice::Smtp(server) => Arc::new(smtp(settings, server.clone(), sender, Arc::clone(clock))?),
    })
}

fn smtp(settings: &Settings, server: Server, sender: Sender, clock: Arc<dyn Clock>) -> Result<SmtpMailer> {
    let own_roots = match &settings.mail.tls_ca {
        Some(file) => Some(fs::read(file).with_context(|| format!("mail.tls_ca: {} can't be read", file.display()))?),
        None => None,
    };
    let smtp = SmtpSettings { server, sender, own_roots, limit: LIMIT, connections: CONNECTIONS };
    SmtpMailer::new(smtp, clock).context("mail.tls_ca can't be used")
}

/// Who was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Server,
    /// There is no server where mails go.
    Nobody,
}

/// Connects to the mail server, if there is one, and sends nothing.
pub async fn reach(settings: &Settings) -> Result<Reached> {
    let MailChoice::Smtp(server) = &settings.mail.to else { return Ok(Reached::Nobody) };
    let sender = Sender { address: settings.mail.from.clone(), name: None };
    smtp(settings, server.clone(), sender, Arc::new(SystemClock))?.try_out().await?;
    Ok(Reached::Server)
}

/// Where mails go in development, unless something else is said.
pub fn own_folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("mail")
}

/// The texts in the folders of languages, by `language/file`.
fn templates(folder: &Path) -> Result<BTreeMap<String, String>> {
    let unreadable = || format!("mail.templates_dir: {} can't be read", folder.display());
    let mut own = BTreeMap::new();
    for language in fs::read_dir(folder).with_context(unreadable)? {
        let language = language.with_context(unreadable)?;
        if !language.file_type().with_context(unreadable)?.is_dir() {
            continue;
        }
        for file in fs::read_dir(language.path()).with_context(unreadable)? {
            let file = file.with_context(unreadable)?;
            let name = format!("{}/{}", language.file_name().to_string_lossy(), file.file_name().to_string_lossy());
            let text = fs::read_to_string(file.path())
                .with_context(|| format!("mail.templates_dir: {name} can't be read as text"))?;
            own.insert(name, text);
        }
    }
    Ok(own)
}
