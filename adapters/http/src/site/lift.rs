//! The page that a mailed link leads to: whoever was suspended for failures lifts that here. Looking changes nothing, as
//! mail programs open links by themselves, and nobody is signed in by it.

use super::{
    HOME, LOGIN,
    answer::{Frame, Page},
    flash::{Flash, News},
    form::Form,
    gate::ToldPage,
    message::{Message, Place, Tone},
    visit::Visit,
    words::{Phrases, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::LiftLink;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "lift.html")]
struct LiftPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
}

impl Page for LiftPage {
    const ROOM: usize = 8 * 1024;
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let good = match &visit.link {
        Some(token) => visit.service().use_cases.lift_by_link.look(token).await? == LiftLink::Good,
        None => false,
    };
    if !good {
        return over(visit).await;
    }
    let page = LiftPage { f: visit.frame("").await?, w: visit.words(), say: visit.phrases() };
    Ok(visit.page(StatusCode::OK, None, &page))
}

pub(super) async fn run(visit: Visit, _form: Form) -> Result<Response, Problem> {
    let Some(token) = visit.link.clone() else { return over(visit).await };
    let (acting, caller) = (Arc::clone(&visit.service().use_cases), visit.caller());
    let lifted = visit.service().acts.run(async move { acting.lift_by_link.run(&token, &caller).await }).await??;
    match lifted {
        LiftLink::Good => {
            let place = if visit.session.is_some() { Place::Top } else { Place::Login };
            Ok(visit.tell(&Flash::new(place, News::Lifted)))
        }
        LiftLink::Over => over(visit).await,
    }
}

async fn over(mut visit: Visit) -> Result<Response, Problem> {
    let to = if visit.session.is_some() { HOME } else { LOGIN };
    let w = visit.words();
    let page = ToldPage {
        f: visit.frame("").await?,
        w,
        say: visit.phrases(),
        heading: w.link_over,
        m: Message::told(Tone::Warn, w.lift_over),
        request: None,
        to,
        link: w.to_start,
    };
    Ok(visit.page(StatusCode::GONE, None, &page))
}
