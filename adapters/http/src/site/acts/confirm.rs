//! Asking who it is once more, in the place of the act that needs it: the form goes to the act with all that was said, and
//! with the right password the act goes on.

use crate::site::{
    Room,
    answer::{Frame, Page, standing},
    flash::{Flash, News, decoded},
    form::Form,
    login::refused,
    message::{Message, Place, Tone},
    visit::Visit,
    words::{Phrases, Words},
};
use crate::{console, problems::Problem};
use askama::Template;
use backstop_application::use_cases::{PasswordError, Proof};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use poem::{Response, http::StatusCode};
use std::sync::Arc;

/// An act that wants a sign-in of a short while ago.
#[derive(Clone, Copy)]
pub(crate) enum Delicate {
    Generate,
    Email,
    DeleteAll,
    /// Codes of somebody who enters the console.
    OwnCodes,
    /// Another authenticator in the place of the one they have.
    Authenticator,
}

impl Delicate {
    const ALL: [Self; 5] = [Self::Generate, Self::Email, Self::DeleteAll, Self::OwnCodes, Self::Authenticator];

    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Email => "email",
            Self::DeleteAll => "delete-all",
            Self::OwnCodes => "own-codes",
            Self::Authenticator => "authenticator",
        }
    }

    const fn room(self) -> Room {
        match self {
            Self::Generate | Self::Email | Self::DeleteAll => Room::Users,
            Self::OwnCodes | Self::Authenticator => Room::Console,
        }
    }

    /// Where it is asked for.
    fn page(self, said: &[(&'static str, String)]) -> String {
        let place = match self.room() {
            Room::Users => crate::site::CONFIRM,
            Room::Console => console::CONFIRM,
        };
        let mut address = format!("{place}?act={}", self.name());
        for (name, value) in said {
            address.extend(["&", name, "="].into_iter().chain(utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        address
    }
}

/// What an act needs to hear again. None of it is a code or a password.
const SAID: [&str; 7] = ["after", "batch", "count", "ends", "days", "sure", "format"];

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    message: Option<Message>,
    why: &'static str,
    button: &'static str,
    action: &'static str,
    fields: Vec<(&'static str, String)>,
    email: Option<String>,
    possible: bool,
}

impl Page for ConfirmPage {
    const ROOM: usize = 8 * 1024;
}

/// Goes on, or is answered.
pub(crate) enum Proven {
    Yes(Box<Visit>),
    No(Response),
}

pub(crate) async fn proven(mut visit: Visit, form: &Form, act: Delicate) -> Result<Proven, Problem> {
    let signed_in = visit.signed_in()?;
    if signed_in.resumed.fresh {
        return Ok(Proven::Yes(Box::new(visit)));
    }
    let (account, token) = (signed_in.resumed.account.clone(), signed_in.token.clone());
    let w = visit.words();
    if !visit.service().use_cases.has_password.run(account.id, visit.room.kind()).await? {
        let message = Some(Message::told(Tone::Warn, w.confirm_impossible));
        return ask(visit, Vec::new(), act, message, false).await.map(Proven::No);
    }
    let said = said(|name| form.secret(name).map(|text| text.reveal().to_owned()));
    let Some(password) = form.secret("password") else {
        return Ok(Proven::No(visit.lead_to(&act.page(&said))));
    };
    if password.reveal().is_empty() {
        let message = Some(Message::warn(w.password_needed));
        return ask(visit, said, act, message, true).await.map(Proven::No);
    }
    let proof =
        Proof { session_token: token, kind: visit.room.kind(), password: password.clone(), caller: visit.caller() };
    let acting = Arc::clone(&visit.service().use_cases);
    let proved = visit.service().acts.run(async move { acting.prove_again.run(&proof).await }).await?;
    let news = match proved {
        Ok(opened) => {
            visit.goes_on_as(opened, account, true);
            return Ok(Proven::Yes(Box::new(visit)));
        }
        Err(PasswordError::Refused { attempts_left, resets_in }) => refused(&visit, attempts_left, resets_in),
        Err(PasswordError::Locked { until, .. }) => News::Locked(until),
        Err(PasswordError::TurnedOff) => {
            let message = Some(Message::told(Tone::Warn, w.confirm_impossible));
            return ask(visit, Vec::new(), act, message, false).await.map(Proven::No);
        }
        Err(PasswordError::NoSession) => return Ok(Proven::No(visit.over_amid(form))),
        Err(PasswordError::Fault(fault)) => return Err(fault.into()),
    };
    // What was counted is not sent again when the page is loaded again.
    visit.say_next(&Flash::new(Place::Confirm, news));
    Ok(Proven::No(visit.lead_to(&act.page(&said))))
}

/// The page that asks, with what the act needs to hear again in its address.
pub(crate) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    if visit.session.is_none() {
        return Ok(visit.over());
    }
    let query = visit.query.clone();
    let stated = |name: &str| {
        let of_it = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(stated, _)| *stated == name);
        of_it.and_then(|(_, value)| decoded(value))
    };
    let named = stated("act").unwrap_or_default();
    let known = Delicate::ALL.into_iter().find(|act| act.name() == named && act.room() == visit.room);
    let Some(act) = known else {
        let home = visit.room.home();
        return Ok(visit.lead_to(home));
    };
    let flash = visit.take_flash(|flash| flash.place == Place::Confirm);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let can = visit.has_password().await?;
    let said = said(stated);
    if can {
        return ask(visit, said, act, message, true).await;
    }
    let message = Some(Message::told(Tone::Warn, visit.words().confirm_impossible));
    ask(visit, said, act, message, false).await
}

fn said(stated: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    SAID.iter().filter_map(|name| Some((*name, stated(name)?))).collect()
}

async fn ask(
    mut visit: Visit,
    mut fields: Vec<(&'static str, String)>,
    act: Delicate,
    message: Option<Message>,
    possible: bool,
) -> Result<Response, Problem> {
    let w = visit.words();
    let at = &crate::site::AT;
    let (why, button, action) = match act {
        Delicate::Generate => (w.confirm_generate, w.confirm_generate_button, at.generate),
        Delicate::Email => (w.confirm_email, w.confirm_email_button, at.email),
        Delicate::DeleteAll => (w.confirm_delete, w.confirm_delete_button, at.delete_all),
        Delicate::OwnCodes => (w.confirm_generate, w.confirm_generate_button, console::OWN_CODES),
        Delicate::Authenticator => (w.confirm_authenticator, w.confirm_authenticator_button, console::SET_UP),
    };
    let mut f = visit.frame("").await?;
    f.again = Some(act.page(&fields).into());
    if matches!(act, Delicate::Generate) {
        // So that what is asked for is not lost with the session. It is no part of the address.
        fields.extend(visit.order_mark().map(|whose| ("whose", whose)));
    }
    let (status, wait) = match &message {
        _ if !possible => (StatusCode::FORBIDDEN, None),
        _ => standing(message.as_ref(), message.is_some()),
    };
    let page = ConfirmPage {
        f,
        w,
        say: visit.phrases(),
        message,
        why,
        button,
        action,
        fields,
        email: visit.account()?.email.as_ref().map(|email| email.as_str().to_owned()),
        possible,
    };
    Ok(visit.page(status, wait, &page))
}
