//! Applications that call the API: the list, one of them with its keys, and what can be done with them.

use super::{
    AUDIT, CLIENTS, Said,
    act::{self, administrator},
    deeds::Deed,
    detail::{self, Again, Detail},
    list::{Shown, address},
    prove,
    view::{Act, Cell, Facts, Field, Input, Row, RowAct, Table, heads, short, time},
    words::ConsoleWords,
};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page},
        form::Form,
        message::Message,
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::{
    List, Lists,
    lists::{ClientSort, ClientWithKeys, Clients, KeyFacts},
    ports::WhichKeys,
    use_cases::{Administrator, ClientError, CreateClientError},
};
use backstop_domain::{ClientId, ClientKeyId, Scope, Scopes, SecretText};
use jiff::SignedDuration;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

impl Shown for Clients {
    const PATH: &'static str = CLIENTS;
    const COLUMNS: &'static [(&'static str, Option<ClientSort>)] = &[
        ("name", Some(ClientSort::Name)),
        ("scope", None),
        ("keys", None),
        ("last_used", None),
        ("created", Some(ClientSort::Created)),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.clients
    }

    fn row(entry: &ClientWithKeys, _said: &Said, visit: &Visit) -> Vec<Cell> {
        let valid = entry.keys.iter().filter(|key| is_valid(key, visit)).count();
        vec![
            Cell::link(page(entry.client.id), &*entry.client.name),
            Cell::text(scopes(&entry.client.scopes)),
            Cell::number(valid),
            time(visit, entry.keys.iter().filter_map(|key| key.last_used_at).max()),
            time(visit, Some(entry.client.created_at)),
        ]
    }

    fn links(said: &Said, _filters: &str, is_acting: bool) -> Vec<(String, &'static str)> {
        if is_acting { vec![(new_page(), said.cw.client_new)] } else { Vec::new() }
    }
}

fn page(id: ClientId) -> String {
    format!("{CLIENTS}/{id}")
}

fn new_page() -> String {
    format!("{CLIENTS}/new")
}

fn is_valid(key: &KeyFacts, visit: &Visit) -> bool {
    key.revoked_at.is_none_or(|end| end > visit.now)
}

fn scopes(scopes: &Scopes) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let detail = about(&visit).await?;
    detail::show(visit, detail).await
}

async fn about(visit: &Visit) -> Result<Detail, Problem> {
    let said = Said::of(visit);
    let cw = said.cw;
    let lists = &visit.service().use_cases.lists;
    let entry = lists.clients.one.run(visit.viewer()?, detail::id(visit)?).await?.ok_or_else(detail::missing)?;
    let client = &entry.client;
    let mut detail = Detail::new(CLIENTS, cw.list("clients"), cw.client_title, &*client.name);
    detail.facts = Facts::default()
        .and(cw.label("scope"), Cell::text(scopes(&client.scopes)))
        .time(visit, cw.label("created"), Some(client.created_at))
        .and(cw.label("id"), Cell::Typed(client.id.to_string()));
    detail.links = vec![(address(AUDIT, [("client", &*client.id.to_string())]), cw.list("audit"))];
    let columns = [cw.label("id"), cw.label("state"), cw.label("created"), cw.label("last_used"), cw.label("ends")];
    let mut table = Table::new("keys", cw.client_keys, heads(&columns), cw.none_there);
    table.rows = entry.keys.iter().map(|key| row(key, client.id, visit, &said)).collect();
    detail.tables.push(table);
    let valid = entry.keys.iter().filter(|key| is_valid(key, visit)).count();
    if valid > 0 {
        let rotate = Act::new("rotate", page(client.id), cw.client_rotate, cw.client_rotate_button);
        detail.acts.push(rotate.what(cw.client_rotate_what).fields(vec![overlap(&said)]).main());
        let revoke = Act::new("revoke", page(client.id), cw.client_revoke, cw.client_revoke_button);
        detail.acts.push(revoke.what(cw.client_revoke_what).asking((cw.client_revoke_sure)(&client.name, valid)));
    } else {
        detail.warning = Some(cw.client_is_revoked.to_owned());
    }
    Ok(detail)
}

fn row(key: &KeyFacts, client: ClientId, visit: &Visit, said: &Said) -> Row {
    let cw = said.cw;
    let is_valid = is_valid(key, visit);
    let word = if is_valid { "valid" } else { "revoked" };
    Row {
        cells: vec![
            Cell::Typed(short(key.id.uuid())),
            Cell::Badge { text: said.value("key", word), kind: if is_valid { "active" } else { "" } },
            time(visit, Some(key.created_at)),
            time(visit, key.last_used_at),
            time(visit, key.revoked_at),
        ],
        pick: None,
        act: is_valid.then(|| RowAct {
            id: format!("revoke-{}", key.id),
            to: page(client),
            act: "revoke-key",
            which: key.id.to_string(),
            button: cw.key_revoke,
            about: short(key.id.uuid()),
        }),
    }
}

/// For how long the keys before a new one may go on.
const OVERLAPS: [(&str, i64); 4] = [("none", 0), ("hour", 1), ("day", 24), ("week", 7 * 24)];

fn overlap(said: &Said) -> Field {
    let choices = OVERLAPS.iter().map(|(name, _)| ((*name).to_owned(), said.value("overlap", name)));
    Field::choice("overlap", said.cw.client_overlap, choices.collect(), "day")
}

