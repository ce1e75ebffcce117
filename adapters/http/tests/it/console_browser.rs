//! An administrator with a browser and an authenticator app.

use crate::{
    site_browser::{Browser, PASSWORD, Page, encoded, person, plain},
    world::{Plan, World},
};
use backstop_application::ports::{AuditReader as _, Clock as _};
use backstop_domain::{Actor, AuditKind, Role, SecretText};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use totp_rs::{Builder, Secret};

/// A world with the administrator root and the auditor eve.
pub(crate) async fn staffed(production: bool) -> World {
    let mut plan = Plan::default();
    plan.settings.production = production;
    let world = World::planned(plan).await;
    person(&world, "root", Role::Admin).await;
    person(&world, "eve", Role::Auditor).await;
    world
}

/// What the app shows now.
pub(crate) fn shown(world: &World, secret: &SecretText) -> String {
    let secret = Secret::try_from_base32(secret.reveal()).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(world.clock.now().as_second()).unwrap()).to_string()
}

/// Until the app shows another code.
pub(crate) fn next_code(world: &World) {
    world.clock.advance(SignedDuration::from_secs(30));
}

impl Page {
    /// What is to be typed into an app.
    #[track_caller]
    pub(crate) fn secret(&self) -> SecretText {
        let (_, rest) = self.text.split_once("<code id=\"secret\"").unwrap_or_else(|| panic!("{}", self.text));
        let (_, rest) = rest.split_once('>').unwrap();
        SecretText::new(plain(rest.split("</code>").next().unwrap()).replace(' ', ""))
    }

    /// What is between these on the page.
    fn between(&self, start: &str, end: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(start)?;
        rest.split(end).next()
    }

    /// The list, row by row, as one reads it.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        self.table("list")
    }

    /// What a fact of the page is, as one reads it.
    pub(crate) fn fact(&self, name: &str) -> Option<String> {
        let facts = self.between("<dl class=\"facts\">", "</dl>")?;
        let mut facts = facts.split("<dt>").skip(1).filter_map(|fact| fact.split_once("</dt>"));
        facts.find(|(known, _)| *known == name).map(|(_, fact)| plain(fact))
    }

    /// The runs that a schedule has ahead, as one reads them; or why there are none.
    pub(crate) fn ahead(&self) -> Vec<String> {
        let section = self.between("<section id=\"preview\"", "</section>").unwrap_or_else(|| panic!("{}", self.text));
        let lines: Vec<String> = section.split("<li>").skip(1).map(plain).collect();
        if lines.is_empty() { vec![plain(section.split("</h2>").nth(1).unwrap())] } else { lines }
    }

    /// The first address on the page that begins so.
    #[track_caller]
    pub(crate) fn link(&self, beginning: &str) -> String {
        let links = self.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let mut links = links.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"));
        links.find(|link| link.starts_with(beginning)).unwrap_or_else(|| panic!("no {beginning} in {}", self.text))
    }

    #[track_caller]
    pub(crate) fn is_at(&self, path: &str) {
        assert_eq!((self.status, self.path.as_str()), (StatusCode::OK, path), "{}", self.text);
    }
}

/// Somebody who is signed in, in development, where the password is enough.
pub(crate) async fn inside<'a>(world: &'a World, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    browser.knock(name).await.is_at("/admin");
    browser
}

impl Browser<'_> {
    /// Sends what the page has no form for, as somebody would who knows how.
    pub(crate) async fn force(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut sent = self.get("/admin").await.form("logout-form").fields;
        sent.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.ask(Method::POST, path, Some(encoded(&sent))).await
    }

    /// The page after the password.
    pub(crate) async fn knock(&mut self, name: &str) -> Page {
        let page = self.get("/admin/sign-in").await;
        let email = format!("{name}@example.com");
        self.submit(&page, "sign-in-form", &[("email", &email), ("password", PASSWORD)]).await
    }

    /// Sets an authenticator up; its secret, and the page after that.
    pub(crate) async fn enrol(&mut self) -> (SecretText, Page) {
        let page = self.get("/admin/second-step/set-up").await;
        let secret = page.secret();
        let home = self.submit(&page, "set-up-form", &[("code", &shown(self.world, &secret))]).await;
        home.is_at("/admin");
        (secret, home)
    }

    /// Signs in with both steps.
    pub(crate) async fn enter(&mut self, name: &str, secret: &SecretText) -> Page {
        next_code(self.world);
        let page = self.knock(name).await;
        page.is_at("/admin/second-step");
        let home = self.submit(&page, "second-step-form", &[("code", &shown(self.world, secret))]).await;
        home.is_at("/admin");
        home
    }
}

/// Somebody inside, with an authenticator of a moment ago.
pub(crate) async fn enrolled<'a>(world: &'a World, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    browser.knock(name).await;
    browser.enrol().await;
    browser
}

/// The kinds of the newest entries of the trail, the newest first, and whether all were done by somebody of the console
/// from an address and in a request that are known.
pub(crate) async fn newest(world: &World, number: u32) -> Vec<AuditKind> {
    let entries = world.storage.newest(None, number).await.unwrap();
    for entry in &entries {
        assert!(matches!(entry.actor, Actor::Staff(_)), "{entry:?}");
        assert!(entry.origin.request.is_some(), "{entry:?}");
    }
    entries.into_iter().map(|entry| entry.kind).collect()
}

impl Browser<'_> {
    /// The page of an account, found in the list by its subject.
    pub(crate) async fn account(&mut self, subject: &str) -> Page {
        let list = self.get(&format!("/admin/accounts?subject={subject}")).await;
        let to = list.link_called(subject);
        self.get(&to).await
    }

    /// The page of an account's newest set.
    pub(crate) async fn set_of(&mut self, subject: &str) -> Page {
        let list = self.get(&format!("/admin/sets?subject={subject}")).await;
        let to = list.table("list")[0][1].clone();
        let to = list.link_called(&to);
        self.get(&to).await
    }
}
