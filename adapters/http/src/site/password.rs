//! Changing one's password.

use super::{
    answer::{Frame, Page, standing},
    flash::{Flash, News},
    form::Form,
    login::refused,
    message::{Message, Place},
    visit::Visit,
    words::{Phrases, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::{ChangePasswordError, PasswordChange, PasswordError};
use backstop_domain::{BadPassword, Password};
use poem::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    message: Option<Message>,
    email: Option<String>,
    old_wrong: bool,
    new_wrong: bool,
    hint: String,
}

impl Page for PasswordPage {
    const ROOM: usize = 16 * 1024;
}

#[derive(Default)]
struct Drawn {
    message: Option<Message>,
    old_wrong: bool,
    new_wrong: bool,
}

pub(crate) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    if visit.session.is_none() {
        let was_signed_in = visit.was_signed_in;
        return Ok(if was_signed_in { visit.over() } else { lead_home(visit) });
    }
    if visit.is_confined() {
        return Ok(super::acts::only_new_codes(visit));
    }
    if !visit.has_password().await? {
        return Ok(lead_home(visit));
    }
    let flash = visit.take_flash(|flash| flash.place == Place::Password);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    draw(visit, Drawn { message, ..Drawn::default() }).await
}

async fn draw(mut visit: Visit, drawn: Drawn) -> Result<Response, Problem> {
    let mut f = visit.frame(visit.room.password()).await?;
    let is_wrong = drawn.old_wrong || drawn.new_wrong;
    f.again = is_wrong.then(|| visit.room.password().into());
    let (status, wait) = standing(drawn.message.as_ref(), is_wrong);
    let page = PasswordPage {
        f,
        w: visit.words(),
        say: visit.phrases(),
        message: drawn.message,
        email: visit.account()?.email.as_ref().map(|email| email.as_str().to_owned()),
        old_wrong: drawn.old_wrong,
        new_wrong: drawn.new_wrong,
        hint: visit.phrases().new_password_hint(Password::LEAST_CHARACTERS),
    };
    Ok(visit.page(status, wait, &page))
}

pub(crate) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let w = visit.words();
    if form.text("password").is_empty() {
        let message = Some(Message::warn(w.present_password_needed));
        return draw(visit, Drawn { message, old_wrong: true, new_wrong: false }).await;
    }
    let change = PasswordChange {
        session_token: visit.signed_in()?.token.clone(),
        kind: visit.room.kind(),
        old: form.typed("password"),
        new: form.typed("new_password"),
        caller: visit.caller(),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let changed = visit.service().acts.run(async move { acting.change_password.run(&change).await }).await?;
    let news = match changed {
        Ok(opened) => {
            let account = visit.account()?.clone();
            visit.goes_on_as(opened, account, true);
            return Ok(visit.tell(&Flash::new(Place::Top, News::PasswordChanged)));
        }
        Err(ChangePasswordError::Bad(why)) => {
            let message = Some(Message::warn(unfit(&visit, why)));
            return draw(visit, Drawn { message, old_wrong: false, new_wrong: true }).await;
        }
        Err(ChangePasswordError::Confined) => return Ok(super::acts::only_new_codes(visit)),
        Err(ChangePasswordError::Old(PasswordError::Refused { attempts_left, resets_in })) => {
            refused(&visit, attempts_left, resets_in)
        }
        Err(ChangePasswordError::Old(PasswordError::Locked { until, .. })) => News::Locked(until),
        Err(ChangePasswordError::Old(PasswordError::TurnedOff)) => return Ok(lead_home(visit)),
        Err(ChangePasswordError::Old(PasswordError::NoSession)) => return Ok(visit.over()),
        Err(ChangePasswordError::Old(PasswordError::Fault(fault))) => return Err(fault.into()),
    };
    Ok(visit.tell(&Flash::new(Place::Password, news)))
}

fn lead_home(visit: Visit) -> Response {
    let home = visit.room.home();
    visit.lead_to(home)
}

/// What is wrong with a new password, in words.
pub(super) fn unfit(visit: &Visit, why: BadPassword) -> String {
    let w = visit.words();
    match why {
        BadPassword::TooShort { least } => return visit.phrases().password_short(least),
        BadPassword::TooLong => w.password_long,
        BadPassword::TooCommon => w.password_common,
        BadPassword::ContainsEmail | BadPassword::ContainsName | BadPassword::ContainsSite => w.password_personal,
        BadPassword::Unchanged => w.password_unchanged,
    }
    .to_owned()
}
