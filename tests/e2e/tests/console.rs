//! The console of a production service, over HTTP, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_e2e::{Kind, Search, Server, ServerSpec, Site, dump_database, own_network, run_with_input, totp};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::{sync::Barrier, task::JoinSet};

const PASSWORD: &str = "violet tractor moon";

/// As behind a proxy that ends TLS, with sessions that all servers of the site know.
fn production(site: &Site) -> ServerSpec {
    [
        ("BACKSTOP_MODE", "production"),
        ("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true"),
        ("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org"),
        ("BACKSTOP_MAIL__URL", "smtps://mail.example.org"),
        ("BACKSTOP_MAIL__FROM", "codes@example.org"),
        ("BACKSTOP_CACHE__ALLOW_IN_PROCESS", "true"),
        ("BACKSTOP_SESSION__STORE", "database"),
        ("BACKSTOP_GUARD__BASE_COOLDOWN", "1s"),
    ]
    .iter()
    .fold(site.spec(), |spec, (name, value)| spec.with(name, *value))
}

fn make_admin(site: &Site) {
    let arguments = ["create-admin", "--email", "root@example.com", "--subject", "root", "--password-stdin"];
    let made = run_with_input(site.folder(), &arguments, &production(site).env, PASSWORD.as_bytes());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
}

/// A browser that keeps cookies and is followed by hand.
#[derive(Clone)]
struct Browser {
    base: String,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: u16,
    led_to: String,
    text: String,
}

