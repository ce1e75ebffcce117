//! Which page of the console is where, and who gets to it.

use super::{
    ACCOUNTS, AUDIT, BATCHES, CLIENTS, CODES, CONFIRM, HOME, MAILS, OWN_CODES, OWN_SESSIONS, PASSWORD, RUNS, SCHEDULES,
    SECOND_STEP, SET_UP, SETTINGS, SIGN_IN, SIGN_OUT, TASKS, YOU, clients, codes,
    list::{self, Shown},
    overview, people,
    prove::{self, PROVE},
    second_step, sessions, set_up, settings, trail, work, you,
};
use crate::{
    problems::Problem,
    site::{
        Room, Site,
        acts::confirm,
        form::Form,
        gate::Refusal,
        logout, password,
        routes::{Answer, Methods, both},
        sign_in,
        visit::Visit,
    },
};
use backstop_application::lists::{Accounts, AuditTrail, Batches, Clients, Codes, Mails, Runs, Schedules, Tasks};
use backstop_domain::Door;
use poem::{
    EndpointExt as _, Request,
    endpoint::{BoxEndpoint, make},
    http::Method,
};
use std::sync::Arc;

/// Whom a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Whoever is not signed in.
    Strangers,
    /// Whoever wants nothing but not to be signed in.
    Leaving,
    /// Whoever has yet to pass the second step.
    Passing,
    /// Whoever has yet to set it up, or may set it up anew.
    SettingUp,
    /// Whoever got in.
    Inside,
}

/// Every page with its path.
pub(crate) fn all(site: &Arc<Site>) -> Vec<(String, Methods)> {
    let at = |path: &str, methods: Methods| (path.to_owned(), methods);
    let get = |page| Methods::from([(Method::GET, page)]);
    let mut all = vec![
        at(HOME, get(page(site, For::Inside, overview::show))),
        at("/admin/", get(page(site, For::Inside, overview::show))),
        at(SIGN_IN, both(page(site, For::Strangers, sign_in::show), form(site, For::Strangers, sign_in::run))),
        at(SIGN_OUT, both(page(site, For::Inside, overview::lead_on), form(site, For::Leaving, logout::run))),
        at(SECOND_STEP, both(page(site, For::Passing, second_step::show), form(site, For::Passing, second_step::run))),
        at(SET_UP, both(page(site, For::SettingUp, set_up::show), form(site, For::SettingUp, set_up::run))),
        at(PROVE, both(page(site, For::Inside, prove::show), form(site, For::Inside, prove::run))),
        at(SETTINGS, get(page(site, For::Inside, settings::show))),
        at(CONFIRM, get(page(site, For::SettingUp, confirm::show))),
    ];
    all.extend(own(site));
    all.extend(people_of(site));
    all.extend(applications(site));
    all.extend(trail_of(site));
    all.extend(work_of(site));
    all
}

/// What people of the console have for themselves.
fn own(site: &Arc<Site>) -> Vec<(String, Methods)> {
    let inside = For::Inside;
    vec![
        (YOU.to_owned(), Methods::from([(Method::GET, page(site, inside, you::show))])),
        (PASSWORD.to_owned(), both(page(site, inside, password::show), form(site, inside, password::run))),
        (OWN_CODES.to_owned(), both(page(site, inside, codes::show), form(site, inside, codes::run))),
        (OWN_SESSIONS.to_owned(), both(page(site, inside, sessions::show), form(site, inside, sessions::run))),
    ]
}

/// Accounts and what is theirs.
fn people_of(site: &Arc<Site>) -> Vec<(String, Methods)> {
    use people::{account_form, accounts, batches, codes};
    let inside = For::Inside;
    vec![
        list_of::<Accounts>(site),
        list_of::<Batches>(site),
        list_of::<Codes>(site),
        (
            format!("{ACCOUNTS}/new"),
            both(page(site, inside, account_form::show_new), form(site, inside, account_form::create)),
        ),
        one_of(ACCOUNTS, both(page(site, inside, accounts::show), form(site, inside, accounts::run))),
        one_of(BATCHES, both(page(site, inside, batches::show), form(site, inside, batches::run))),
        one_of(CODES, both(page(site, inside, codes::show), form(site, inside, codes::run))),
    ]
}

/// What was done, by whom.
fn trail_of(site: &Arc<Site>) -> Vec<(String, Methods)> {
    use trail::{audit, export, mails};
    let get = |page| Methods::from([(Method::GET, page)]);
    vec![
        list_of::<AuditTrail>(site),
        (format!("{AUDIT}/export"), get(page(site, For::Inside, export::run))),
        one_of(AUDIT, get(page(site, For::Inside, audit::show))),
        list_of::<Mails>(site),
        one_of(MAILS, get(page(site, For::Inside, mails::show))),
    ]
}

/// What is done in the background.
fn work_of(site: &Arc<Site>) -> Vec<(String, Methods)> {
    use work::{flush, runs, schedule_form, schedules, tasks};
    let inside = For::Inside;
    vec![
        (TASKS.to_owned(), both(page(site, inside, list::show::<Tasks>), form(site, inside, flush::run))),
        one_of(TASKS, both(page(site, inside, tasks::show), form(site, inside, tasks::run))),
        list_of::<Runs>(site),
        one_of(RUNS, Methods::from([(Method::GET, page(site, inside, runs::show))])),
        list_of::<Schedules>(site),
        (
            format!("{SCHEDULES}/new"),
            both(page(site, inside, schedule_form::show_new), form(site, inside, schedule_form::create)),
        ),
        one_of(SCHEDULES, both(page(site, inside, schedules::show), form(site, inside, schedules::run))),
        (
            format!("{SCHEDULES}/:id/edit"),
            both(page(site, inside, schedule_form::show_edit), form(site, inside, schedule_form::change)),
        ),
    ]
}

