//! Accounts: the list, one of them, and what can be done with it.

use super::account_form;
use crate::{
    console::{
        ACCOUNTS, AUDIT, BATCHES, CODES, MAILS, Said, TASKS,
        act::{self, administrator, came_of},
        deeds::Deed,
        detail::{self, Again, Detail},
        list::{Shown, address},
        view::{Act, Cell, Facts, Row, RowAct, Table, heads, time},
    },
    problems::Problem,
    query::{Form as Kind, Param, Query, param},
    site::{
        form::Form,
        message::{Message, Place},
        visit::Visit,
    },
};
use backstop_application::{
    List, Lists,
    lists::{AccountFilter, AccountSort, Accounts, BatchFilter, BatchSort, Whose},
    ports::{AccountState, Direction, WhichSessions},
    use_cases::{Administrator, ListRequest, PageSize, SendPasswordResetError},
};
use backstop_domain::{
    Account, AccountId, BatchStatus, DisplayName, EmailAddress, Locale, Role, Session, SessionId, SessionKind,
};
use poem::Response;
use std::sync::Arc;

const ROLE: Param = param("role", Kind::Words(|| Role::ALL.iter().map(|role| role.as_str()).collect()), "");

impl Shown for Accounts {
    const PATH: &'static str = ACCOUNTS;
    const COLUMNS: &'static [(&'static str, Option<AccountSort>)] = &[
        ("subject", Some(AccountSort::Subject)),
        ("email", None),
        ("codes_left", None),
        ("suspended", None),
        ("role", None),
        ("created", Some(AccountSort::Created)),
        ("modified", Some(AccountSort::Modified)),
    ];
    const MORE: &'static [Param] = &[ROLE];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.accounts
    }

    fn narrow(filter: &mut AccountFilter, query: &mut Query) {
        filter.role = query.get("role");
    }

    fn row(entry: &AccountState, said: &Said, visit: &Visit) -> Vec<Cell> {
        let account = &entry.account;
        vec![
            Cell::link(page(account.id), account.subject.as_str()),
            Cell::some(account.email.as_ref().map(EmailAddress::as_str)),
            Cell::number(left(entry, visit)),
            standing(account, said),
            Cell::text(said.value("role", account.role.as_str())),
            time(visit, Some(account.created_at)),
            time(visit, Some(account.modified_at)),
        ]
    }

    fn links(said: &Said, _filters: &str, is_acting: bool) -> Vec<(String, &'static str)> {
        if is_acting { vec![(format!("{ACCOUNTS}/new"), said.cw.account_new)] } else { Vec::new() }
    }
}

pub(super) fn page(id: AccountId) -> String {
    format!("{ACCOUNTS}/{id}")
}

fn left(state: &AccountState, visit: &Visit) -> u32 {
    let active = state.standing.as_ref().filter(|batch| batch.status(visit.now) == BatchStatus::Active);
    active.map_or(0, |batch| batch.remaining(visit.now))
}

fn standing(account: &Account, said: &Said) -> Cell {
    match account.suspended {
        None => Cell::Nothing,
        Some(reason) => Cell::Badge { text: said.value("suspended", reason.as_str()), kind: "bad" },
    }
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let detail = about(&visit).await?;
    detail::show(visit, detail).await
}

/// What is known of the account in the address.
async fn about(visit: &Visit) -> Result<Detail, Problem> {
    let said = Said::of(visit);
    let cw = said.cw;
    let (viewer, lists) = (visit.viewer()?, &visit.service().use_cases.lists);
    let state = lists.accounts.one.run(viewer, detail::id(visit)?).await?.ok_or_else(detail::missing)?;
    let account = &state.account;
    let name = account.email.as_ref().map_or(account.subject.as_str(), |email| email.as_str());
    let mut detail = Detail::new(ACCOUNTS, cw.list("accounts"), cw.account_title, name);
    detail.facts = facts(&state, visit, &said);
    let whose = || Some(Whose::Account(account.id));
    let sets = ListRequest {
        filter: BatchFilter { whose: whose(), ..BatchFilter::default() },
        sort: BatchSort::Created,
        direction: Direction::Descending,
        size: PageSize::new(5).unwrap_or(PageSize::USUAL),
        cursor: None,
    };
    let sets = lists.batches.entries.run(viewer, &sets).await?;
    let mut table = Table::new(
        "sets",
        cw.list("batches"),
        heads(&[cw.label("id"), cw.label("status"), cw.label("left"), cw.label("created"), cw.label("expires")]),
        cw.none_there,
    );
    table.rows = sets
        .entries
        .iter()
        .map(|set| Row { cells: super::batches::cells(&set.of, &said, visit), ..Row::default() })
        .collect();
    table.caption = (cw.total)(sets.total.number(), true);
    let id = account.id.to_string();
    let of = |list| address(list, [("account", &*id)]);
    table.more = sets.next.is_some().then(|| (of(BATCHES), cw.all_of_them));
    detail.tables.push(table);
    if let Some((_, sessions)) = lists.sessions_of.run(viewer, &Whose::Account(account.id)).await? {
        detail.tables.push(signed_in(account, &sessions, visit, &said));
    }
    detail.links = vec![
        (of(CODES), cw.list("codes")),
        (of(AUDIT), cw.list("audit")),
        (of(MAILS), cw.list("mails")),
        (of(TASKS), cw.list("tasks")),
    ];
    detail.acts = acts(&state, visit, &said, sets.total.number());
    Ok(detail)
}

