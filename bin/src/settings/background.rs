//! Settings of background work: the worker, mail, notices and clean-ups.

use super::{Reader, signed, value};
use backstop_application as application;
use backstop_domain::{EmailAddress, Locale, NoticeKind, clean_up::Portions, letter::SupportContact, schedule::Zone};
use backstop_smtp::Server;
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailChoice {
    Smtp(Server),
    /// A folder of `.eml` files; the one in the data folder when none is named.
    Folder(Option<PathBuf>),
    /// Only the log, without a body.
    Log,
}

#[derive(Clone, Debug)]
pub struct MailSettings {
    pub to: MailChoice,
    pub from: EmailAddress,
    /// A certificate of the operator's own that is trusted besides the usual ones.
    pub tls_ca: Option<PathBuf>,
    /// What is said when codes were e-mailed.
    pub sent_message: String,
    pub templates_dir: Option<PathBuf>,
    pub support_contact: Option<SupportContact>,
    /// In whose time instants are told.
    pub time_zone: Zone,
    /// For readers whose language is not known.
    pub language: Option<Locale>,
}

#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    pub concurrency: u32,
    pub task_timeout: Duration,
    pub retry_after: Duration,
    pub queue_limit: u32,
}

/// All of background work.
pub(super) struct Background {
    pub(super) mail: MailSettings,
    pub(super) worker: WorkerSettings,
    pub(super) work: application::WorkSettings,
    pub(super) post: application::MailSettings,
    pub(super) clean_up: application::CleanUpSettings,
}

pub(super) fn read(reader: &mut Reader, is_production: bool, public_url: &str) -> Option<Background> {
    let worker = worker(reader);
    let max_attempts = reader.take("worker.max_attempts", value::number(1, 100));
    let keep_done = reader.take("worker.keep_done", value::number(0, 1_000_000));
    let clean_up = clean_up(reader);
    let (mail, post) = mail(reader, is_production, public_url)?;
    let worker = worker?;
    Some(Background {
        work: application::WorkSettings {
            lease: signed(worker.retry_after),
            time_limit: signed(worker.task_timeout),
            attempts: max_attempts?,
            keep_done: keep_done?,
        },
        worker,
        mail,
        post,
        clean_up: clean_up?,
    })
}

fn worker(reader: &mut Reader) -> Option<WorkerSettings> {
    let concurrency = reader.take("worker.concurrency", value::number(1, 100));
    let task_timeout = reader.take("worker.task_timeout", value::duration(SECOND, DAY));
    let retry_after = reader.take("worker.retry_after", value::duration(SECOND, 2 * DAY));
    let queue_limit = reader.take("worker.queue_limit", value::number(1, u32::MAX));
    let (task_timeout, retry_after) = (task_timeout?, retry_after?);
    if retry_after <= task_timeout {
        reader.problem(
            "worker.retry_after",
            "a task would be given to another worker while the first may still do it",
            "make it longer than worker.task_timeout",
        );
    }
    Some(WorkerSettings { concurrency: concurrency?, task_timeout, retry_after, queue_limit: queue_limit? })
}

fn clean_up(reader: &mut Reader) -> Option<application::CleanUpSettings> {
    let days = value::number(0, 36_500);
    let chunk = reader.take("purge.chunk_size", value::number(0, 100_000));
    let most = reader.take("purge.max_per_run", |v| match v.text()? {
        "-1" => Ok(None),
        _ => value::number(1, u32::MAX)(v)
            .map(|most| Some(u64::from(most)))
            .map_err(|_| "write a whole number from 1 on, or -1 for all".to_owned()),
    });
    let retention_days = reader.take("purge.retention_days", &days);
    let log_runs = reader.take("purge.log_runs", value::boolean);
    let audit = reader.take("audit.auto_cleanup", value::boolean);
    let audit_retention_days = reader.take("audit.retention_days", &days);
    let audit_min_retention_days = reader.take("audit.min_retention_days", &days);
    let history_retention_days = reader.take("history.retention_days", &days);
    let (kept, least) = (audit_retention_days?, audit_min_retention_days?);
    if (1..least).contains(&kept) {
        reader.problem(
            "audit.retention_days",
            "entries would be kept for a shorter time than audit.min_retention_days says",
            "make it at least audit.min_retention_days, or 0 to keep them for ever",
        );
    }
    Some(application::CleanUpSettings {
        portions: Portions { chunk: Some(chunk?).filter(|chunk| *chunk > 0), most: most? },
        retention_days: retention_days?,
        log_runs: log_runs?,
        audit: audit?,
        audit_retention_days: kept,
        audit_min_retention_days: least,
        history_retention_days: history_retention_days?,
    })
}

