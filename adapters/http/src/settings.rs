use crate::{SettingShown, SiteSettings, TrustedProxies};
use backstop_domain::guard::GuardRules;
use core::time::Duration;

/// What is said when codes were e-mailed and nobody has words of their own for it.
pub(crate) const SENT_MESSAGE: &str = "Your recovery codes email has been successfully delivered.";

/// What the adapter must be told; already validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How callers reach the service, without a slash at the end.
    pub public_url: String,
    /// The longest request body, in bytes.
    pub body_limit: usize,
    /// How long a request may take, its body included.
    pub time_limit: Duration,
    /// Answers promise that the service is only ever reached by TLS.
    pub production: bool,
    /// The rules that the use cases keep, to be told in answers.
    pub guard: GuardRules,
    /// What is said when codes were e-mailed.
    pub sent_message: String,
    pub site: SiteSettings,
    /// Who may say where the end user of a page is.
    pub trusted_proxies: TrustedProxies,
    /// Measurements are told on a listener of their own, and not where everybody asks.
    pub measured_apart: bool,
    /// The settings in force, in the order of the reference, for those who run the service to see.
    pub in_force: Vec<SettingShown>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            body_limit: 64 * 1024,
            time_limit: Duration::from_secs(15),
            production: false,
            guard: GuardRules::DEFAULT,
            sent_message: SENT_MESSAGE.to_owned(),
            site: SiteSettings::default(),
            trusted_proxies: TrustedProxies::default(),
            measured_apart: false,
            in_force: Vec::new(),
        }
    }
}