fn facts(state: &AccountState, visit: &Visit, said: &Said) -> Facts {
    let (account, cw) = (&state.account, said.cw);
    let list = |addresses: Vec<&str>| if addresses.is_empty() { None } else { Some(addresses.join(", ")) };
    let duties: Vec<String> = state.open.iter().map(|duty| said.value("duty", duty.as_str())).collect();
    Facts::default()
        .and(cw.label("subject"), Cell::text(account.subject.as_str()))
        .and(cw.label("display_name"), Cell::some(account.display_name.as_ref().map(DisplayName::as_str)))
        .and(cw.label("email"), Cell::some(account.email.as_ref().map(EmailAddress::as_str)))
        .and(
            cw.label("email_confirmed"),
            account.email.as_ref().map_or(Cell::Nothing, |_| said.yes_or_no(account.email_confirmed)),
        )
        .and(
            cw.label("notify_emails"),
            Cell::some(list(account.notify_emails.iter().map(EmailAddress::as_str).collect())),
        )
        .and(cw.label("locale"), Cell::some(account.locale.as_ref().map(Locale::as_str)))
        .and(cw.label("role"), Cell::text(said.value("role", account.role.as_str())))
        .and(cw.label("suspended"), standing(account, said))
        .and(cw.label("codes_left"), Cell::number(left(state, visit)))
        .and(cw.label("duties"), if duties.is_empty() { Cell::Nothing } else { Cell::text(duties.join(", ")) })
        .time(visit, cw.label("setup_verified"), account.setup_verified_at)
        .time(visit, cw.label("created"), Some(account.created_at))
        .time(visit, cw.label("modified"), Some(account.modified_at))
        .and(cw.label("id"), Cell::Typed(account.id.to_string()))
}

fn signed_in(account: &Account, sessions: &[Session], visit: &Visit, said: &Said) -> Table {
    let cw = said.cw;
    let columns = [cw.label("kind"), cw.began, cw.used, cw.from, cw.browser];
    let mut table = Table::new("sessions", cw.account_sessions, heads(&columns), cw.none_there);
    let row = |session: &Session| Row {
        cells: vec![
            Cell::text(match session.kind {
                SessionKind::User => cw.session_of_pages,
                SessionKind::Console => cw.session_of_console,
            }),
            time(visit, Some(session.created_at)),
            time(visit, Some(session.seen_at)),
            Cell::some(session.ip.map(|ip| ip.to_string())),
            Cell::some(session.user_agent.clone().filter(|text| !text.is_empty())),
        ],
        pick: None,
        act: Some(RowAct {
            id: format!("end-{}", session.id),
            to: page(account.id),
            act: "end-session",
            which: session.id.to_string(),
            button: cw.end_session,
            about: visit.teller().tell(session.created_at).exact,
        }),
    };
    table.rows = sessions.iter().map(row).collect();
    table
}

