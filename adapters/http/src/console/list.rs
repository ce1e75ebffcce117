//! A list as a page: narrowed down and sorted by its address, page by page.

use super::{
    Said,
    view::{Act, Cell, Field, Head, Input, Row, Sort},
    words::ConsoleWords,
};
use crate::{
    problems::Problem,
    query::{self, ASCENDING, DESCENDING, Form as Kind, Param, Queried, Query, Wrong},
    site::{
        answer::{Frame, Page, standing},
        form::Form,
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::{
    List, Lists,
    ports::{Direction, SortColumn as _},
    use_cases::{ListError, ListRequest, PageSize, Total},
};
use jiff::civil;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem::{Response, http::StatusCode};
use std::collections::HashMap;
use uuid::Uuid;

/// A list that has a page.
pub(super) trait Shown: Queried {
    const PATH: &'static str;
    /// What its columns are called, and by which of them it can be sorted.
    const COLUMNS: &'static [(&'static str, Option<Self::Sort>)];

    /// What narrows it down here besides: what is nothing to applications.
    const MORE: &'static [Param] = &[];

    fn of(lists: &Lists) -> &List<Self>
    where
        Self: Sized;

    fn row(entry: &Self::Entry, said: &Said, visit: &Visit) -> Vec<Cell>;

    /// What rows say besides what their entries have.
    fn known(_entries: &[Self::Entry], _visit: &Visit) -> impl Future<Output = Result<Known, Problem>> + Send {
        async { Ok(Known::default()) }
    }

    /// As `row`, with what is known besides.
    fn row_knowing(entry: &Self::Entry, _known: &Known, said: &Said, visit: &Visit) -> Vec<Cell> {
        Self::row(entry, said, visit)
    }

    fn narrow(_filter: &mut Self::Filter, _query: &mut Query) {}

    /// What can be done from the list, by whoever may act.
    fn acts(_said: &Said, _visit: &Visit) -> impl Future<Output = Result<Vec<Act>, Problem>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Where else the list leads; with the address's own filters.
    fn links(_said: &Said, _filters: &str, _is_acting: bool) -> Vec<(String, &'static str)> {
        Vec::new()
    }

    /// What is said where the list has to be narrowed down first.
    fn begins_empty(_stated: &[(String, String)]) -> bool {
        false
    }
}

/// What ids in a list are called.
#[derive(Default)]
pub(super) struct Known(pub(super) HashMap<Uuid, String>);

impl Known {
    pub(super) fn name(&self, id: Uuid) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

/// So many fit a page that is looked over.
const USUAL: u32 = 25;

#[derive(Template)]
#[template(path = "console/list.html")]
struct ListPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    title: &'static str,
    path: &'static str,
    filters: Vec<Field>,
    filtered: bool,
    /// What stays in the address when the filters change.
    kept: Vec<(String, String)>,
    links: Vec<(String, &'static str)>,
    acts: Vec<Act>,
    total: String,
    heads: Vec<Head>,
    rows: Vec<Row>,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

impl Page for ListPage {}

/// What the address says, without what was left empty.
pub(super) fn stated(visit: &Visit) -> Vec<(String, String)> {
    let mut stated = Form::of_address(&visit.query);
    stated.retain(|(_, value)| !value.trim().is_empty());
    stated
}

/// What can't stand for itself in an address.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// An address with these parameters.
pub(super) fn address<'a>(path: &str, stated: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = path.to_owned();
    for (at, (name, value)) in stated.into_iter().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, &RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, &RESERVED));
    }
    text
}

/// People say a time as the clocks of the site show it.
pub(super) fn in_instants(stated: &mut [(String, String)], params: &[Param], visit: &Visit) {
    for (name, value) in stated {
        let is_one = params.iter().any(|param| param.name == *name && matches!(param.form, Kind::Instant));
        if !is_one {
            continue;
        }
        let day = || value.trim().parse::<civil::Date>().map(|day| day.at(0, 0, 0, 0));
        if let Some(at) = value.trim().parse::<civil::DateTime>().or_else(|_| day()).ok()
            && value.trim().parse::<backstop_domain::Timestamp>().is_err()
            && let Some(instant) = visit.site.settings.time_zone.instant(at)
        {
            *value = instant.to_string();
        }
    }
}

