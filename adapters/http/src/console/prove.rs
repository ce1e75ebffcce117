//! Who somebody is, once more, before what opens doors to others: by the second step, or by the password of those who have
//! none. From there they go on to what they wanted, which asks for nothing that they typed before.

use super::{CLIENTS, Said, second_step, second_step::Purpose, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page, standing},
        flash::{Flash, News},
        form::Form,
        login::refused,
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::use_cases::{PasswordError, Proof};
use poem::Response;
use std::sync::Arc;

pub(super) const PROVE: &str = "/admin/prove";

#[derive(Template)]
#[template(path = "console/prove.html")]
struct ProvePage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    to: String,
    email: Option<String>,
}

impl Page for ProvePage {
    const ROOM: usize = 8 * 1024;
}

/// To the proof, and from there to this page of ours.
pub(super) fn first(visit: Visit, to: &str) -> Response {
    visit.lead_to(&address(to))
}

pub(super) fn address(to: &str) -> String {
    super::list::address(PROVE, [("to", to)])
}

/// A page that takes a proof; from here nobody is led anywhere else.
pub(super) fn known(to: &str) -> Result<String, Problem> {
    let rest = to.strip_prefix(CLIENTS).ok_or_else(super::detail::missing)?;
    let is_plain = rest.is_empty() || rest.starts_with('/');
    let is_plain = is_plain && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/".contains(&byte));
    if is_plain { Ok(to.to_owned()) } else { Err(super::detail::missing()) }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let stated = super::list::stated(&visit);
    let to = known(stated.iter().find(|(name, _)| name == "to").map_or("", |(_, to)| to))?;
    let signed_in = visit.signed_in()?;
    if signed_in.has_proved {
        return Ok(visit.lead_to(&to));
    }
    if signed_in.authenticator_since.is_some() {
        return second_step::show_for(visit, Purpose::GoingOn(to)).await;
    }
    draw(visit, to, None).await
}

/// For those who have no authenticator.
async fn draw(mut visit: Visit, to: String, message: Option<Message>) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Confirm);
    let is_wrong = message.is_some();
    let message = message.or_else(|| flash.as_ref().map(|flash| visit.message(flash)));
    let Said { w, say, cw } = Said::of(&visit);
    let email = visit.account()?.email.as_ref().map(|email| email.as_str().to_owned());
    let mut f = visit.frame("").await?;
    f.again = Some(address(&to).into());
    let (status, wait) = standing(message.as_ref(), is_wrong);
    Ok(visit.page(status, wait, &ProvePage { f, w, say, cw, message, to, email }))
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let signed_in = visit.signed_in()?;
    if signed_in.authenticator_since.is_some() {
        return second_step::run(visit, form).await;
    }
    let (account, session_token) = (signed_in.resumed.account.clone(), signed_in.token.clone());
    let to = known(form.text("to"))?;
    let password = form.typed("password");
    if password.reveal().is_empty() {
        let message = Message::warn(visit.words().password_needed);
        return draw(visit, to, Some(message)).await;
    }
    let proof = Proof { session_token, kind: visit.room.kind(), password, caller: visit.caller() };
    let acting = Arc::clone(&visit.service().use_cases);
    let news = match visit.service().acts.run(async move { acting.prove_again.run(&proof).await }).await? {
        Ok(opened) => {
            visit.goes_on_as(opened, account, true);
            return Ok(visit.lead_to(&to));
        }
        Err(PasswordError::Refused { attempts_left, resets_in }) => refused(&visit, attempts_left, resets_in),
        Err(PasswordError::Locked { until, .. }) => News::Locked(until),
        Err(PasswordError::NoSession | PasswordError::TurnedOff) => return Ok(visit.over()),
        Err(PasswordError::Fault(fault)) => return Err(fault.into()),
    };
    visit.say_next(&Flash::new(Place::Confirm, news));
    Ok(visit.lead_to(&address(&to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert!(known("/admin/clients/new").is_ok() && known("/admin/clients").is_ok());
        for elsewhere in [
            "",
            "/",
            "//evil.example",
            "/admin/clients//evil.example:8",
            "/admin/clientsx",
            "https://evil.example",
            "/admin/clients/../x",
            "/admin",
        ] {
            assert!(known(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