fn acts(state: &AccountState, visit: &Visit, said: &Said, sets: u32) -> Vec<Act> {
    let (account, cw) = (&state.account, said.cw);
    let to = || page(account.id);
    let is_own = visit.account().is_ok_and(|own| own.id == account.id);
    let mut acts =
        vec![Act::new("edit", to(), cw.account_edit, cw.save).fields(account_form::fields(said, Some(account))).main()];
    if visit.site.settings.local_passwords && account.role == Role::User {
        acts.push(Act::new("reset", to(), cw.account_reset, cw.account_reset_button).what(cw.account_reset_what));
    }
    if account.suspended.is_some() {
        acts.push(Act::new("lift", to(), cw.account_lift, cw.account_lift_button).what(cw.account_lift_what));
    }
    if !is_own && account.suspended != Some(backstop_domain::SuspensionReason::Admin) {
        let suspend = Act::new("suspend", to(), cw.account_suspend, cw.account_suspend_button);
        acts.push(suspend.what(cw.account_suspend_what).asking(cw.account_suspend_sure));
    }
    acts.push(
        Act::new("end-sessions", to(), cw.account_end_sessions, cw.account_end_sessions_button)
            .what(cw.account_end_sessions_what),
    );
    if !is_own {
        let erase = Act::new("erase", to(), cw.account_erase, cw.account_erase_button);
        acts.push(erase.what(cw.account_erase_what).asking((cw.account_erase_sure)(account.subject.as_str(), sets)));
    }
    acts
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let id = AccountId::new(detail::id(&visit)?);
    let act = form.text("act").to_owned();
    let is_sure = form.is_ticked("sure");
    match &*act {
        "edit" => account_form::edit(visit, id, &form, by).await,
        "suspend" | "erase" if !is_sure => {
            let message = Message::warn(Said::of(&visit).w.tick_first);
            again(visit, Again::new(&act, &form, message, &["sure"])).await
        }
        "suspend" => {
            let acting = Arc::clone(&visit.service().use_cases);
            let suspended =
                visit.service().acts.run(async move { acting.console.suspend_account.run(id, &by).await }).await?;
            ended(visit, &act, &form, came_of(suspended)?.map(|_| (Deed::AccountSuspended, 1)), &page(id)).await
        }
        "lift" => {
            let acting = Arc::clone(&visit.service().use_cases);
            let lifted = async move { acting.lift_suspension.run_as(id, &by).await };
            let lifted = visit.service().acts.run(lifted).await?;
            ended(visit, &act, &form, came_of(lifted)?.map(|_| (Deed::SuspensionLifted, 1)), &page(id)).await
        }
        "erase" => {
            let acting = Arc::clone(&visit.service().use_cases);
            let erased = async move { acting.erase_account.run(id, by.caller()).await };
            let erased = visit.service().acts.run(erased).await?;
            ended(visit, &act, &form, came_of(erased)?.map(|()| (Deed::AccountErased, 1)), ACCOUNTS).await
        }
        "reset" => send_reset(visit, id, &form, by).await,
        "end-sessions" => end_sessions(visit, id, WhichSessions::All, by).await,
        "end-session" => match form.text("which").parse::<SessionId>() {
            Ok(session) => end_sessions(visit, id, WhichSessions::One(session), by).await,
            Err(_) => Err(detail::missing()),
        },
        _ => Err(detail::missing()),
    }
}

async fn end_sessions(
    visit: Visit,
    id: AccountId,
    which: WhichSessions,
    by: Administrator,
) -> Result<Response, Problem> {
    let acting = Arc::clone(&visit.service().use_cases);
    let ended = visit.service().acts.run(async move { acting.console.end_sessions.run(id, which, &by).await }).await?;
    let ended = came_of(ended)?.unwrap_or_default();
    Ok(act::done(visit, &page(id), Deed::SessionsEnded, ended))
}

async fn send_reset(visit: Visit, id: AccountId, form: &Form, by: Administrator) -> Result<Response, Problem> {
    let acting = Arc::clone(&visit.service().use_cases);
    let sent = async move { acting.console.send_password_reset.run(id, &by).await };
    let cw = Said::of(&visit).cw;
    let message = match visit.service().acts.run(sent).await? {
        Ok(_) => return Ok(act::done(visit, &page(id), Deed::ResetSent, 1)),
        Err(SendPasswordResetError::NoAddress) => Message::warn(cw.reset_no_address),
        Err(SendPasswordResetError::Locked { until, .. }) => {
            let teller = visit.teller();
            visit.waits(&teller).message(Place::Top, until)
        }
        Err(error) => return Err(error.into()),
    };
    again(visit, Again::new("reset", form, message, &[])).await
}

pub(super) async fn again(visit: Visit, again: Again<'_>) -> Result<Response, Problem> {
    let detail = about(&visit).await?;
    detail::show_again(visit, detail, again).await
}

/// To the page that shows what came of it, or back to the form of what nobody does to themselves.
async fn ended(visit: Visit, act: &str, form: &Form, came: Option<(Deed, u64)>, to: &str) -> Result<Response, Problem> {
    if let Some((deed, number)) = came {
        return Ok(act::done(visit, to, deed, number));
    }
    let message = Message::warn(Said::of(&visit).cw.not_to_oneself);
    again(visit, Again::new(act, form, message, &[])).await
}
