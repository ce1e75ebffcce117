//! What a form must show before anything is done: that it was drawn by us, for this browser, and is sent by it.

use super::{
    HOME, LOGIN, PASSWORD, Room,
    answer::{Frame, Page},
    flash::{Flash, News},
    form::Form,
    message::{Message, Place, Tone},
    visit::Visit,
    words::{Phrases, Told, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_domain::SecretText;
use poem::{Response, http::StatusCode};

/// Why a form was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It was sent by a page of another site.
    Foreign,
    /// The browser has no cookie that it could be bound to.
    NoCookie,
    /// It was drawn for another session, or for nobody.
    Stale,
}

impl Refusal {
    fn told(self, w: &Words) -> Told {
        match self {
            Self::Foreign => w.foreign_form,
            Self::NoCookie => w.no_cookies,
            Self::Stale => w.stale_form,
        }
    }

    /// As it is told above the form, drawn anew for this browser.
    pub(crate) fn told_above(self, w: &Words) -> Message {
        Message::told(
            Tone::Warn,
            match self {
                Self::Foreign => w.foreign_form,
                Self::NoCookie => w.no_cookies_sign_in,
                Self::Stale => w.stale_sign_in,
            },
        )
    }
}

impl Visit {
    /// Judges the form by the secret that it must be bound to.
    fn judge(&self, form: &Form, bound_to: Option<&SecretText>) -> Result<(), Refusal> {
        if self.is_from_elsewhere() {
            return Err(Refusal::Foreign);
        }
        let bound_to = bound_to.ok_or(Refusal::NoCookie)?;
        let fits = self.service().use_cases.form_tokens.fits(bound_to, form.text("form_token"));
        if fits { Ok(()) } else { Err(Refusal::Stale) }
    }

    /// A form of somebody who is not signed in.
    pub(crate) fn judge_anonymous(&self, form: &Form) -> Result<(), Refusal> {
        self.judge(form, self.visitor.as_ref())
    }

    /// A form of the session.
    pub(crate) fn judge_own(&self, form: &Form) -> Result<(), Refusal> {
        self.judge(form, self.session_binding().as_ref())
    }

    /// As `over`, in the middle of a form: what was typed and is no secret is there after the sign-in.
    pub(crate) fn over_amid(mut self, form: &Form) -> Response {
        self.keep_order_of(form);
        self.over()
    }

    /// To the page for signing in, where nobody is signed in any more.
    pub(crate) fn over(self) -> Response {
        let by_password = self.site.settings.local_passwords || self.room == Room::Console;
        let place = if by_password { Place::SignIn } else { Place::Login };
        self.tell(&Flash::new(place, News::SessionOver))
    }

    /// Administrators and auditors have none here; they can leave, and that is all.
    pub(crate) async fn has_no_codes(mut self) -> Result<Response, Problem> {
        let w = self.words();
        let page = ToldPage {
            f: self.frame(HOME).await?,
            w,
            say: self.phrases(),
            heading: w.dashboard_title,
            m: Message::told(Tone::Warn, w.not_for_codes),
            request: None,
            to: PASSWORD,
            link: w.password_title,
        };
        Ok(self.page(StatusCode::OK, None, &page))
    }

    /// Says why somebody who is signed in may not do what they asked for.
    pub(crate) async fn tell_only(mut self, heading: &'static str, m: Message) -> Result<Response, Problem> {
        let (w, to) = (self.words(), self.room.home());
        let page = ToldPage {
            f: self.frame("").await?,
            w,
            say: self.phrases(),
            heading,
            m,
            request: None,
            to,
            link: w.to_start,
        };
        Ok(self.page(StatusCode::FORBIDDEN, None, &page))
    }

    /// Says what was not done, and why.
    pub(crate) async fn refuse(self, refusal: Refusal) -> Result<Response, Problem> {
        let to = match (self.room, &self.session) {
            (room, Some(_)) => room.home(),
            (Room::Users, None) if !self.site.settings.local_passwords => LOGIN,
            (room, None) => room.sign_in(),
        };
        self.refuse_to(refusal, to).await
    }

    /// As `refuse`, with a link to where the form is.
    pub(crate) async fn refuse_to(mut self, refusal: Refusal, to: &'static str) -> Result<Response, Problem> {
        let w = self.words();
        let page = ToldPage {
            f: self.frame("").await?,
            w,
            say: self.phrases(),
            heading: w.stopped,
            m: Message::told(Tone::Warn, refusal.told(w)),
            request: None,
            to,
            link: w.again,
        };
        Ok(self.page(StatusCode::FORBIDDEN, None, &page))
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "told.html")]
pub(crate) struct ToldPage {
    pub(super) f: Frame,
    pub(super) w: &'static Words,
    pub(super) say: &'static dyn Phrases,
    pub(super) heading: &'static str,
    pub(super) m: Message,
    pub(super) request: Option<String>,
    pub(super) to: &'static str,
    pub(super) link: &'static str,
}

impl Page for ToldPage {
    const ROOM: usize = 8 * 1024;
}
