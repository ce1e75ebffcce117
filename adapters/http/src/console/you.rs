//! Who is signed in, and what they have to get in with.

use super::{OWN_CODES, OWN_SESSIONS, PASSWORD, SET_UP, Said, YOU, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page},
        dashboard::called,
        times::TimeView,
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_domain::{Duty, Role};
use poem::{Response, http::StatusCode};

#[derive(Template)]
#[template(path = "console/you.html")]
struct YouPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    advice: Vec<Advice>,
    person: String,
    role: &'static str,
    since: TimeView,
    authenticator: Option<TimeView>,
    codes_left: u32,
    links: Vec<(&'static str, &'static str)>,
}

impl Page for YouPage {
    const ROOM: usize = 16 * 1024;
}

/// What somebody should do for themselves, and where.
pub(super) struct Advice {
    pub(super) text: &'static str,
    pub(super) to: &'static str,
    pub(super) link: &'static str,
}

/// What there is to advise whoever is signed in, and how many codes they have.
pub(super) async fn advice(visit: &Visit) -> Result<(Vec<Advice>, u32), Problem> {
    let view = visit.service().use_cases.console.show_account.run(&visit.subject()?).await?;
    let cw = Said::of(visit).cw;
    let mut advice = Vec::new();
    match visit.signed_in()?.authenticator_since {
        None => advice.push(Advice { text: cw.advice_set_up, to: SET_UP, link: cw.advice_set_up_link }),
        Some(_) if view.duties.contains(Duty::EnrolAuthenticator) => {
            advice.push(Advice { text: cw.advice_lost, to: SET_UP, link: cw.advice_lost_link });
        }
        Some(_) if view.remaining == 0 => {
            advice.push(Advice { text: cw.advice_codes, to: OWN_CODES, link: cw.advice_codes_link });
        }
        Some(_) => {}
    }
    Ok((advice, view.remaining))
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let (advice, codes_left) = advice(&visit).await?;
    let Said { w, say, cw } = Said::of(&visit);
    let session = visit.signed_in()?;
    let teller = visit.teller();
    let account = visit.account()?;
    let page = YouPage {
        advice,
        person: called(account),
        role: match account.role {
            Role::Admin => cw.role_admin,
            Role::Auditor => cw.role_auditor,
            Role::User => cw.role_user,
        },
        since: teller.tell(session.resumed.session.created_at),
        authenticator: session.authenticator_since.map(|at| teller.tell(at)),
        codes_left,
        links: vec![
            (SET_UP, cw.set_up_link),
            (OWN_CODES, cw.codes_link),
            (OWN_SESSIONS, cw.sessions_link),
            (PASSWORD, w.password_link),
        ],
        f: visit.frame(YOU).await?,
        w,
        say,
        cw,
    };
    Ok(visit.page(StatusCode::OK, None, &page))
}
