//! Settings as use cases need them: already validated, without a trace of where they came from.

use backstop_domain::{
    AcceptedProfiles, DeliveryWindow, DocumentFormat, Duties, EmailAddress, FileStem, KeyId, KeyPurpose, NoticeKind,
    SessionRules, SiteName, clean_up::Portions, guard::GuardRules, history::HistoryRules, schedule::Zone,
};
use jiff::SignedDuration;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub struct Settings {
    pub profiles: AcceptedProfiles,
    /// How many codes a batch has when nobody says.
    pub per_batch: u32,
    pub history: HistoryRules,
    /// What a recovery leaves to do.
    pub duties: Duties,
    pub sessions: SessionRules,
    /// Whether people may sign in on our own pages with a password. The console asks for one in any case.
    pub local_passwords: bool,
    /// Whether nobody gets into the console without a second step.
    pub second_step_mandatory: bool,
    pub guard: GuardRules,
    pub delivery: DeliverySettings,
    pub work: WorkSettings,
    pub mail: MailSettings,
    pub clean_up: CleanUpSettings,
    pub overview: OverviewSettings,
}

/// What the overview must be told.
#[derive(Clone, Debug)]
pub struct OverviewSettings {
    /// Whose days are counted.
    pub zone: Zone,
    /// Whether people rely on the service.
    pub production: bool,
    /// The keys that are in force, by what they are for.
    pub keys: Vec<(KeyPurpose, KeyId)>,
}

/// How background work is done.
#[derive(Clone, Copy, Debug)]
pub struct WorkSettings {
    /// How long a worker may be silent before its task is another's.
    pub lease: SignedDuration,
    /// How long one attempt may take.
    pub time_limit: SignedDuration,
    pub attempts: u32,
    /// How many tasks that are done stay to be seen.
    pub keep_done: u32,
}

#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Whether a mail that somebody waits for is sent before they are answered.
    pub inline: bool,
    /// Whether mails are listed.
    pub store_log: bool,
    /// Who gets reports. Without it there are none.
    pub admin_address: Option<EmailAddress>,
    /// Who is named for what nobody started.
    pub admin_name: String,
    /// What the address of the page that lifts a suspension begins with; the link's token follows.
    pub lift_page: String,
    /// Likewise, that of the page where another password is set.
    pub reset_page: String,
    /// Where mails come from, for their ids.
    pub domain: String,
    /// What owners are told of.
    pub notices: BTreeSet<NoticeKind>,
}

/// What is cleared away, and when nobody says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct CleanUpSettings {
    pub portions: Portions,
    pub retention_days: u32,
    pub log_runs: bool,
    /// Whether the audit trail is cleaned daily.
    pub audit: bool,
    /// 0 keeps it for ever.
    pub audit_retention_days: u32,
    /// However a clean-up is planned, what is younger stays in the audit trail.
    pub audit_min_retention_days: u32,
    /// 0 keeps the records of batches without codes for ever.
    pub history_retention_days: u32,
}

/// How codes are handed over after they were shown.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    pub window: DeliveryWindow,
    pub site_name: SiteName,
    pub file_name: FileStem,
    /// The format of a file when nobody says.
    pub format: DocumentFormat,
}
