//! Every page, in every state that it has words for.

mod console;
mod entrance;
mod faults;
mod later;
mod mail;
mod meanwhile;
mod newcomer;
mod recovery;
mod reset;
mod suspended;
mod waits;

use backstop_browser::{Chrome, View};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteQueryResult};

use super::{
    Hosted, Person, User,
    visits::{Stops, Visitor},
};
use crate::{Kind, Server, ServerSpec};

/// What the browsers of a tour ask for: each language that the pages speak.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

/// Nobody waits on a tour, but where it is about waits.
const SETTINGS: [(&str, &str); 4] = [
    ("BACKSTOP_GUARD__MAX_ATTEMPTS", "3"),
    ("BACKSTOP_SITE__NAME", "Example Bank"),
    ("BACKSTOP_SESSION__IDLE", "7d"),
    ("BACKSTOP_SESSION__ABSOLUTE", "7d"),
];

/// Of the form of a code, and nobody's.
const NOBODYS_CODE: &str = "abcdef-ghijkm-npqrst-uvwxyz-234567-898989";

/// Ahead by this, in seconds, a sign-in is not fresh any more, and codes are not handed over any more.
const AN_HOUR: i64 = 60 * 60;

/// Shows every page to the visitor, in one language.
pub async fn tour<V: Visitor>(chrome: &Chrome, language: &'static str, views: &[View], visitor: &mut V) {
    let hosted = Hosted::start(Kind::Sqlite, &SETTINGS).await;
    let mut tour = Tour { stops: Stops { chrome, visitor, views }, hosted, language };
    tour.strangers().await;
    tour.refused_forms().await;
    tour.staff().await;
    tour.newcomer().await;
    tour.waits().await;
    tour.recovery().await;
    tour.without_password().await;
    tour.meanwhile().await;
    tour.troubles().await;
    tour.suspended().await;
    tour.reset().await;
    tour.mail().await;
    tour.later().await;
    tour.console().await;
    tour.faults().await;
}

struct Tour<'v, V> {
    stops: Stops<'v, V>,
    hosted: Hosted,
    language: &'static str,
}

impl<V: Visitor> Tour<'_, V> {
    async fn person(&self, subject: &str) -> Person {
        let user = self.hosted.user(subject).await;
        self.comes(user).await
    }

    /// Somebody with a browser of their own, who is nowhere yet.
    async fn comes(&self, user: User) -> Person {
        let view = View::WIDE.in_languages(self.language);
        Person::new(self.stops.chrome, view, &self.hosted, user).await
    }

    /// Another server of the same site.
    fn server(&self) -> ServerSpec {
        Hosted::spec(&self.hosted.site, &SETTINGS)
    }

    /// Somebody who is signed in to that server.
    async fn signed_in_at(&self, server: &Server, subject: &str) -> Person {
        let mut person = self.person(subject).await;
        person.moves_to(server.base());
        person.sign_in().await;
        person
    }

    async fn stop(&mut self, person: &mut Person, name: &str) {
        self.stops.stop(&mut person.page, &self.called(name)).await;
    }

    /// As [`Self::stop`], through those views alone that are narrow enough for the menu of a small screen.
    async fn stop_where_narrow(&mut self, person: &mut Person, name: &str) {
        self.stops.stop_where(&mut person.page, &self.called(name), |view| view.css_width() <= 640).await;
    }

    async fn stop_on_paper(&mut self, person: &mut Person, name: &str) {
        self.stops.stop_in(&mut person.page, &self.called(name), View::PAPER).await;
    }

    fn called(&self, name: &str) -> String {
        match self.language {
            "de" => format!("{name}-german"),
            _ => name.to_owned(),
        }
    }

    /// Changes what only happens after a long time, or never.
    async fn database(&self, statement: &'static str) -> SqliteQueryResult {
        let mut database = SqliteConnection::connect(self.hosted.site.database()).await.expect("the database");
        sqlx::query(statement).execute(&mut database).await.expect("a sound statement")
    }
}
