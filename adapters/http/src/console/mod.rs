//! The console for the people who run the service, under `/admin`: written by the server like the pages for users, whose
//! frame, forms and messages it shares.
//!
//! How far a session gets is decided by a use case (`Door`); `routes` leads whoever may not see a page to the one that
//! comes first.

mod act;
mod chart;
mod clients;
mod codes;
pub(crate) mod deeds;
mod detail;
mod found;
mod list;
mod overview;
mod people;
mod prove;
mod qr;
mod routes;
mod second_step;
mod sessions;
mod set_up;
mod settings;
mod trail;
mod view;
mod words;
mod work;
mod you;

pub(crate) use routes::all;
pub(crate) use words::told_of;

use crate::site::{
    answer::Link,
    visit::Visit,
    words::{Language, Phrases, Words},
};
use words::ConsoleWords;

pub(crate) const HOME: &str = "/admin";
pub(crate) const SIGN_IN: &str = "/admin/sign-in";
pub(crate) const SIGN_OUT: &str = "/admin/sign-out";
pub(crate) const SECOND_STEP: &str = "/admin/second-step";
pub(crate) const SET_UP: &str = "/admin/second-step/set-up";
pub(crate) const PASSWORD: &str = "/admin/you/password";
pub(crate) const CONFIRM: &str = "/admin/confirm";
pub(crate) const YOU: &str = "/admin/you";
pub(crate) const OWN_CODES: &str = "/admin/you/codes";
pub(crate) const OWN_SESSIONS: &str = "/admin/you/sessions";

pub(crate) const ACCOUNTS: &str = "/admin/accounts";
pub(crate) const BATCHES: &str = "/admin/sets";
pub(crate) const CODES: &str = "/admin/codes";
pub(crate) const AUDIT: &str = "/admin/audit";
pub(crate) const MAILS: &str = "/admin/mails";
pub(crate) const TASKS: &str = "/admin/tasks";
pub(crate) const RUNS: &str = "/admin/clean-ups";
pub(crate) const SCHEDULES: &str = "/admin/schedules";
pub(crate) const CLIENTS: &str = "/admin/clients";
pub(crate) const SETTINGS: &str = "/admin/settings";

/// What every page of the console says.
struct Said {
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
}

impl Said {
    fn of(visit: &Visit) -> Self {
        Self { w: visit.words(), say: visit.phrases(), cw: words(visit.language) }
    }
}

fn words(language: Language) -> &'static ConsoleWords {
    ConsoleWords::of(language)
}

/// The pages that are open to whoever is signed in.
pub(crate) fn links(visit: &Visit, here: &'static str) -> Vec<Link> {
    let cw = words(visit.language);
    let is_inside = visit.session.as_ref().is_some_and(|session| session.door.lets_in());
    let all = [
        (HOME, cw.overview_link),
        (ACCOUNTS, cw.list("accounts")),
        (BATCHES, cw.list("batches")),
        (AUDIT, cw.list("audit")),
        (MAILS, cw.list("mails")),
        (TASKS, cw.list("tasks")),
        (SCHEDULES, cw.list("schedules")),
        (RUNS, cw.list("clean-ups")),
        (CLIENTS, cw.list("clients")),
        (SETTINGS, cw.settings_link),
        (YOU, cw.you_link),
    ];
    let links = all.into_iter().filter(|_| is_inside);
    links.map(|(to, text)| Link { to, text, here: here == to }).collect()
}
