//! Where one is signed in, and ending that.

use super::{OWN_SESSIONS, Said, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page},
        flash::{Flash, News},
        form::Form,
        message::{Message, Place},
        times::TimeView,
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::ports::WhichSessions;
use backstop_domain::{Actor, Session, SessionId, SessionKind};
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "console/sessions.html")]
struct SessionsPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    sessions: Vec<SessionView>,
}

impl Page for SessionsPage {}

struct SessionView {
    id: String,
    kind: &'static str,
    began: TimeView,
    used: TimeView,
    from: Option<String>,
    browser: Option<String>,
    is_this: bool,
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Sessions);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let resumed = &visit.signed_in()?.resumed;
    let this = resumed.session.id;
    let all = visit.service().use_cases.list_sessions.run(resumed.account.id).await?;
    let Said { w, say, cw } = Said::of(&visit);
    let teller = visit.teller();
    let view = |session: Session| SessionView {
        id: session.id.to_string(),
        kind: match session.kind {
            SessionKind::User => cw.session_of_pages,
            SessionKind::Console => cw.session_of_console,
        },
        began: teller.tell(session.created_at),
        used: teller.tell(session.seen_at),
        from: session.ip.map(|ip| ip.to_string()),
        browser: session.user_agent.filter(|text| !text.is_empty()),
        is_this: session.id == this,
    };
    let sessions = all.into_iter().map(view).collect();
    let f = visit.frame(OWN_SESSIONS).await?;
    Ok(visit.page(StatusCode::OK, None, &SessionsPage { f, w, say, cw, message, sessions }))
}

pub(super) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let resumed = &visit.signed_in()?.resumed;
    let (account, this) = (resumed.account.id, resumed.session.id);
    let which = match form.text("which") {
        "others" => WhichSessions::AllBut(this),
        // This one ends by signing out.
        id => match id.parse::<SessionId>().ok().filter(|id| *id != this) {
            Some(id) => WhichSessions::One(id),
            None => return Ok(visit.tell(&Flash::new(Place::Sessions, News::SessionGone))),
        },
    };
    let origin = visit.caller().origin();
    let acting = Arc::clone(&visit.service().use_cases);
    let ending = async move { acting.end_sessions_of_account.run(account, which, &Actor::Owner, &origin).await };
    let ended = visit.service().acts.run(ending).await??;
    let news = match (which, ended) {
        (WhichSessions::One(_), 0) => News::SessionGone,
        (WhichSessions::One(_), _) => News::SessionEnded,
        _ => News::SessionsEnded,
    };
    Ok(visit.tell(&Flash::new(Place::Sessions, news)))
}