fn mail(
    reader: &mut Reader,
    is_production: bool,
    public_url: &str,
) -> Option<(MailSettings, application::MailSettings)> {
    let address = |v: &value::Value| EmailAddress::parse(v.text()?).map_err(|e| e.to_string());
    let to = reader.take_optional("mail.url", mail_url);
    let from = reader.take_optional("mail.from", address);
    let admin_address = reader.take_optional("mail.admin_address", address);
    let admin_name = reader.take("mail.admin_name", line);
    let inline = reader.take_optional("mail.delivery", value::choice(&[("inline", true), ("queued", false)]));
    let store_log = reader.take("mail.store_log", value::boolean);
    let sent_message = reader.take("mail.sent_message", line);
    let templates_dir = reader.take_optional("mail.templates_dir", folder);
    let tls_ca = reader.take_optional("mail.tls_ca", folder);
    let support_contact =
        reader.take_optional("site.support_contact", |v| SupportContact::parse(v.text()?).map_err(|e| e.to_string()));
    let time_zone = reader.take("site.time_zone", |v| Zone::parse(v.text()?).map_err(|e| e.to_string()));
    let language = reader.take_optional("site.language", |v| Locale::parse(v.text()?).map_err(|e| e.to_string()));
    let notices: BTreeSet<NoticeKind> = NoticeKind::ALL
        .iter()
        .copied()
        .filter(|kind| reader.take(switch_of(*kind), value::boolean).unwrap_or(true))
        .collect();

    let to = to.unwrap_or(MailChoice::Folder(None));
    if matches!(to, MailChoice::Smtp(_)) && from.is_none() && !reader.everything.contains_key("mail.from") {
        reader.problem("mail.from", "mails need an address that they come from", "set it to an address of your own");
    }
    if is_production && !matches!(to, MailChoice::Smtp(_)) {
        reader.problem(
            "mail.url",
            "production sends mail, and neither writes it to a folder nor to the log",
            "name your mail server, as in smtp://user:password@mail.example.org:587",
        );
    }
    let from = match from {
        Some(from) => from,
        None => EmailAddress::parse("backstop@localhost").ok()?,
    };
    let domain = from.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned();
    let post = application::MailSettings {
        inline: inline.unwrap_or(!is_production),
        store_log: store_log?,
        admin_address,
        admin_name: admin_name?,
        lift_page: format!("{public_url}{}", backstop_http::LIFT_PAGE),
        reset_page: format!("{public_url}{}", backstop_http::RESET_PAGE),
        domain,
        notices,
    };
    let mail = MailSettings {
        to,
        from,
        tls_ca,
        sent_message: sent_message?,
        templates_dir,
        support_contact,
        time_zone: time_zone?,
        language,
    };
    Some((mail, post))
}

const fn switch_of(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::CodesMade => "notices.codes_made",
        NoticeKind::CodeUsed => "notices.code_used",
        NoticeKind::CodesLow => "notices.codes_low",
        NoticeKind::NoneLeft => "notices.none_left",
        NoticeKind::CodesExpiring => "notices.codes_expiring",
        NoticeKind::Suspended => "notices.suspended",
        NoticeKind::CeilingReached => "notices.ceiling_reached",
        NoticeKind::PasswordWornOut => "notices.password_worn_out",
        NoticeKind::SecondStepChanged => "notices.second_step_changed",
    }
}

fn mail_url(value: &value::Value) -> Result<MailChoice, String> {
    let text = value.text()?;
    if text.starts_with("smtp://") || text.starts_with("smtps://") {
        return Server::parse(text).map(MailChoice::Smtp).map_err(|e| e.to_string());
    }
    match text.strip_prefix("folder:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
        Some("") => Err("name the folder, as in folder:/var/spool/backstop".into()),
        Some(path) => Ok(MailChoice::Folder(Some(PathBuf::from(path)))),
        None if text == "log:" => Ok(MailChoice::Log),
        None => Err("write smtp://user:password@host:587, smtps://…, folder:PATH or log:".into()),
    }
}

fn folder(value: &value::Value) -> Result<PathBuf, String> {
    match value.text()? {
        "" => Err("name it".into()),
        path => Ok(PathBuf::from(path)),
    }
}

/// Some words on one line.
fn line(value: &value::Value) -> Result<String, String> {
    let text = value.text()?;
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("write 1 to 200 characters on one line".into()) }
}
