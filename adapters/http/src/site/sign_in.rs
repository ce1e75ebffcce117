//! Signing in with a password.

use super::{
    LOGIN, Room,
    answer::{Frame, Page, UNFIT, standing},
    flash::{Flash, News},
    form::Form,
    gate::Refusal,
    login::{previous, refused},
    message::{Message, Place},
    visit::Visit,
    words::{Phrases, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::{PasswordError, PasswordSignIn};
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    message: Option<Message>,
    email: String,
    email_wrong: bool,
    password_wrong: bool,
}

impl Page for SignInPage {
    const ROOM: usize = 16 * 1024;
}

#[derive(Default)]
struct Drawn {
    message: Option<Message>,
    email: String,
    email_wrong: bool,
    password_wrong: bool,
    /// How a form is answered; `None` where somebody only looks at the page.
    answers: Option<StatusCode>,
}

pub(crate) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    if visit.session.is_some() {
        let home = visit.room.home();
        return Ok(visit.lead_to(home));
    }
    if visit.room == Room::Users && !visit.site.settings.local_passwords {
        return Ok(visit.lead_to(LOGIN));
    }
    let flash = visit.take_flash(|flash| flash.place == Place::SignIn);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let email = flash.and_then(|flash| flash.email).unwrap_or_default();
    draw(visit, Drawn { message, email, ..Drawn::default() }).await
}

async fn draw(mut visit: Visit, drawn: Drawn) -> Result<Response, Problem> {
    let mut f = visit.frame(visit.room.sign_in()).await?;
    f.again = drawn.answers.map(|_| visit.room.sign_in().into());
    let looked_at = || standing(drawn.message.as_ref(), false);
    let (status, wait) = drawn.answers.map_or_else(looked_at, |status| (status, None));
    let page = SignInPage {
        f,
        w: visit.words(),
        say: visit.phrases(),
        message: drawn.message,
        email: drawn.email,
        email_wrong: drawn.email_wrong,
        password_wrong: drawn.password_wrong,
    };
    Ok(visit.page(status, wait, &page))
}

/// The form anew, which was not taken as it came. Of what was typed, the address stays.
pub(crate) async fn again(visit: Visit, form: &Form, refusal: Refusal) -> Result<Response, Problem> {
    if visit.room == Room::Users && !visit.site.settings.local_passwords {
        return Ok(visit.lead_to(LOGIN));
    }
    let message = Some(refusal.told_above(visit.words()));
    let email = form.text("email").trim().to_owned();
    draw(visit, Drawn { message, email, answers: Some(StatusCode::FORBIDDEN), ..Drawn::default() }).await
}

pub(crate) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let email = form.text("email").trim().to_owned();
    let (email_wrong, password_wrong) = (email.is_empty(), form.text("password").is_empty());
    if email_wrong || password_wrong {
        let w = visit.words();
        let message = Some(Message::warn(if email_wrong { w.email_needed } else { w.password_needed }));
        let password_wrong = password_wrong && !email_wrong;
        let drawn = Drawn { message, email, email_wrong, password_wrong, answers: UNFIT };
        return draw(visit, drawn).await;
    }
    let sign_in = PasswordSignIn {
        email: email.clone(),
        password: form.typed("password"),
        caller: visit.caller(),
        previous: previous(&visit),
        kind: visit.room.kind(),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let opened = visit.service().acts.run(async move { acting.sign_in_with_password.run(&sign_in).await }).await?;
    match opened {
        Ok(opened) => {
            visit.signs_in(&opened);
            let home = visit.room.home();
            Ok(visit.lead_to(home))
        }
        Err(PasswordError::Refused { attempts_left, resets_in }) => {
            let news = refused(&visit, attempts_left, resets_in);
            Ok(visit.tell(&Flash::new(Place::SignIn, news).keeping(&email)))
        }
        Err(PasswordError::Locked { until, .. }) => {
            Ok(visit.tell(&Flash::new(Place::SignIn, News::Locked(until)).keeping(&email)))
        }
        Err(PasswordError::TurnedOff | PasswordError::NoSession) => Ok(visit.lead_to(LOGIN)),
        Err(PasswordError::Fault(fault)) => {
            visit.say_next(&Flash::new(Place::SignIn, News::Unavailable).keeping(&email));
            Err(fault.into())
        }
    }
}
