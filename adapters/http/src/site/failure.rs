//! What could not be answered, as a page in words.

use super::{
    AT, Room, Site, answer,
    answer::Frame,
    gate::ToldPage,
    message::{Message, Tone},
    words::{Language, Told, Words},
};
use crate::{exchange::Exchange, problems::Problem};
use poem::{
    Request, Response,
    http::{StatusCode, header},
};
use std::sync::Arc;

/// How a failure of a page is told; of other routes it is told by a problem document.
pub(crate) struct Failure {
    /// Of whoever is not known when it fails.
    language: Language,
    room: Room,
}

impl Failure {
    /// `None` for what is no page.
    pub(crate) fn of(request: &Request, site: &Site) -> Option<Self> {
        let room = Room::of(request.uri().path())?;
        let language = Language::choose(None, request.headers(), site.settings.language.as_ref());
        Some(Self { language, room })
    }

    pub(crate) fn page(&self, problem: Problem, site: &Site, exchange: &Exchange) -> Response {
        page_in(exchange.language().unwrap_or(self.language), self.room, problem, site, &exchange.id.to_string())
    }
}

fn page_in(language: Language, room: Room, problem: Problem, site: &Site, id: &str) -> Response {
    let (w, status) = (language.words(), problem.status());
    let settings = &site.settings;
    let frame = Frame {
        language,
        site: settings.name.clone(),
        assets: Arc::clone(&site.assets),
        at: &AT,
        room,
        home: room.home(),
        form_token: String::new(),
        signed_in: false,
        person: None,
        links: Vec::new(),
        support: site.support(),
        local_passwords: settings.local_passwords,
        again: None,
    };
    let told = told(status, w);
    let page = ToldPage {
        f: frame,
        w,
        say: language.phrases(),
        heading: if status == StatusCode::NOT_FOUND { w.nothing_here } else { w.stopped_short },
        m: Message::told(Tone::Warn, told),
        request: status.is_server_error().then(|| id.to_owned()),
        to: room.home(),
        link: w.to_start,
    };
    let mut response = answer::render(status, &page, &site.policy);
    for (name, value) in problem.headers() {
        if [header::RETRY_AFTER, header::ALLOW, header::SET_COOKIE].contains(&name) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn told(status: StatusCode, w: &Words) -> Told {
    match status {
        StatusCode::NOT_FOUND => w.not_found,
        StatusCode::METHOD_NOT_ALLOWED => w.bad_method,
        StatusCode::PAYLOAD_TOO_LARGE => w.too_large,
        StatusCode::REQUEST_TIMEOUT => w.too_slow,
        StatusCode::SERVICE_UNAVAILABLE => w.unavailable,
        status if status.is_client_error() => w.bad_request,
        _ => w.broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{SiteSettings, visit::Cookies};
    use poem::http::HeaderValue;

    #[test]
    fn what_the_browser_is_to_keep_is_not_lost_with_a_failure() {
        let (site, cookies) = (Site::new(&SiteSettings::default(), "http://localhost"), Cookies::default());
        cookies.extend(["a=1", "b=2"].map(HeaderValue::from_static));
        let problem = cookies.onto(Problem::internal());
        let page = page_in(Language::English, Room::Users, problem, &site, "7");
        let kept: Vec<_> = page.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(kept, ["a=1", "b=2"]);
    }
}
