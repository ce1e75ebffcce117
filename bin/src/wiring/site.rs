use crate::settings::{MailChoice, Settings};
use backstop_http::SiteSettings;

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