impl Browser {
    fn new(server: &Server) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base: server.base().to_owned(), http, cookies: BTreeMap::new() }
    }

    async fn answer(&mut self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        let headers = response.headers().clone();
        for line in headers.get_all("set-cookie") {
            let (pair, rest) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name.starts_with("__Host-") && rest.contains("Secure") && rest.contains("HttpOnly"), "{line:?}");
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.cookies.retain(|_, value| !value.is_empty());
        }
        let led_to = headers.get("location").map_or("", |place| place.to_str().unwrap()).to_owned();
        Page { status: response.status().as_u16(), led_to, text: response.text().await.unwrap() }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.answer(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Sends what is typed with the token of the page's forms.
    async fn post(&mut self, page: &Page, path: &str, typed: &[(&str, &str)]) -> Page {
        let token = between(&page.text, "name=\"form_token\" value=\"", "\"");
        let fields =
            typed.iter().map(|(name, value)| format!("&{name}={}", value.replace('@', "%40").replace(' ', "+")));
        let body = format!("form_token={token}{}", fields.collect::<String>());
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        self.answer(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// Gives the password, and tells where that leads.
    async fn knock(&mut self) -> String {
        let page = self.get("/admin/sign-in").await;
        let typed = [("email", "root@example.com"), ("password", PASSWORD)];
        let inside = self.post(&page, "/admin/sign-in", &typed).await;
        assert_eq!((inside.status, inside.led_to.as_str()), (303, "/admin"));
        self.get("/admin").await.led_to
    }

    async fn set_up(&mut self) -> String {
        let page = self.get("/admin/second-step/set-up").await;
        let secret = between(&page.text, "<code id=\"secret\" class=\"typed\">", "<").replace(' ', "");
        let done = self.post(&page, "/admin/second-step/set-up", &[("code", &totp::code(&secret, 0))]).await;
        assert_eq!((done.status, done.led_to.as_str()), (303, "/admin"), "{}", done.text);
        secret
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_gets_in_with_both_steps_and_leaves_no_secret_behind() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        make_admin(&site);
        let server = production(&site).start().await;
        let mut root = Browser::new(&server);
        assert_eq!(root.knock().await, "/admin/second-step/set-up", "{kind}");
        assert_eq!(root.get("/admin/you/codes").await.led_to, "/admin/second-step/set-up");
        let secret = root.set_up().await;
        let home = root.get("/admin").await;
        assert!(home.status == 200 && home.text.contains("root@example.com"), "{kind} {}", home.text);

        let page = root.get("/admin/you/codes").await;
        let made = root.post(&page, "/admin/you/codes", &[("after", "")]).await;
        let list = between(&made.text, "<ol id=\"codes\">", "</ol>");
        let code: String = between(list, "<code>", "</code>")
            .split('<')
            .filter_map(|part| part.split_once('>'))
            .map(|(_, text)| text)
            .collect();
        assert_eq!(code.len(), 41, "{code}");

        let mut without = Browser::new(&server);
        assert_eq!(without.knock().await, "/admin/second-step");
        let page = without.get("/admin/second-step").await;
        let passed = without.post(&page, "/admin/second-step", &[("method", "code"), ("code", &code)]).await;
        assert_eq!(passed.led_to, "/admin", "{kind}");
        assert!(without.get("/admin").await.text.contains("Set up your authenticator again"), "{kind}");

        let out = root.post(&home, "/admin/sign-out", &[]).await;
        assert_eq!(out.led_to, "/admin/sign-in");
        assert_eq!(root.get("/admin").await.led_to, "/admin/sign-in");

        // PostgreSQL shows bytes as digits.
        let raw = base32(&secret);
        let digits: String =
            raw.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|d| char::from_digit(d.into(), 16)).collect();
        let mut everything = dump_database(site.database()).await;
        everything.push(("the log".to_owned(), server.log().into_bytes()));
        for hidden in [secret.as_bytes(), &raw, digits.as_bytes(), code.as_bytes(), PASSWORD.as_bytes()] {
            for (place, text) in &everything {
                assert!(!holds(text, hidden), "{kind}: a secret is in {place}");
            }
        }
        assert!(server.stop().await.success());
    }
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

fn base32(text: &str) -> Vec<u8> {
    let bits = text.bytes().flat_map(|symbol| {
        let value = if symbol.is_ascii_alphabetic() { symbol - b'A' } else { symbol - b'2' + 26 };
        (0..5).rev().map(move |bit| value >> bit & 1)
    });
    bits.collect::<Vec<u8>>().chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// "A used time step is refused again", also when several servers are asked at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn one_code_of_an_authenticator_passes_once_over_two_servers() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        make_admin(&site);
        let servers = [production(&site).start().await, production(&site).start().await];
        let mut root = Browser::new(&servers[0]);
        root.knock().await;
        let secret = root.set_up().await;
        // The next one, which a clock that is a little ahead shows already.
        let code = totp::code(&secret, 1);
        let mut ready = Vec::new();
        for server in servers.iter().cycle().take(8) {
            let mut browser = Browser::new(server);
            assert_eq!(browser.knock().await, "/admin/second-step");
            let page = browser.get("/admin/second-step").await;
            ready.push((browser, page));
        }
        let (start, mut tasks) = (Arc::new(Barrier::new(ready.len())), JoinSet::new());
        for (mut browser, page) in ready {
            let (start, code) = (Arc::clone(&start), code.clone());
            tasks.spawn(async move {
                start.wait().await;
                let answer = browser.post(&page, "/admin/second-step", &[("method", "totp"), ("code", &code)]).await;
                assert_eq!(answer.status, 303, "{}", answer.text);
                answer.led_to == "/admin" && browser.get("/admin").await.status == 200
            });
        }
        let passed = tasks.join_all().await.into_iter().filter(|passed| *passed).count();
        assert_eq!(passed, 1, "{kind}");
        for server in servers {
            assert!(server.stop().await.success());
        }
    }
}

const KEPT_APART: [&str; 9] = [
    "SELECT lookup FROM codes",
    "SELECT CAST(verifier AS BLOB) FROM codes",
    "SELECT digest FROM client_keys",
    "SELECT digest FROM sessions",
    "SELECT CAST(verifier AS BLOB) FROM passwords",
    "SELECT delivery_digest FROM batches WHERE delivery_digest IS NOT NULL",
    "SELECT secret FROM second_factors WHERE secret IS NOT NULL",
    "SELECT substr(sealed, 1, 32) FROM vault_entries",
    "SELECT typed FROM audit_entries WHERE typed IS NOT NULL",
];

/// What the database keeps by which a code, a key, a password or a session is known: in each way to write it.
async fn kept_apart(site: &Site) -> Vec<String> {
    let mut database = SqliteConnection::connect(site.database()).await.unwrap();
    let mut kept = Vec::new();
    for statement in KEPT_APART {
        let values: Vec<Vec<u8>> = sqlx::query_scalar(statement).fetch_all(&mut database).await.unwrap();
        assert!(!values.is_empty(), "{statement}");
        for value in values {
            kept.push(value.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")));
            kept.push(STANDARD_NO_PAD.encode(&value));
            kept.extend(String::from_utf8(value));
        }
    }
    kept
}

/// Where a page leads to. Another order of a list, and another portion of it, are no other pages.
fn leads_to(page: &str) -> impl Iterator<Item = String> {
    let links = page.split("href=\"/admin").skip(1).filter_map(|rest| rest.split('"').next());
    let links = links.map(|rest| format!("/admin{}", rest.replace("&#38;", "&").replace("&amp;", "&")));
    links.filter(|link| !link.contains("sort=") && !link.contains("cursor="))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_and_no_file_of_the_console_has_a_code_or_what_it_is_known_by() {
    let site = Site::new(Kind::Sqlite).await;
    make_admin(&site);
    let server = production(&site).start().await;
    let api = site.api(&server).await;
    let mut codes = Vec::new();
    for subject in ["ann", "bob"] {
        api.put_account(subject, &json!({ "email": format!("{subject}@example.org") })).await.expect(201);
        let made = api.generate(subject, &json!({})).await.expect(201);
        codes.extend(made.codes());
        api.verify(subject, &made.codes()[1], &own_network()).await.expect(200);
        api.redeem(subject, &made.codes()[0], &own_network()).await.expect(200);
    }
    api.redeem("nobody", &codes[2], &own_network()).await.expect(401);
    let mut root = Browser::new(&server);
    root.knock().await;
    let secret = root.set_up().await;
    let own = root.get("/admin/you/codes").await;
    root.post(&own, "/admin/you/codes", &[("after", "")]).await;
    let form = root.get("/admin/schedules/new").await;
    assert_eq!(form.status, 200);

    let mut secrets = kept_apart(&site).await;
    secrets.extend(codes.iter().cloned().chain([secret, PASSWORD.to_owned(), "$argon2id$v=19".to_owned()]));
    let search = Search::new(secrets.iter().map(String::as_str));
    assert!(!search.hits(codes[5].as_bytes()).is_empty(), "the search can find one");
    let mut known = BTreeSet::from(["/admin".to_owned(), "/admin/codes?subject=ann".to_owned()]);
    let mut ahead: Vec<String> = known.iter().cloned().collect();
    while let Some(path) = ahead.pop() {
        let page = root.get(&path).await;
        assert!([200, 303].contains(&page.status), "{path}: {}", page.status);
        let hits = search.hits(page.text.as_bytes());
        // Whoever sets an authenticator up sees its own secret, once.
        assert!(hits.is_empty() || path == "/admin/second-step/set-up", "{path}: {hits:?}");
        ahead.extend(leads_to(&page.text).filter(|link| known.insert(link.clone())));
        assert!(known.len() < 1_500, "there is no end to {known:?}");
    }
    for kind in ["accounts/", "sets/", "codes/", "audit/", "tasks/", "schedules/", "clients/", "audit/export?format="] {
        let begins = format!("/admin/{kind}");
        assert!(known.iter().any(|path| path.starts_with(&begins)), "no {kind} in {known:?}");
    }
}