/// Applications.
fn applications(site: &Arc<Site>) -> Vec<(String, Methods)> {
    let inside = For::Inside;
    vec![
        list_of::<Clients>(site),
        (format!("{CLIENTS}/new"), both(page(site, inside, clients::show_new), form(site, inside, clients::create))),
        one_of(CLIENTS, both(page(site, inside, clients::show), form(site, inside, clients::run))),
    ]
}

fn list_of<L: Shown>(site: &Arc<Site>) -> (String, Methods) {
    (L::PATH.to_owned(), Methods::from([(Method::GET, page(site, For::Inside, list::show::<L>))]))
}

fn one_of(list: &str, methods: Methods) -> (String, Methods) {
    (format!("{list}/:id"), methods)
}

/// Where this session has to go first; `None` where it may go on.
fn first(door: Door, page: For) -> Option<&'static str> {
    let (is_there, place) = match door {
        Door::Pass => (page == For::Passing, SECOND_STEP),
        Door::SetUp => (page == For::SettingUp, SET_UP),
        Door::Open | Door::Ajar => (page != For::Passing, HOME),
    };
    let is_free = matches!(page, For::Strangers | For::Leaving);
    (!is_free && !is_there).then_some(place)
}

fn page<F>(site: &Arc<Site>, whom: For, show: fn(Visit) -> F) -> BoxEndpoint<'static>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let site = Arc::clone(site);
    make(move |request: Request| {
        let site = Arc::clone(&site);
        async move {
            let visit = Visit::begin(&site, Room::Console, &request).await?;
            let cookies = visit.cookies();
            look(visit, whom, show).await.map_err(|problem| poem::Error::from(cookies.onto(problem)))
        }
    })
    .boxed()
}

async fn look<F>(visit: Visit, whom: For, show: fn(Visit) -> F) -> Answer
where
    F: Future<Output = Answer> + Send + 'static,
{
    let door = visit.session.as_ref().map(|session| session.door);
    match door {
        None if whom == For::Strangers => show(visit).await,
        None if visit.was_signed_in && whom != For::Leaving => Ok(visit.over()),
        None => Ok(visit.lead_to(SIGN_IN)),
        Some(door) => match first(door, whom) {
            Some(elsewhere) => Ok(visit.lead_to(elsewhere)),
            None => show(visit).await,
        },
    }
}

fn form<F>(site: &Arc<Site>, whom: For, run: fn(Visit, Form) -> F) -> BoxEndpoint<'static>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let site = Arc::clone(site);
    make(move |mut request: Request| {
        let site = Arc::clone(&site);
        async move {
            let body = request.take_body();
            let visit = Visit::begin(&site, Room::Console, &request).await?;
            let form = Form::read(body, request.headers(), &visit.exchange).await?;
            let cookies = visit.cookies();
            take(visit, form, whom, run).await.map_err(|problem: Problem| poem::Error::from(cookies.onto(problem)))
        }
    })
    .boxed()
}

async fn take<F>(visit: Visit, form: Form, whom: For, run: fn(Visit, Form) -> F) -> Answer
where
    F: Future<Output = Answer> + Send + 'static,
{
    let door = visit.session.as_ref().map(|session| session.door);
    if whom == For::Strangers {
        return match visit.judge_anonymous(&form) {
            Ok(()) => run(visit, form).await,
            // In another tab somebody has signed in meanwhile.
            Err(Refusal::NoCookie | Refusal::Stale) if door.is_some() => Ok(visit.lead_to(HOME)),
            Err(refusal) => visit.refuse(refusal).await,
        };
    }
    let Some(door) = door.filter(|_| !visit.is_from_elsewhere()) else {
        return match whom {
            _ if visit.is_from_elsewhere() => visit.refuse(Refusal::Foreign).await,
            For::Leaving => Ok(logout::done(visit)),
            _ => Ok(visit.over()),
        };
    };
    match (visit.judge_own(&form), first(door, whom)) {
        (Err(refusal), _) => visit.refuse(refusal).await,
        (Ok(()), Some(elsewhere)) => Ok(visit.lead_to(elsewhere)),
        (Ok(()), None) => run(visit, form).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_second_step_only_the_way_to_it_and_the_way_out_are_open() {
        for page in [For::Strangers, For::Leaving, For::Passing, For::SettingUp, For::Inside] {
            let free = matches!(page, For::Strangers | For::Leaving);
            let to_pass = (!free && page != For::Passing).then_some(SECOND_STEP);
            let to_set_up = (!free && page != For::SettingUp).then_some(SET_UP);
            assert_eq!(first(Door::Pass, page), to_pass, "{page:?}");
            assert_eq!(first(Door::SetUp, page), to_set_up, "{page:?}");
            for door in [Door::Open, Door::Ajar] {
                assert_eq!(first(door, page), (page == For::Passing).then_some(HOME), "{page:?}");
            }
        }
    }
}
