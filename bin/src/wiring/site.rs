//! What is answered over HTTP, and how.

use super::Service;
use crate::settings::{MailChoice, Mode, Settings};
use backstop_http::{App, HttpSettings, SiteSettings};
use core::time::Duration;

const BODY_LIMIT: usize = 64 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// What the pages for people are told.
pub fn site(settings: &Settings) -> SiteSettings {
    let (own, mail) = (&settings.application, &settings.mail);
    SiteSettings {
        name: own.delivery.site_name.as_str().to_owned(),
        colours: settings.pages.colours,
        language: mail.language.clone(),
        time_zone: mail.time_zone.clone(),
        support: mail.support_contact.clone(),
        after_logout: settings.pages.after_logout.clone(),
        local_passwords: own.local_passwords,
        sends_mail: !matches!(mail.to, MailChoice::Log),
        profiles: own.profiles.clone(),
        per_batch: own.per_batch,
        format: own.delivery.format,
        delivery: own.delivery.window,
    }
}

/// All that is answered over HTTP.
pub fn app(service: &Service, settings: &Settings) -> App {
    let http = HttpSettings {
        public_url: settings.public_url.clone(),
        body_limit: BODY_LIMIT,
        time_limit: TIME_LIMIT,
        production: settings.mode == Mode::Production,
        guard: settings.application.guard,
        trusted_proxies: settings.trusted_proxies.clone(),
        sent_message: settings.mail.sent_message.clone(),
        site: site(settings),
        measured_apart: settings.metrics_listen.is_some(),
        in_force: settings.in_force.clone(),
    };
    let (use_cases, clock, ids) = (service.use_cases.clone(), service.clock.clone(), service.ids.clone());
    let app = backstop_http::app(use_cases, clock, ids, service.health(), http);
    app.measured_by(service.meters.clone()).metered_by(service.meters.clone())
}
