//! Pages and redirects as answers.

use super::{
    At, HOME, LOGIN, PASSWORD, Room,
    assets::Assets,
    dashboard::called,
    flash::Flash,
    message::{Message, Place},
    visit::Visit,
    words::Language,
};
use crate::{console, problems::Problem};
use askama::Template;
use bytes::Bytes;
use core::fmt;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use std::{borrow::Cow, sync::Arc};
use zeroize::Zeroizing;

/// What every page has around it.
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) site: String,
    pub(crate) assets: Arc<Assets>,
    pub(crate) room: Room,
    pub(crate) at: &'static At,
    pub(crate) home: &'static str,
    pub(crate) form_token: String,
    pub(crate) signed_in: bool,
    /// Who is signed in, as they know themselves.
    pub(crate) person: Option<String>,
    pub(crate) links: Vec<Link>,
    pub(crate) support: Option<Support>,
    pub(crate) local_passwords: bool,
    /// Where a page that answers a form is loaded again from, so that the form is not sent twice.
    pub(crate) again: Option<Cow<'static, str>>,
}

pub(crate) struct Link {
    pub(crate) to: &'static str,
    pub(crate) text: &'static str,
    pub(crate) here: bool,
}

pub(crate) struct Support {
    pub(crate) text: String,
    pub(crate) link: Option<String>,
}

impl Visit {
    /// The frame of a page at this address.
    pub(crate) async fn frame(&mut self, here: &'static str) -> Result<Frame, Problem> {
        let links = match self.room {
            Room::Users => self.links(here).await,
            Room::Console => console::links(self, here),
        };
        let form_token = self.form_token()?;
        let settings = &self.site.settings;
        Ok(Frame {
            language: self.language,
            site: settings.name.clone(),
            assets: Arc::clone(&self.site.assets),
            room: self.room,
            at: &super::AT,
            home: self.start(),
            form_token,
            signed_in: self.session.is_some(),
            person: self.session.as_ref().map(|session| called(&session.resumed.account)),
            links,
            support: self.site.support(),
            local_passwords: settings.local_passwords,
            again: None,
        })
    }

    async fn links(&mut self, here: &'static str) -> Vec<Link> {
        let w = self.words();
        let mut links = Vec::new();
        if let Some(session) = &self.session
            && !session.resumed.session.confined
        {
            links.push(Link { to: HOME, text: w.dashboard, here: here == HOME });
            // A link is worth less than the page, which may be the only one with new codes.
            if self.has_password().await.unwrap_or(false) {
                links.push(Link { to: PASSWORD, text: w.password_link, here: here == PASSWORD });
            }
        }
        links
    }

    /// Where the site's name leads.
    fn start(&self) -> &'static str {
        match self.room {
            Room::Users if self.session.is_none() => LOGIN,
            room => room.home(),
        }
    }

    pub(crate) fn page(self, status: StatusCode, wait: Option<u64>, page: &impl Page) -> Response {
        let mut response = render(status, page, &self.site.policy);
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        self.seal(response)
    }

    /// After an act: to the page that shows what came of it.
    pub(crate) fn lead_to(self, place: &str) -> Response {
        let mut response = Response::builder().status(StatusCode::SEE_OTHER).finish();
        if let Ok(place) = HeaderValue::from_str(place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        self.seal(response)
    }

    pub(crate) fn tell(mut self, flash: &Flash) -> Response {
        self.say_next(flash);
        let to = match flash.place {
            Place::Login => LOGIN,
            Place::SignIn => self.room.sign_in(),
            Place::Password => self.room.password(),
            Place::SecondStep | Place::SecondStepCode => console::SECOND_STEP,
            Place::SetUp => console::SET_UP,
            Place::OwnCodes => console::OWN_CODES,
            Place::Sessions => console::OWN_SESSIONS,
            _ => self.room.home(),
        };
        self.lead_to(to)
    }
}

/// How a form is answered of which something can't be what is asked for.
pub(crate) const UNFIT: Option<StatusCode> = Some(StatusCode::UNPROCESSABLE_ENTITY);

/// How a page is answered that says this, and after how many seconds it is worth asking again.
pub(crate) fn standing(message: Option<&Message>, is_wrong: bool) -> (StatusCode, Option<u64>) {
    let wait = message.and_then(|message| message.wait.as_ref()).map(|wait| wait.seconds);
    match wait {
        Some(_) => (StatusCode::TOO_MANY_REQUESTS, wait),
        None if is_wrong => (StatusCode::UNPROCESSABLE_ENTITY, None),
        None => (StatusCode::OK, None),
    }
}

/// A template that knows how long it may become.
pub(crate) trait Page: Template {
    const ROOM: usize = 48 * 1024;
}

/// Text that is wiped, also where it grows.
struct Wiped(Zeroizing<String>);

impl fmt::Write for Wiped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.capacity() - self.0.len() < text.len() {
            let mut larger = Zeroizing::new(String::with_capacity((self.0.capacity() + text.len()) * 2));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

pub(super) fn render<P: Page>(status: StatusCode, page: &P, policy: &HeaderValue) -> Response {
    let mut text = Wiped(Zeroizing::new(String::with_capacity(P::ROOM)));
    // Nothing that a page is made of can fail to be written.
    if page.render_into(&mut text).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into();
    }
    let response = Response::builder().status(status).content_type("text/html; charset=utf-8");
    let mut response = response.body(Bytes::from_owner(text));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