pub(super) async fn show<L: Shown>(visit: Visit) -> Result<Response, Problem> {
    draw::<L>(visit, None).await
}

/// The page after a form of it could not be taken.
pub(super) async fn show_again<L: Shown>(
    visit: Visit,
    name: &str,
    form: &Form,
    message: Message,
    wrong: &[&str],
) -> Result<Response, Problem> {
    draw::<L>(visit, Some(Again { name, form, message, wrong })).await
}

struct Again<'a> {
    name: &'a str,
    form: &'a Form,
    message: Message,
    wrong: &'a [&'a str],
}

async fn draw<L: Shown>(mut visit: Visit, again: Option<Again<'_>>) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let mut params = query::all_params::<L>();
    params.extend(L::MORE.iter().map(|known| query::param(known.name, known.form, known.about)));
    let typed = stated(&visit);
    let mut read = typed.clone();
    in_instants(&mut read, &params, &visit);
    read.retain(|(name, _)| params.iter().any(|param| param.name == *name));
    let mut query = Query::of(read, &params);
    let begins_empty = L::begins_empty(&typed);
    let mut asked = if begins_empty { None } else { query::list_request_of::<L>(&mut query, usual()) };
    if let Some(asked) = &mut asked {
        L::narrow(&mut asked.filter, &mut query);
    }
    let flash = visit.take_flash(|flash| flash.place == Place::Top);
    let mut message = flash.as_ref().map(|flash| visit.message(flash));
    let mut is_wrong = false;
    let wrong: Vec<&str> = query.wrong().iter().map(|(name, _)| *name).collect();
    if !wrong.is_empty() {
        is_wrong = true;
        message = Some(unreadable(&said, query.wrong()));
    }
    let asked = asked.filter(|_| !is_wrong);
    let mut drawn = Drawn::default();
    if let Some(mut asked) = asked {
        let list = L::of(&visit.service().use_cases.lists);
        let viewer = visit.viewer()?;
        let page = match list.entries.run(viewer, &asked).await {
            Err(ListError::Cursor) => {
                // It was of another order or filter, or is a thing of the past: the list begins.
                message = Some(Message::warn(said.cw.list_begins_again));
                asked.cursor = None;
                list.entries.run(viewer, &asked).await?
            }
            page => page?,
        };
        let known = L::known(&page.entries, &visit).await?;
        drawn = Drawn {
            heads: heads::<L>(&said, &asked, &typed),
            rows: page.entries.iter().map(|entry| row::<L>(entry, &known, &said, &visit)).collect(),
            total: (said.cw.total)(page.total.number(), matches!(page.total, Total::Exactly(_))),
            first: asked.cursor.is_some().then(|| beside::<L>(&typed, None)),
            previous: page.previous.map(|cursor| beside::<L>(&typed, Some(&cursor))),
            next: page.next.map(|cursor| beside::<L>(&typed, Some(&cursor))),
        };
    } else if begins_empty {
        drawn.total = said.cw.narrow_first.to_owned();
    }
    let filters: Vec<Field> =
        L::PARAMS.iter().chain(L::MORE).map(|param| filter(param, &said, &typed, &wrong)).collect();
    let is_filter = |name: &String| L::PARAMS.iter().chain(L::MORE).any(|param| param.name == *name);
    let (narrowing, kept): (Vec<_>, Vec<_>) = typed.iter().cloned().partition(|(name, _)| is_filter(name));
    let is_acting = visit.administrator().is_some();
    let mut acts = if is_acting { L::acts(&said, &visit).await? } else { Vec::new() };
    if let Some(again) = again {
        is_wrong = true;
        message = Some(again.message);
        if let Some(act) = acts.iter_mut().find(|act| act.name == again.name) {
            act.typed_again(again.form, again.wrong);
        }
    }
    let (status, wait) = standing(message.as_ref(), is_wrong);
    let narrowed = address("", narrowing.iter().map(|(name, value)| (&**name, &**value)));
    let page = ListPage {
        f: visit.frame(L::PATH).await?,
        message,
        title: said.cw.list(L::NAME),
        path: L::PATH,
        filtered: !narrowing.is_empty() || begins_empty || !wrong.is_empty(),
        filters,
        kept: kept.into_iter().filter(|(name, _)| name != "cursor").collect(),
        links: L::links(&said, &narrowed, is_acting),
        acts,
        total: drawn.total,
        heads: drawn.heads,
        rows: drawn.rows,
        first: drawn.first,
        previous: drawn.previous,
        next: drawn.next,
        w: said.w,
        say: said.say,
        cw: said.cw,
    };
    Ok(visit.page(if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { status }, wait, &page))
}

