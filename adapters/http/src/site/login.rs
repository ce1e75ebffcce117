//! Signing in with a code.

use super::{
    HOME, LOGIN,
    answer::{Frame, Page, UNFIT, standing},
    fields::CodeField,
    flash::{Flash, News},
    form::Form,
    gate::Refusal,
    message::{Message, Place},
    visit::Visit,
    words::{Phrases, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::{AttemptError, CodeSignIn};
use backstop_domain::SecretText;
use jiff::SignedDuration;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    message: Option<Message>,
    email: String,
    email_wrong: bool,
    field: CodeField,
    example: String,
}

impl Page for LoginPage {
    const ROOM: usize = 16 * 1024;
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    if visit.session.is_some() {
        return Ok(visit.lead_to(HOME));
    }
    let flash = visit.take_flash(|flash| flash.place == Place::Login);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let email = flash.and_then(|flash| flash.email).unwrap_or_default();
    draw(visit, Drawn { message, email, ..Drawn::default() }).await
}

#[derive(Default)]
struct Drawn {
    message: Option<Message>,
    email: String,
    email_wrong: bool,
    code_wrong: bool,
    /// How a form is answered; `None` where somebody only looks at the page.
    answers: Option<StatusCode>,
}

async fn draw(mut visit: Visit, drawn: Drawn) -> Result<Response, Problem> {
    let mut f = visit.frame(LOGIN).await?;
    f.again = drawn.answers.map(|_| LOGIN.into());
    let looked_at = || standing(drawn.message.as_ref(), false);
    let (status, wait) = drawn.answers.map_or_else(looked_at, |status| (status, None));
    let page = LoginPage {
        f,
        w: visit.words(),
        say: visit.phrases(),
        message: drawn.message,
        email: drawn.email,
        email_wrong: drawn.email_wrong,
        field: visit.code_field("code", drawn.code_wrong),
        example: visit.example(),
    };
    Ok(visit.page(status, wait, &page))
}

/// The form anew, which was not taken as it came. Of what was typed, the address stays.
pub(super) async fn again(visit: Visit, form: &Form, refusal: Refusal) -> Result<Response, Problem> {
    let message = Some(refusal.told_above(visit.words()));
    let email = form.text("email").trim().to_owned();
    draw(visit, Drawn { message, email, answers: Some(StatusCode::FORBIDDEN), ..Drawn::default() }).await
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let email = form.text("email").trim().to_owned();
    if email.is_empty() {
        let message = Some(Message::warn(visit.words().email_needed));
        return draw(visit, Drawn { message, email_wrong: true, answers: UNFIT, ..Drawn::default() }).await;
    }
    let sign_in = CodeSignIn {
        email: email.clone(),
        typed: form.typed("code"),
        caller: visit.caller(),
        previous: previous(&visit),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let signed_in = visit.service().acts.run(async move { acting.sign_in_with_code.run(&sign_in).await }).await?;
    match signed_in {
        Ok(signed_in) => {
            visit.signs_in(&signed_in.opened);
            Ok(visit.lead_to(HOME))
        }
        Err(AttemptError::Typo(typo)) => {
            let message = Some(Message::warn(visit.phrases().typo(typo)));
            draw(visit, Drawn { message, email, code_wrong: true, answers: UNFIT, ..Drawn::default() }).await
        }
        Err(AttemptError::Refused { attempts_left, resets_in }) => {
            let news = refused(&visit, attempts_left, resets_in);
            Ok(visit.tell(&Flash::new(Place::Login, news).keeping(&email)))
        }
        Err(AttemptError::Locked { until, .. }) => {
            Ok(visit.tell(&Flash::new(Place::Login, News::Locked(until)).keeping(&email)))
        }
        Err(AttemptError::Fault(fault)) => {
            visit.say_next(&Flash::new(Place::Login, News::Unavailable).keeping(&email));
            Err(fault.into())
        }
    }
}

/// What a refusal leaves: tries, or a wait.
pub(crate) fn refused(visit: &Visit, attempts_left: u32, resets_in: u64) -> News {
    if attempts_left > 0 {
        return News::Refused(attempts_left);
    }
    let wait = SignedDuration::from_secs(i64::try_from(resets_in).unwrap_or(i64::MAX));
    let now = visit.service().clock.now();
    News::Locked(now.saturating_add(wait).unwrap_or(backstop_domain::Timestamp::MAX))
}

/// The token of a session that a sign-in ends.
pub(super) fn previous(visit: &Visit) -> Option<SecretText> {
    visit.session.as_ref().map(|session| session.token.clone())
}
