//! The pages for people, under `/auth/recovery-codes/`: written by the server, whole without scripts, better with them.
//!
//! A handler gets a [`Visit`](visit::Visit), calls use cases, and answers with a page or, after an act, with a redirect
//! to the page that shows what came of it. Only new codes are shown in the answer that made them. What the pages say is in
//! `words`, what they look like in `templates` and `assets`.

pub(crate) mod acts;
pub(crate) mod answer;
mod assets;
pub(crate) mod code_list;
mod colours;
pub(crate) mod dashboard;
mod failure;
pub(crate) mod fields;
pub(crate) mod flash;
pub(crate) mod form;
pub(crate) mod gate;
mod jar;
mod language;
mod lift;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod message;
mod order;
pub(crate) mod password;
mod reset;
mod room;
pub(crate) mod routes;
mod settings;
pub(crate) mod sign_in;
pub(crate) mod times;
pub(crate) mod visit;
pub(crate) mod words;

pub use colours::Colours;
pub(crate) use failure::Failure;
pub(crate) use room::Room;
pub(crate) use routes::all;
pub use settings::SiteSettings;
pub(crate) use words::Language;

use answer::Support;
use assets::Assets;
use poem::http::HeaderValue;
use std::sync::Arc;

pub(crate) const LOGIN: &str = "/auth/recovery-codes/login";
pub(crate) const SIGN_IN: &str = "/auth/recovery-codes/sign-in";
pub(crate) const LOGOUT: &str = "/auth/recovery-codes/logout";
pub(crate) const HOME: &str = "/auth/recovery-codes/dashboard";
pub(crate) const PASSWORD: &str = "/auth/recovery-codes/password";
pub(crate) const CONFIRM: &str = "/auth/recovery-codes/confirm";

/// Where forms are sent to.
pub(crate) struct At {
    pub(crate) login: &'static str,
    pub(crate) generate: &'static str,
    pub(crate) verify: &'static str,
    pub(crate) download: &'static str,
    pub(crate) email: &'static str,
    pub(crate) invalidate_code: &'static str,
    pub(crate) delete_code: &'static str,
    pub(crate) invalidate_all: &'static str,
    pub(crate) delete_all: &'static str,
}

pub(crate) static AT: At = At {
    login: LOGIN,
    generate: "/auth/recovery-codes/generate",
    verify: "/auth/recovery-codes/verify-setup",
    download: "/auth/recovery-codes/download",
    email: "/auth/recovery-codes/email",
    invalidate_code: "/auth/recovery-codes/invalidate-code",
    delete_code: "/auth/recovery-codes/delete-code",
    invalidate_all: "/auth/recovery-codes/invalidate-all",
    delete_all: "/auth/recovery-codes/delete-all",
};

/// What all pages of one service share.
pub(crate) struct Site {
    pub(crate) settings: SiteSettings,
    pub(crate) assets: Arc<Assets>,
    policy: HeaderValue,
    /// Where people sign in, as it is told to them on paper.
    pub(crate) login_address: String,
}

impl Site {
    pub(crate) fn new(settings: &SiteSettings, public_url: &str) -> Self {
        Self {
            assets: Arc::new(Assets::new(settings.colours)),
            policy: policy(settings.after_logout.as_deref()),
            login_address: format!("{public_url}{LOGIN}"),
            settings: settings.clone(),
        }
    }

    fn support(&self) -> Option<Support> {
        let contact = self.settings.support.as_ref()?;
        Some(Support { text: contact.as_str().to_owned(), link: contact.link() })
    }
}

/// Nothing inline, nothing from elsewhere. Browsers hold forms to it over redirects, so that where a sign-out leads must
/// be named.
fn policy(after_logout: Option<&str>) -> HeaderValue {
    let elsewhere = after_logout.filter(|place| !place.starts_with('/')).map(origin).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'{elsewhere}; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// The scheme and host of an address, after a space.
fn origin(address: &str) -> String {
    let ends = address.match_indices('/').nth(2).map_or(address.len(), |(at, _)| at);
    format!(" {}", &address[..ends])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_may_lead_to_where_a_sign_out_leads_and_nowhere_else() {
        let actions = |place| {
            let policy = policy(place).to_str().unwrap().to_owned();
            policy.split("; ").find_map(|part| part.strip_prefix("form-action ")).unwrap().to_owned()
        };
        assert_eq!(actions(None), "'self'");
        assert_eq!(actions(Some("/docs")), "'self'");
        assert_eq!(actions(Some("https://app.example.org/bye?x=1")), "'self' https://app.example.org");
        assert_eq!(actions(Some("https://app.example.org")), "'self' https://app.example.org");
    }
}