/// What there is of the list itself.
#[derive(Default)]
struct Drawn {
    total: String,
    heads: Vec<Head>,
    rows: Vec<Row>,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

fn usual() -> PageSize {
    PageSize::new(USUAL).unwrap_or(PageSize::USUAL)
}

fn row<L: Shown>(entry: &L::Entry, known: &Known, said: &Said, visit: &Visit) -> Row {
    Row { cells: L::row_knowing(entry, known, said, visit), ..Row::default() }
}

fn heads<L: Shown>(said: &Said, asked: &ListRequest<L>, typed: &[(String, String)]) -> Vec<Head> {
    let head = |(name, sort): &(&'static str, Option<L::Sort>)| {
        let sort = sort.as_ref().map(|column| {
            let is_now = column.as_str() == asked.sort.as_str();
            let rising = asked.direction == Direction::Ascending;
            let order = if is_now && rising { DESCENDING } else { ASCENDING };
            let others = typed.iter().filter(|(name, _)| !["sort", "order", "cursor"].contains(&&**name));
            let others = others.map(|(name, value)| (&**name, &**value));
            let to = address(L::PATH, others.chain([("sort", column.as_str()), ("order", order)]));
            Sort { to, now: is_now.then_some(if rising { "ascending" } else { "descending" }) }
        });
        Head { text: said.cw.label(name), sort }
    };
    L::COLUMNS.iter().map(head).collect()
}

/// The same list, elsewhere.
fn beside<L: Shown>(typed: &[(String, String)], cursor: Option<&str>) -> String {
    let others = typed.iter().filter(|(name, _)| name != "cursor").map(|(name, value)| (&**name, &**value));
    address(L::PATH, others.chain(cursor.map(|cursor| ("cursor", cursor))))
}

fn filter(param: &Param, said: &Said, typed: &[(String, String)], wrong: &[&str]) -> Field {
    let value = typed.iter().find(|(name, _)| name == param.name).map(|(_, value)| value.clone()).unwrap_or_default();
    let any = (String::new(), said.cw.any.to_owned());
    let choice = |words: Vec<&'static str>| {
        let words = words.into_iter().map(|word| (word.to_owned(), said.value(param.name, word)));
        Input::Choice([any].into_iter().chain(words).collect())
    };
    let (input, hint) = match param.form {
        Kind::Words(words) => (choice(words()), None),
        Kind::Boolean => (choice(vec!["true", "false"]), None),
        Kind::Instant => (Input::Line("text"), Some(said.cw.instant_hint.to_owned())),
        Kind::Network => (Input::Line("text"), Some(said.cw.network_hint.to_owned())),
        Kind::Text | Kind::Uuid | Kind::Limit => (Input::Line("text"), None),
    };
    let wrong = wrong.contains(&param.name);
    Field { name: param.name, label: said.cw.label(param.name), hint, input, value, wrong }
}

/// What of the filters can't be read, and what could be.
fn unreadable(said: &Said, wrong: &[(&'static str, Wrong)]) -> Message {
    let mut told: Vec<String> = Vec::new();
    for (name, why) in wrong {
        let why = match why {
            Wrong::Unreadable => said.cw.filter_unreadable,
            Wrong::Unfit => said.cw.filter_unfit,
        };
        told.push(format!("{}: {why}", said.cw.label(name)));
    }
    Message::warn(said.cw.filter_wrong).more(told.join(" "))
}
