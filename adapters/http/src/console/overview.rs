//! The first page of the console: who is signed in, and what they should do about it.

use super::words::ConsoleWords;
use super::{CODES, HOME, SET_UP, Said};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page, standing},
        dashboard::called,
        message::{Message, Place},
        times::TimeView,
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_domain::{Duty, Role};
use poem::Response;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    advice: Vec<Advice>,
    person: String,
    role: &'static str,
    since: TimeView,
    authenticator: Option<TimeView>,
    codes_left: u32,
}

impl Page for OverviewPage {
    const ROOM: usize = 16 * 1024;
}

/// What should be done, and where.
struct Advice {
    text: &'static str,
    to: &'static str,
    link: &'static str,
}

pub(super) async fn lead_on(visit: Visit) -> Result<Response, Problem> {
    Ok(visit.lead_to(HOME))
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Top);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let view = visit.service().use_cases.console.show_account.run(&visit.subject()?).await?;
    let Said { w, say, cw } = Said::of(&visit);
    let session = visit.signed_in()?;
    let since = session.authenticator_since;
    let mut advice = Vec::new();
    match since {
        None => advice.push(Advice { text: cw.advice_set_up, to: SET_UP, link: cw.advice_set_up_link }),
        Some(_) if view.duties.contains(Duty::EnrolAuthenticator) => {
            advice.push(Advice { text: cw.advice_lost, to: SET_UP, link: cw.advice_lost_link });
        }
        Some(_) if view.remaining == 0 => {
            advice.push(Advice { text: cw.advice_codes, to: CODES, link: cw.advice_codes_link });
        }
        Some(_) => {}
    }
    let teller = visit.teller();
    let account = visit.account()?;
    let (status, wait) = standing(message.as_ref(), false);
    let page = OverviewPage {
        message,
        advice,
        person: called(account),
        role: match account.role {
            Role::Admin => cw.role_admin,
            Role::Auditor => cw.role_auditor,
            Role::User => cw.role_user,
        },
        since: teller.tell(session.resumed.session.created_at),
        authenticator: since.map(|at| teller.tell(at)),
        codes_left: view.remaining,
        f: visit.frame(HOME).await?,
        w,
        say,
        cw,
    };
    Ok(visit.page(status, wait, &page))
}
