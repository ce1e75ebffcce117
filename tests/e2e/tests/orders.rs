//! Administrators' acts in every order: whatever they do, and whenever the purge runs, no code is without its set, no set
//! without its account, and every counter is right.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and a command is waited for"
)]

use backstop_e2e::{Api, Books, Kind, Site, own_network, rounds, run};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::Method;
use serde_json::{Value, json};
use std::panic::catch_unwind;

const PEOPLE: [&str; 3] = ["ann", "ben", "cem"];
const ACTS: usize = 40;

/// One sequence of acts on a site, each of which the books must stand.
struct Play<'a> {
    kind: Kind,
    site: &'a Site,
    api: &'a Api,
    seed: u64,
    told: Vec<String>,
    /// Codes that were shown, by person.
    shown: Vec<(&'static str, String)>,
}

impl Play<'_> {
    async fn order(&mut self, method: Method, path: &str, body: Option<Value>) -> u16 {
        let path = format!("/api/v1/admin/{path}");
        let answer = self.api.call(method.clone(), &path, body.as_ref()).await;
        self.told.push(format!("{method} {path} {} -> {}", body.unwrap_or_default(), answer.status));
        assert!(answer.status < 500, "{}", self.tale());
        answer.status
    }

    fn tale(&self) -> String {
        format!("{} with seed {}:\n{}", self.kind, self.seed, self.told.join("\n"))
    }

    async fn act(&mut self, dice: &mut StdRng, books: &Books) {
        let who = *PEOPLE.choose(dice).unwrap();
        let account = books.accounts.iter().find(|row| row.subject == who).map(|row| row.id);
        let sets: Vec<_> = books.batches.iter().filter(|row| Some(row.account) == account).map(|row| row.id).collect();
        let codes: Vec<_> = books.codes.iter().filter(|row| sets.contains(&row.batch)).map(|row| row.id).collect();
        let at = format!("accounts/{}", account.unwrap_or_default());
        match dice.random_range(0..20) {
            _ if account.is_none() => {
                self.order(Method::POST, "accounts", Some(json!({ "subject": who }))).await;
            }
            0..=3 => self.generate(who, dice.random_range(1..6)).await,
            4..=6 => self.redeem(dice).await,
            act @ 7..=11 if !codes.is_empty() => {
                let how = if act < 10 { "invalidate" } else { "delete" };
                let number = dice.random_range(1..5);
                let some: Vec<_> = codes.sample(dice, number).collect();
                self.order(Method::POST, &format!("{at}/codes/{how}"), Some(json!({ "codes": some }))).await;
            }
            act @ 12..=16 if !sets.is_empty() => {
                let how = ["invalidate", "delete", "delete", "remove", "remove"][act - 12];
                let set = sets.choose(dice).unwrap();
                self.order(Method::POST, &format!("{at}/batches/{set}/{how}"), None).await;
            }
            17 => drop(self.order(Method::DELETE, &at, None).await),
            18 => {
                let how = if dice.random() { "suspend" } else { "lift" };
                self.order(Method::POST, &format!("{at}/{how}"), None).await;
            }
            _ => self.purge().await,
        }
    }

    async fn generate(&mut self, who: &'static str, count: u32) {
        let made = self.api.generate(who, &json!({ "count": count })).await;
        self.told.push(format!("generate {who} -> {}", made.status));
        if made.status == 201 {
            self.shown.extend(made.codes().into_iter().map(|code| (who, code)));
        }
    }

    async fn redeem(&mut self, dice: &mut StdRng) {
        let Some((who, code)) = self.shown.choose(dice).cloned() else { return };
        let status = self.api.redeem(who, &code, &own_network()).await.status;
        self.told.push(format!("redeem {who} -> {status}"));
        assert!(status < 500, "{}", self.tale());
    }

    async fn purge(&mut self) {
        let (folder, env) = (self.site.folder().to_owned(), self.site.env());
        let arguments = ["purge", "codes", "--retention-days", "0", "--all"];
        let purged = tokio::task::spawn_blocking(move || run(&folder, &arguments, &env)).await.unwrap();
        self.told.push(format!("purge -> {:?}", purged.code));
        assert_eq!(purged.code, Some(0), "{}\n{}", purged.stderr, self.tale());
    }
}

async fn in_every_order(kind: Kind) {
    let site = Site::new(kind).await;
    let server = site.spec().with_open_guard().start().await;
    let api = Api::new(server.base(), site.key("admin,codes:read,codes:write,codes:redeem").await);
    for _ in 0..rounds(3) {
        let seed = rand::rng().random();
        let mut dice = StdRng::seed_from_u64(seed);
        let mut play = Play { kind, site: &site, api: &api, seed, told: Vec::new(), shown: Vec::new() };
        for _ in 0..ACTS {
            let books = site.books().await;
            play.act(&mut dice, &books).await;
            let books = site.books().await;
            assert!(catch_unwind(|| books.judge()).is_ok(), "{}", play.tale());
        }
        play.purge().await;
        let books = site.judge().await;
        let gone = books.codes.iter().all(|code| code.since.is_none());
        assert!(gone, "what ended is gone after a purge without retention: {}", play.tale());
        for code in &books.codes {
            let owner = books.batch(code.batch).account;
            assert!(books.accounts.iter().any(|account| account.id == owner), "{}", play.tale());
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_of_administrators_in_every_order_keep_the_books_on_sqlite() {
    in_every_order(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_of_administrators_in_every_order_keep_the_books_on_postgres() {
    in_every_order(Kind::Postgres).await;
}