pub(super) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let client = ClientId::new(detail::id(&visit)?);
    let act = form.text("act").to_owned();
    match &*act {
        "rotate" => rotate(visit, client, &form, by).await,
        "revoke" if !form.is_ticked("sure") => {
            let message = Message::warn(Said::of(&visit).w.tick_first);
            let detail = about(&visit).await?;
            detail::show_again(visit, detail, Again::new(&act, &form, message, &["sure"])).await
        }
        "revoke" => revoke(visit, WhichKeys::OfClient(client), by, &page(client), Deed::ClientRevoked).await,
        "revoke-key" => match form.text("which").parse::<ClientKeyId>() {
            Ok(key) => revoke(visit, WhichKeys::One(key), by, &page(client), Deed::KeyRevoked).await,
            Err(_) => Err(detail::missing()),
        },
        _ => Err(detail::missing()),
    }
}

async fn revoke(visit: Visit, which: WhichKeys, by: Administrator, to: &str, deed: Deed) -> Result<Response, Problem> {
    let acting = Arc::clone(&visit.service().use_cases);
    let ended = visit.service().acts.run(async move { acting.console.manage_clients.revoke(which, &by).await }).await?;
    match ended {
        Ok(ended) => Ok(act::done(visit, to, deed, ended.into())),
        Err(ClientError::NotFound) => Err(detail::missing()),
        Err(error) => Err(error.into()),
    }
}

async fn rotate(visit: Visit, client: ClientId, form: &Form, by: Administrator) -> Result<Response, Problem> {
    let stated = form.text("overlap").to_owned();
    let known = OVERLAPS.iter().find(|(name, _)| *name == stated);
    let overlap = SignedDuration::from_hours(known.ok_or_else(detail::missing)?.1);
    let acting = Arc::clone(&visit.service().use_cases);
    let made = async move { acting.console.manage_clients.rotate(client, overlap, &by).await };
    match visit.service().acts.run(made).await? {
        Ok(made) => shown(visit, made.client.id, made.client.name, made.key).await,
        Err(ClientError::NotProved) => Ok(prove::first(visit, &page(client))),
        Err(ClientError::NotFound) => Err(detail::missing()),
        Err(error) => Err(error.into()),
    }
}

fn new_one(said: &Said) -> Detail {
    let cw = said.cw;
    let mut detail = Detail::new(CLIENTS, cw.list("clients"), cw.client_new, "");
    let each =
        |scope: &Scope| (scope.as_str().to_owned(), format!("{scope}: {}", said.value("scope", scope.as_str())), false);
    let ticks = Input::Ticks(Scope::ALL.iter().map(each).collect());
    let create = Act::new("create", new_page(), cw.client_new, cw.client_create_button).what(cw.client_new_what);
    let name = Field::line("name", cw.label("name"), "").hint(cw.client_name_hint);
    detail.main = Some(create.fields(vec![name, Field::new("scopes", cw.client_scopes, ticks)]).main());
    detail
}

pub(super) async fn show_new(visit: Visit) -> Result<Response, Problem> {
    if visit.administrator().is_none() {
        return Ok(visit.lead_to(CLIENTS));
    }
    if !visit.signed_in()?.has_proved {
        return Ok(prove::first(visit, &new_page()));
    }
    let detail = new_one(&Said::of(&visit));
    detail::show(visit, detail).await
}

pub(super) async fn create(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let said = Said::of(&visit);
    let cw = said.cw;
    let name = form.text("name").trim().to_owned();
    let scopes: Option<Scopes> = form.all("scopes").map(|scope| scope.parse::<Scope>().ok()).collect();
    let scopes = scopes.ok_or_else(detail::missing)?;
    let mut wrong = Vec::new();
    if scopes.iter().next().is_none() {
        wrong.push(("scopes", cw.client_no_scope));
    }
    if wrong.is_empty() {
        let acting = Arc::clone(&visit.service().use_cases);
        let created = async move { acting.console.manage_clients.create(&name, scopes, &by).await };
        match visit.service().acts.run(created).await? {
            Ok(created) => return shown(visit, created.client.id, created.client.name, created.key).await,
            Err(ClientError::NotProved) => return Ok(prove::first(visit, &new_page())),
            Err(ClientError::Create(CreateClientError::NameTaken)) => wrong.push(("name", cw.client_name_taken)),
            Err(ClientError::Create(CreateClientError::Name)) => wrong.push(("name", cw.client_name_bad)),
            Err(error) => return Err(error.into()),
        }
    }
    let names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    let why: Vec<&str> = wrong.iter().map(|(_, why)| *why).collect();
    let message = Message::warn(cw.not_saved).more(why.join(" "));
    let detail = new_one(&said);
    detail::show_again(visit, detail, Again::new("create", &form, message, &names)).await
}

#[derive(Template)]
#[template(path = "console/key_shown.html")]
struct KeyPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    name: String,
    key: SecretText,
    to: String,
}

impl Page for KeyPage {
    const ROOM: usize = 16 * 1024;
}

/// The key, this once. Loading the page again leads to the client.
async fn shown(mut visit: Visit, client: ClientId, name: String, key: SecretText) -> Result<Response, Problem> {
    let Said { w, say, cw } = Said::of(&visit);
    let mut f = visit.frame(CLIENTS).await?;
    f.again = Some(page(client).into());
    Ok(visit.page(StatusCode::OK, None, &KeyPage { f, w, say, cw, name, key, to: page(client) }))
}
