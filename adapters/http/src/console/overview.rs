//! The first page of the console: how the service stands, and what should be done about it.

use super::{
    HOME, Said,
    words::ConsoleWords,
    you::{self, Advice},
};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page, standing},
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
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
}

impl Page for OverviewPage {}

pub(super) async fn lead_on(visit: Visit) -> Result<Response, Problem> {
    Ok(visit.lead_to(HOME))
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Top);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let (advice, _) = you::advice(&visit).await?;
    let Said { w, say, cw } = Said::of(&visit);
    let (status, wait) = standing(message.as_ref(), false);
    let f = visit.frame(HOME).await?;
    Ok(visit.page(status, wait, &OverviewPage { f, w, say, cw, message, advice }))
}
