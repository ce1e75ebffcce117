//! Settings as use cases need them: already validated, without a trace of where they came from.

use backstop_domain::{
    AcceptedProfiles, DeliveryWindow, DocumentFormat, Duties, FileStem, SessionRules, SiteName, guard::GuardRules,
    history::HistoryRules,
};

#[derive(Clone, Debug)]
pub struct Settings {
    pub profiles: AcceptedProfiles,
    /// How many codes a batch has when nobody says.
    pub per_batch: u32,
    pub history: HistoryRules,
    /// What a recovery leaves to do.
    pub duties: Duties,
    pub sessions: SessionRules,
    pub guard: GuardRules,
    pub delivery: DeliverySettings,
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
