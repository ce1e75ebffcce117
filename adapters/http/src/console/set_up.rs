//! Setting the authenticator up, for the first time or anew.

use super::{SECOND_STEP, SET_UP, Said, qr::Picture, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        acts::confirm::{Delicate, Proven, proven},
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
use backstop_application::{
    ports::SetUpText,
    use_cases::{Confirmation, SecondStepError},
};
use backstop_domain::SecretText;
use poem::Response;
use std::sync::Arc;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "console/set_up.html")]
struct SetUpPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    wrong: bool,
    /// One is there, which goes when this one is confirmed.
    replaces: bool,
    picture: Option<Picture>,
    address: SecretText,
    secret: SecretText,
}

impl Page for SetUpPage {
    const ROOM: usize = 64 * 1024;
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::SetUp);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    draw(visit, message, false).await
}

async fn draw(mut visit: Visit, message: Option<Message>, wrong: bool) -> Result<Response, Problem> {
    let token = visit.signed_in()?.token.clone();
    let acting = Arc::clone(&visit.service().use_cases);
    let shown = visit.service().acts.run(async move { acting.console.set_up_second_step.run(&token).await }).await?;
    let SetUpText { address, secret } = match shown {
        Ok(text) => text,
        Err(SecondStepError::NotFresh) => return prove(visit, &Form::empty()).await,
        Err(SecondStepError::PassFirst) => return Ok(visit.lead_to(SECOND_STEP)),
        Err(SecondStepError::Fault(fault)) => return Err(fault.into()),
        Err(_) => return Ok(visit.over()),
    };
    let Said { w, say, cw } = Said::of(&visit);
    let mut f = visit.frame(SET_UP).await?;
    f.again = wrong.then(|| SET_UP.into());
    let (status, wait) = standing(message.as_ref(), wrong);
    let page = SetUpPage {
        f,
        w,
        say,
        cw,
        message,
        wrong,
        replaces: visit.signed_in()?.authenticator_since.is_some(),
        picture: Picture::of(&address),
        address,
        secret: grouped(&secret),
    };
    Ok(visit.page(status, wait, &page))
}

/// In groups of four, as it is easier to type.
fn grouped(secret: &SecretText) -> SecretText {
    let text = secret.reveal();
    let mut spaced = Zeroizing::new(String::with_capacity(text.len() * 2));
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            spaced.push(' ');
        }
        spaced.push(character);
    }
    SecretText::new(core::mem::take(&mut *spaced))
}

/// Asks for the password again, and then shows what is to be set up.
async fn prove(visit: Visit, form: &Form) -> Result<Response, Problem> {
    match proven(visit, form, Delicate::Authenticator).await? {
        Proven::Yes(visit) => Ok(visit.lead_to(SET_UP)),
        Proven::No(answer) => Ok(answer),
    }
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    if form.secret("code").is_none() {
        return prove(visit, &form).await;
    }
    let confirmation = Confirmation {
        session_token: visit.signed_in()?.token.clone(),
        typed: form.typed("code"),
        caller: visit.caller(),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let confirming = async move { acting.console.confirm_second_step.run(&confirmation).await };
    let confirmed = visit.service().acts.run(confirming).await?;
    let news = match confirmed {
        Ok(opened) => {
            let account = visit.account()?.clone();
            visit.goes_on_as(opened, account, true);
            return Ok(visit.tell(&Flash::new(Place::Top, News::SecondStepSetUp)));
        }
        Err(SecondStepError::Typo(typo)) => {
            let message = Some(Message::warn(super::words(visit.language).typo(typo)));
            return draw(visit, message, true).await;
        }
        Err(SecondStepError::Refused { attempts_left, resets_in }) => refused(&visit, attempts_left, resets_in),
        Err(SecondStepError::Locked { until, .. }) => News::Locked(until),
        // Another page has begun anew since; what it proposed is shown.
        Err(SecondStepError::NotSetUp | SecondStepError::NotFresh) => return Ok(visit.lead_to(SET_UP)),
        Err(SecondStepError::PassFirst) => return Ok(visit.lead_to(SECOND_STEP)),
        Err(SecondStepError::NoSession | SecondStepError::CodeTypo(_)) => return Ok(visit.over()),
        Err(SecondStepError::Fault(fault)) => return Err(fault.into()),
    };
    Ok(visit.tell(&Flash::new(Place::SetUp, news)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_in_groups() {
        let grouped = |text: &str| grouped(&SecretText::new(text.to_owned())).reveal().to_owned();
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!((grouped("ABCD"), grouped("")), ("ABCD".to_owned(), String::new()));
    }
}
