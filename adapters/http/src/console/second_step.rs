//! Passing the second step: with a code of the authenticator, or with a recovery code.

use super::{HOME, SECOND_STEP, SET_UP, Said, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page, standing},
        fields::CodeField,
        flash::{Flash, News},
        form::Form,
        login::refused,
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::use_cases::{SecondStepError, SecondStepProof};
use backstop_domain::SecondStepMethod;
use poem::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "console/second_step.html")]
struct SecondStepPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    totp_wrong: bool,
    field: CodeField,
    by_code: bool,
}

impl Page for SecondStepPage {
    const ROOM: usize = 16 * 1024;
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| matches!(flash.place, Place::SecondStep | Place::SecondStepCode));
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let by_code = flash.is_some_and(|flash| flash.place == Place::SecondStepCode);
    let method = if by_code { SecondStepMethod::Code } else { SecondStepMethod::Totp };
    draw(visit, method, message, false).await
}

async fn draw(
    mut visit: Visit,
    method: SecondStepMethod,
    message: Option<Message>,
    is_wrong: bool,
) -> Result<Response, Problem> {
    let Said { w, say, cw } = Said::of(&visit);
    let mut f = visit.frame(SECOND_STEP).await?;
    f.again = is_wrong.then(|| SECOND_STEP.into());
    let (status, wait) = standing(message.as_ref(), is_wrong);
    let by_code = method == SecondStepMethod::Code;
    let page = SecondStepPage {
        f,
        w,
        say,
        cw,
        message,
        totp_wrong: is_wrong && !by_code,
        field: visit.code_field("recovery-code", is_wrong && by_code),
        by_code,
    };
    Ok(visit.page(status, wait, &page))
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let by_code = form.text("method") == SecondStepMethod::Code.as_str();
    let (method, place) = if by_code {
        (SecondStepMethod::Code, Place::SecondStepCode)
    } else {
        (SecondStepMethod::Totp, Place::SecondStep)
    };
    let proof = SecondStepProof {
        session_token: visit.signed_in()?.token.clone(),
        method,
        typed: form.typed("code"),
        caller: visit.caller(),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let passed = visit.service().acts.run(async move { acting.console.pass_second_step.run(&proof).await }).await?;
    let news = match passed {
        Ok(opened) => {
            let account = visit.account()?.clone();
            visit.goes_on_as(opened, account, true);
            return Ok(if by_code {
                visit.tell(&Flash::new(Place::Top, News::SecondStepByCode))
            } else {
                visit.lead_to(HOME)
            });
        }
        Err(SecondStepError::Typo(typo)) => {
            let message = Some(Message::warn(super::words(visit.language).typo(typo)));
            return draw(visit, method, message, true).await;
        }
        Err(SecondStepError::CodeTypo(typo)) => {
            let message = Some(Message::warn(visit.phrases().typo(typo)));
            return draw(visit, method, message, true).await;
        }
        Err(SecondStepError::Refused { attempts_left, resets_in }) => refused(&visit, attempts_left, resets_in),
        Err(SecondStepError::Locked { until, .. }) => News::Locked(until),
        Err(SecondStepError::NoSession) => return Ok(visit.over()),
        // It was removed since the page was drawn.
        Err(SecondStepError::NotSetUp | SecondStepError::PassFirst | SecondStepError::NotFresh) => {
            return Ok(visit.lead_to(SET_UP));
        }
        Err(SecondStepError::Fault(fault)) => return Err(fault.into()),
    };
    Ok(visit.tell(&Flash::new(place, news)))
}
