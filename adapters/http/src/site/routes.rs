//! Which page is where.

use super::{
    AT, CONFIRM, HOME, LOGIN, LOGOUT, PASSWORD, Room, SIGN_IN, Site, acts, dashboard, form::Form, gate::Refusal, lift,
    login, logout, password, reset, sign_in, visit::Visit,
};
use crate::{LIFT_PAGE, RESET_PAGE, problems::Problem};
use backstop_domain::Role;
use poem::{
    EndpointExt as _, Request, Response,
    endpoint::{BoxEndpoint, make},
    http::Method,
};
use std::{collections::HashMap, sync::Arc};

pub(crate) type Methods = HashMap<Method, BoxEndpoint<'static>>;

pub(crate) type Answer = Result<Response, Problem>;

/// Every page with its path.
pub(crate) fn all(site: &Arc<Site>) -> Vec<(String, Methods)> {
    let get = |page| Methods::from([(Method::GET, page)]);
    let mut routes = site.assets.routes();
    let mut at = |path: &str, methods| routes.push((path.to_owned(), methods));
    for path in ["/", "/auth/recovery-codes", "/auth/recovery-codes/"] {
        at(path, get(page(site, dashboard::lead_on)));
    }
    at(LOGIN, both(page(site, login::show), form(site, Needs::Nothing(Entrance::Code), login::run)));
    at(SIGN_IN, both(page(site, sign_in::show), form(site, Needs::Nothing(Entrance::Password), sign_in::run)));
    at(&format!("{LIFT_PAGE}:token"), both(page(site, lift::show), form(site, Needs::Browser, lift::run)));
    at(&format!("{RESET_PAGE}:token"), both(page(site, reset::show), form(site, Needs::Browser, reset::run)));
    at(HOME, get(page(site, dashboard::show)));
    at(PASSWORD, both(page(site, password::show), form(site, Needs::Anyones, password::run)));
    at(CONFIRM, get(page(site, acts::confirm::show)));
    // Whoever comes to an act by its address, as when a page is loaded again, is led to what it changed.
    let act = |form| both(page(site, dashboard::lead_on), form);
    at(LOGOUT, act(form(site, Needs::Leaving, logout::run)));
    at(AT.generate, act(form(site, Needs::Session, acts::generate::run)));
    at(AT.verify, act(form(site, Needs::All, acts::codes::verify)));
    at(AT.invalidate_code, act(form(site, Needs::All, acts::codes::invalidate)));
    at(AT.delete_code, act(form(site, Needs::All, acts::codes::delete)));
    at(AT.invalidate_all, act(form(site, Needs::All, acts::sets::invalidate)));
    at(AT.delete_all, act(form(site, Needs::All, acts::sets::delete)));
    at(AT.download, act(form(site, Needs::All, acts::deliver::download)));
    at(AT.email, act(form(site, Needs::All, acts::deliver::email)));
    routes
}

pub(crate) fn both(get: BoxEndpoint<'static>, post: BoxEndpoint<'static>) -> Methods {
    Methods::from([(Method::GET, get), (Method::POST, post)])
}

fn page<F>(site: &Arc<Site>, show: fn(Visit) -> F) -> BoxEndpoint<'static>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let site = Arc::clone(site);
    make(move |request: Request| {
        let site = Arc::clone(&site);
        async move {
            let visit = Visit::begin(&site, Room::Users, &request).await?;
            let cookies = visit.cookies();
            show(visit).await.map_err(|problem| poem::Error::from(cookies.onto(problem)))
        }
    })
    .boxed()
}

/// Whose forms an act takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Anybody's who is not signed in, and wants to be.
    Nothing(Entrance),
    /// Anybody's, signed in or not.
    Browser,
    /// Those of somebody who is signed in, and wants nothing but not to be.
    Leaving,
    /// Those of a user who is signed in.
    Session,
    /// Those of a user who may do everything: after a sign-in with a code, once new codes are made.
    All,
    /// Likewise, also of those who run the site and have no codes.
    Anyones,
}

impl Needs {
    const fn is_about_codes(self) -> bool {
        matches!(self, Self::Session | Self::All)
    }

    const fn is_closed_to_the_confined(self) -> bool {
        matches!(self, Self::All | Self::Anyones)
    }
}

/// Which form for signing in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entrance {
    Code,
    Password,
}

impl Entrance {
    /// What could not be taken is answered with the form, drawn anew, and with the address that was typed. What another
    /// site sent is not: nobody typed that here.
    async fn refuse(self, visit: Visit, form: &Form, refusal: Refusal) -> Answer {
        match (self, refusal) {
            (Self::Code, Refusal::Foreign) => visit.refuse_to(refusal, LOGIN).await,
            (Self::Password, Refusal::Foreign) => visit.refuse_to(refusal, SIGN_IN).await,
            (Self::Code, _) => login::again(visit, form, refusal).await,
            (Self::Password, _) => sign_in::again(visit, form, refusal).await,
        }
    }
}

fn form<F>(site: &Arc<Site>, needs: Needs, run: fn(Visit, Form) -> F) -> BoxEndpoint<'static>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let site = Arc::clone(site);
    make(move |mut request: Request| {
        let site = Arc::clone(&site);
        async move {
            let body = request.take_body();
            let visit = Visit::begin(&site, Room::Users, &request).await?;
            let form = Form::read(body, request.headers(), &visit.exchange).await?;
            let cookies = visit.cookies();
            take(visit, form, needs, run).await.map_err(|problem| poem::Error::from(cookies.onto(problem)))
        }
    })
    .boxed()
}

async fn take<F>(visit: Visit, form: Form, needs: Needs, run: fn(Visit, Form) -> F) -> Answer
where
    F: Future<Output = Answer> + Send + 'static,
{
    if let Needs::Nothing(entrance) = needs {
        return match visit.judge_anonymous(&form) {
            Ok(()) => run(visit, form).await,
            // In another tab somebody has signed in meanwhile.
            Err(Refusal::NoCookie | Refusal::Stale) if visit.session.is_some() => Ok(visit.lead_to(HOME)),
            Err(refusal) => entrance.refuse(visit, &form, refusal).await,
        };
    }
    if needs == Needs::Browser && visit.session.is_none() {
        return match visit.judge_anonymous(&form) {
            Ok(()) => run(visit, form).await,
            Err(refusal) => visit.refuse(refusal).await,
        };
    }
    if visit.session.is_none() && !visit.is_from_elsewhere() {
        return Ok(if needs == Needs::Leaving { logout::done(visit) } else { visit.over_amid(&form) });
    }
    match visit.judge_own(&form) {
        Ok(()) if needs.is_about_codes() && visit.account()?.role != Role::User => visit.has_no_codes().await,
        Ok(()) if needs.is_closed_to_the_confined() && visit.is_confined() => Ok(acts::only_new_codes(visit)),
        Ok(()) => run(visit, form).await,
        // Codes that were made are not made again, whatever the form is worth by now.
        Err(Refusal::Stale) if acts::generate::is_done(&visit, &form).await? => Ok(acts::generate::stale(visit)),
        Err(refusal) => visit.refuse(refusal).await,
    }
}
