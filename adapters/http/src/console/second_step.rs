//! Passing the second step, with a code of the authenticator or with a recovery code: to get in, or once more for what is
//! done a short while after it only.

use super::{HOME, SECOND_STEP, SET_UP, Said, prove, words::ConsoleWords};
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
    title: &'static str,
    what: &'static str,
    action: &'static str,
    to: Option<String>,
    totp_wrong: bool,
    field: CodeField,
    by_code: bool,
}

/// What it is passed for.
pub(super) enum Purpose {
    GettingIn,
    /// To go on there.
    GoingOn(String),
}

impl Purpose {
    fn of(form: &Form) -> Result<Self, Problem> {
        form.secret("to").map_or(Ok(Self::GettingIn), |to| prove::known(to.reveal()).map(Self::GoingOn))
    }

    fn address(&self) -> String {
        match self {
            Self::GettingIn => SECOND_STEP.to_owned(),
            Self::GoingOn(to) => prove::address(to),
        }
    }

    const fn place(&self, method: SecondStepMethod) -> Place {
        match (self, method) {
            (Self::GettingIn, SecondStepMethod::Totp) => Place::SecondStep,
            (Self::GettingIn, SecondStepMethod::Code) => Place::SecondStepCode,
            (Self::GoingOn(_), SecondStepMethod::Totp) => Place::Prove,
            (Self::GoingOn(_), SecondStepMethod::Code) => Place::ProveCode,
        }
    }
}

impl Page for SecondStepPage {
    const ROOM: usize = 16 * 1024;
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    show_for(visit, Purpose::GettingIn).await
}

pub(super) async fn show_for(mut visit: Visit, purpose: Purpose) -> Result<Response, Problem> {
    let code = purpose.place(SecondStepMethod::Code);
    let totp = purpose.place(SecondStepMethod::Totp);
    let flash = visit.take_flash(|flash| flash.place == totp || flash.place == code);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let by_code = flash.is_some_and(|flash| flash.place == code);
    let method = if by_code { SecondStepMethod::Code } else { SecondStepMethod::Totp };
    draw(visit, &purpose, method, message, false).await
}

async fn draw(
    mut visit: Visit,
    purpose: &Purpose,
    method: SecondStepMethod,
    message: Option<Message>,
    is_wrong: bool,
) -> Result<Response, Problem> {
    let Said { w, say, cw } = Said::of(&visit);
    let mut f = visit.frame(SECOND_STEP).await?;
    f.again = is_wrong.then(|| purpose.address().into());
    let (status, wait) = standing(message.as_ref(), is_wrong);
    let by_code = method == SecondStepMethod::Code;
    let (title, what, action, to) = match purpose {
        Purpose::GettingIn => (cw.second_step_title, cw.second_step_what, SECOND_STEP, None),
        Purpose::GoingOn(to) => (cw.prove_title, cw.prove_what, prove::PROVE, Some(to.clone())),
    };
    let page = SecondStepPage {
        f,
        w,
        say,
        cw,
        message,
        title,
        what,
        action,
        to,
        totp_wrong: is_wrong && !by_code,
        field: visit.code_field("recovery-code", is_wrong && by_code),
        by_code,
    };
    Ok(visit.page(status, wait, &page))
}

pub(super) async fn run(mut visit: Visit, form: Form) -> Result<Response, Problem> {
    let purpose = Purpose::of(&form)?;
    let by_code = form.text("method") == SecondStepMethod::Code.as_str();
    let method = if by_code { SecondStepMethod::Code } else { SecondStepMethod::Totp };
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
            if by_code {
                visit.say_next(&Flash::new(Place::Top, News::SecondStepByCode));
            }
            return Ok(match purpose {
                Purpose::GettingIn => visit.lead_to(HOME),
                Purpose::GoingOn(to) => visit.lead_to(&to),
            });
        }
        Err(SecondStepError::Typo(typo)) => {
            let message = Some(Message::warn(super::words(visit.language).typo(typo)));
            return draw(visit, &purpose, method, message, true).await;
        }
        Err(SecondStepError::CodeTypo(typo)) => {
            let message = Some(Message::warn(visit.phrases().typo(typo)));
            return draw(visit, &purpose, method, message, true).await;
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
    visit.say_next(&Flash::new(purpose.place(method), news));
    Ok(visit.lead_to(&purpose.address()))
}
