//! The page that a mailed link leads to, where a user sets another password without the present one. Looking changes
//! nothing, as mail programs open links by themselves, and nobody is signed in by it.

use super::{
    HOME, SIGN_IN,
    answer::{Frame, Page, standing},
    flash::{Flash, News},
    form::Form,
    gate::ToldPage,
    message::{Message, Place, Tone},
    password::unfit,
    visit::Visit,
    words::{Phrases, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::{PasswordReset, ResetLink, ResetPasswordError};
use backstop_domain::{Password, SecretText};
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    message: Option<Message>,
    /// Which of the two fields is to be mended.
    new_wrong: bool,
    repeat_wrong: bool,
    hint: String,
}

impl Page for ResetPage {
    const ROOM: usize = 16 * 1024;
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    match &visit.link {
        Some(token) if is_good(&visit, token).await? => draw(visit, None, false).await,
        _ => over(visit).await,
    }
}

async fn is_good(visit: &Visit, token: &SecretText) -> Result<bool, Problem> {
    Ok(visit.service().use_cases.reset_password.look(token).await? == ResetLink::Good)
}

async fn draw(mut visit: Visit, message: Option<Message>, repeat_wrong: bool) -> Result<Response, Problem> {
    let (status, wait) = standing(message.as_ref(), message.is_some());
    let page = ResetPage {
        f: visit.frame("").await?,
        w: visit.words(),
        say: visit.phrases(),
        new_wrong: message.is_some() && !repeat_wrong,
        repeat_wrong,
        message,
        hint: visit.phrases().new_password_hint(Password::LEAST_CHARACTERS),
    };
    Ok(visit.page(status, wait, &page))
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let Some(link) = visit.link.clone() else { return over(visit).await };
    let new = form.typed("new_password");
    if new.reveal() != form.typed("repeat_password").reveal() {
        if !is_good(&visit, &link).await? {
            return over(visit).await;
        }
        let message = Message::warn(visit.words().reset_unlike);
        return draw(visit, Some(message), true).await;
    }
    let reset = PasswordReset { link, new, caller: visit.caller() };
    let acting = Arc::clone(&visit.service().use_cases);
    let done = visit.service().acts.run(async move { acting.reset_password.run(&reset).await }).await?;
    match done {
        Ok(account) => {
            let own = visit.session.as_ref().is_some_and(|session| session.resumed.session.account == account);
            if own {
                visit.signs_out();
            }
            let place = if visit.session.is_some() { Place::Top } else { Place::SignIn };
            Ok(visit.tell(&Flash::new(place, News::PasswordReset)))
        }
        Err(ResetPasswordError::Bad(why)) => {
            let message = Message::warn(unfit(&visit, why));
            draw(visit, Some(message), false).await
        }
        Err(ResetPasswordError::Over) => over(visit).await,
        Err(ResetPasswordError::Fault(fault)) => Err(fault.into()),
    }
}

async fn over(mut visit: Visit) -> Result<Response, Problem> {
    let to = if visit.session.is_some() { HOME } else { SIGN_IN };
    let w = visit.words();
    let page = ToldPage {
        f: visit.frame("").await?,
        w,
        say: visit.phrases(),
        heading: w.link_over,
        m: Message::told(Tone::Warn, w.reset_over),
        request: None,
        to,
        link: w.to_start,
    };
    Ok(visit.page(StatusCode::GONE, None, &page))
}
