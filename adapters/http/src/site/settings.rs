use super::colours::Colours;
use backstop_domain::{
    AcceptedProfiles, CodeProfile, DeliveryWindow, DocumentFormat, Locale, letter::SupportContact, schedule::Zone,
};
use jiff::SignedDuration;

/// What the pages for people must be told; already validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    pub name: String,
    /// Colours of the operator's own, instead of those built in.
    pub colours: Option<Colours>,
    /// For people whose language is not known.
    pub language: Option<Locale>,
    /// In whose time people are told of instants.
    pub time_zone: Zone,
    pub support: Option<SupportContact>,
    /// Where people are led who signed out; without it, to the page for signing in.
    pub after_logout: Option<String>,
    /// Whether people may sign in with a password here.
    pub local_passwords: bool,
    /// Whether mails reach anybody.
    pub sends_mail: bool,
    pub profiles: AcceptedProfiles,
    /// How many codes are made when nobody says.
    pub per_batch: u32,
    /// The format of a file when nobody says.
    pub format: DocumentFormat,
    /// For how long codes are handed over after they were made.
    pub delivery: DeliveryWindow,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            name: "Backstop".to_owned(),
            colours: None,
            language: None,
            time_zone: Zone::UTC,
            support: None,
            after_logout: None,
            local_passwords: true,
            sends_mail: true,
            profiles: AcceptedProfiles::new(CodeProfile::classic(), Vec::new()),
            per_batch: 10,
            format: DocumentFormat::Txt,
            delivery: DeliveryWindow::For(SignedDuration::from_mins(30)),
        }
    }
}
