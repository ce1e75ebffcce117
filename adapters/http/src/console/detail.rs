//! A page about one thing: what is known of it, what belongs to it, and what can be done with it.

use super::{
    Said,
    view::{Act, Cell, Fact, Facts, Input, Table},
    words::ConsoleWords,
};
use crate::{
    problems::{Kind, Problem},
    site::{
        answer::{Frame, Page, UNFIT, standing},
        flash::Flash,
        form::Form,
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use poem::{Response, http::StatusCode};
use uuid::Uuid;

/// What such a page is made of.
pub(super) struct Detail {
    /// The list that it belongs to, for the menu and the way back.
    pub(super) list: &'static str,
    pub(super) back: &'static str,
    pub(super) title: &'static str,
    /// What tells this one from others.
    pub(super) name: String,
    /// What should be known before the rest is read.
    pub(super) warning: Option<String>,
    pub(super) facts: Facts,
    pub(super) links: Vec<(String, &'static str)>,
    pub(super) tables: Vec<Table>,
    /// The form that the page is for.
    pub(super) main: Option<Act>,
    pub(super) acts: Vec<Act>,
    /// What comes of the form that the page is for, as it is now.
    pub(super) preview: Option<Preview>,
}

pub(super) struct Preview {
    pub(super) title: &'static str,
    pub(super) lines: Vec<Cell>,
    pub(super) empty: &'static str,
    pub(super) button: &'static str,
}

impl Detail {
    pub(super) fn new(list: &'static str, back: &'static str, title: &'static str, name: impl Into<String>) -> Self {
        Self {
            list,
            back,
            title,
            name: name.into(),
            warning: None,
            facts: Facts::default(),
            links: Vec::new(),
            tables: Vec::new(),
            main: None,
            acts: Vec::new(),
            preview: None,
        }
    }
}

#[derive(Template)]
#[template(path = "console/detail.html")]
struct DetailPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    d: Detail,
    facts: Vec<Fact>,
}

impl Page for DetailPage {}

/// What a form was sent with that could not be taken.
pub(super) struct Again<'a> {
    /// Of which act.
    pub(super) act: &'a str,
    pub(super) form: &'a Form,
    pub(super) message: Message,
    /// The fields that are wrong.
    pub(super) wrong: &'a [&'a str],
}

impl<'a> Again<'a> {
    pub(super) const fn new(act: &'a str, form: &'a Form, message: Message, wrong: &'a [&'a str]) -> Self {
        Self { act, form, message, wrong }
    }
}

/// The page as it stands, with what is to be said from before.
pub(super) async fn show(mut visit: Visit, detail: Detail) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Top);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let (status, wait) = standing(message.as_ref(), false);
    answer(visit, detail, message, status, wait).await
}

/// The page with what was typed, and with what was wrong about it.
pub(super) async fn show_again(visit: Visit, mut detail: Detail, again: Again<'_>) -> Result<Response, Problem> {
    for act in detail.main.iter_mut().chain(&mut detail.acts).filter(|act| act.name == again.act) {
        act.typed_again(again.form, again.wrong);
    }
    answer(visit, detail, Some(again.message), UNFIT.unwrap_or(StatusCode::BAD_REQUEST), None).await
}

/// The page with what was typed, of which nothing is wrong.
pub(super) async fn show_typed(visit: Visit, mut detail: Detail, form: &Form) -> Result<Response, Problem> {
    if let Some(act) = &mut detail.main {
        act.typed_again(form, &[]);
    }
    answer(visit, detail, None, StatusCode::OK, None).await
}

async fn answer(
    mut visit: Visit,
    mut d: Detail,
    message: Option<Message>,
    status: StatusCode,
    wait: Option<u64>,
) -> Result<Response, Problem> {
    let Said { w, say, cw } = Said::of(&visit);
    if visit.administrator().is_none() {
        // Whoever reads and changes nothing sees no form.
        d.main = None;
        d.acts.clear();
        for table in &mut d.tables {
            table.picking = None;
            for row in &mut table.rows {
                (row.act, row.pick) = (None, None);
            }
        }
    }
    let f = visit.frame(d.list).await?;
    let facts = core::mem::take(&mut d.facts.0);
    Ok(visit.page(status, wait, &DetailPage { f, w, say, cw, message, d, facts }))
}

/// The id in the address; a page without one is none.
pub(super) fn id(visit: &Visit) -> Result<Uuid, Problem> {
    visit.id.ok_or_else(missing)
}

pub(super) fn missing() -> Problem {
    Problem::new(Kind::NotFound, "There is no such page.")
}

/// Says on the next page what was done.
pub(super) fn done(mut visit: Visit, to: &str, flash: &Flash) -> Response {
    visit.say_next(flash);
    visit.lead_to(to)
}
