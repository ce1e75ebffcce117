//! What every page has, in both languages.

use crate::{
    site_browser::{BASE, Browser, user, with_ann},
    site_markup::{check, without_scripts},
    world::{Plan, World},
};
use async_trait::async_trait;
use backstop_application::ports::{AccountReader, AccountState, PortError, PortResult, SecondFactor, StoredPassword};
use backstop_domain::{Account, AccountId, AddressKey, Network, Subject, Timestamp};
use backstop_http::Colours;
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page of each kind.
async fn pages(world: &World, language: &str) -> Vec<crate::site_browser::Page> {
    let browser = || Browser::new(world).saying("accept-language", language);
    let (mut stranger, mut ann) = (browser(), browser());
    let login = stranger.get(&format!("{BASE}/login")).await;
    let typo = stranger.submit(&login, "login-form", &[("email", "ann@example.com"), ("code", "abc")]).await;
    let wrong = stranger.submit(&login, "login-form", &[("email", "ann@example.com"), ("code", &"A".repeat(36))]).await;
    let foreign = stranger.press(&login, "login-form", &[("form_token", "")]).await;
    let nothing = stranger.get(&format!("{BASE}/nothing")).await;
    let sign_in = stranger.get(&format!("{BASE}/sign-in")).await;
    let first = ann.sign_in("ann").await;
    let codes = ann.submit(&first, "generate-form", &[("count", "50"), ("sure", "yes")]).await;
    let password = ann.get(&format!("{BASE}/password")).await;
    for _ in 0..10 {
        ann.make_codes().await;
    }
    let home = ann.home().await;
    let unsure = ann.submit(&home, "invalidate-all-form", &[]).await;
    let out_of_bounds = ann.submit(&home, "generate-form", &[("count", "99")]).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let confirm = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    let mut recovering = browser();
    let code =
        world.post("/api/v1/accounts/ann/batches", json!({})).await.json["codes"][0].as_str().unwrap().to_owned();
    let recovery = recovering.sign_in_with("ann@example.com", &code).await;
    vec![
        login,
        typo,
        wrong,
        foreign,
        nothing,
        sign_in,
        first,
        codes,
        password,
        home,
        unsure,
        out_of_bounds,
        confirm,
        recovery,
    ]
}

#[tokio::test]
async fn every_page_is_sealed_against_others() {
    let world = with_ann(Plan::default()).await;
    for page in pages(&world, "en").await {
        let at = (&page.path, page.status);
        assert_eq!(page.header("content-security-policy"), POLICY, "{at:?}");
        assert_eq!(page.header("cache-control"), "no-store", "{at:?}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{at:?}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{at:?}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{at:?}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{at:?}");
        without_scripts(&page.text);
    }
}

#[tokio::test]
async fn every_page_is_well_formed_in_both_languages() {
    for (language, tag) in [("en", "<html lang=\"en\">"), ("de-DE,de;q=0.9", "<html lang=\"de\">")] {
        let world = with_ann(Plan::default()).await;
        for page in pages(&world, language).await {
            assert!(page.text.contains(tag), "{language} {}", page.path);
            if let Err(why) = check(&page.text) {
                panic!("{} {}: {why}\n{}", page.path, page.status, page.text);
            }
        }
    }
}

#[tokio::test]
async fn a_page_with_all_it_loads_is_small() {
    let world = with_ann(Plan { per_page: 10, ..Plan::default() }).await;
    for language in ["en", "de"] {
        let mut browser = Browser::new(&world);
        let login = browser.get(&format!("{BASE}/login")).await;
        let loads: Vec<String> =
            login.text.split('"').filter(|text| text.starts_with("/assets/")).map(str::to_owned).collect();
        assert_eq!(loads.len(), 3, "{loads:?}");
        let mut sum = 0;
        for path in loads {
            let asset = browser.ask(Method::GET, &path, None).await;
            assert_eq!(
                (asset.status, asset.header("cache-control")),
                (StatusCode::OK, "public, max-age=31536000, immutable")
            );
            assert!(asset.bytes.len() < 20_000, "{path}: {}", asset.bytes.len());
            sum += asset.bytes.len();
        }
        for page in pages(&world, language).await {
            assert!(sum + page.bytes.len() < 60_000, "{}: {} and {sum}", page.path, page.bytes.len());
        }
    }
}

#[tokio::test]
async fn the_language_is_the_accounts_else_the_browsers_else_the_sites() {
    let mut plan = Plan::default();
    plan.settings.site.language = backstop_domain::Locale::parse("de").ok();
    let world = with_ann(plan).await;
    let text = Browser::new(&world).get(&format!("{BASE}/login")).await.text;
    assert!(text.contains("Mit einem Wiederherstellungs\u{ad}code anmelden"));
    let mut ann = Browser::new(&world).saying("accept-language", "en-GB");
    assert!(ann.get(&format!("{BASE}/login")).await.text.contains("Sign in with a recovery code"));
    assert!(ann.sign_in("ann").await.text.contains("Your recovery codes"));
    world.put("/api/v1/accounts/ann", json!({ "locale": "de-AT" })).await;
    assert!(ann.home().await.text.contains("Ihre Wiederherstellungscodes"));
}

#[tokio::test]
async fn exact_times_name_their_zone_as_the_language_does() {
    for (language, exact, caption, captions) in [
        (
            "en",
            "at 10:30:00 CET",
            "<caption>1 set of codes</caption>",
            "<caption>2 sets of codes, newest first</caption>",
        ),
        (
            "de",
            "um 10:30:00 MEZ",
            "<caption>1 Codesatz</caption>",
            "<caption>2 Codesätze, der neueste zuerst</caption>",
        ),
    ] {
        let mut plan = Plan::default();
        plan.settings.site.time_zone = backstop_domain::schedule::Zone::parse("Europe/Berlin").unwrap();
        let world = with_ann(plan).await;
        let mut ann = Browser::new(&world).saying("accept-language", language);
        ann.sign_in("ann").await;
        ann.make_codes().await;
        let home = ann.home().await;
        assert!(home.text.contains(exact) && home.text.contains(caption), "{}", home.text);
        assert_eq!(home.text.contains("CET"), language == "en");
        ann.make_codes().await;
        assert!(ann.home().await.text.contains(captions));
    }
}

#[tokio::test]
async fn names_are_shown_as_text_whatever_is_in_them() {
    let evil = "<script>alert(1)</script>\"'&";
    let mut plan = Plan::default();
    plan.settings.site.name = evil.to_owned();
    plan.settings.site.support = backstop_domain::letter::SupportContact::parse(evil).ok();
    let world = World::planned(plan).await;
    let subject = "%3Cb%3E\"x'";
    world
        .put(&format!("/api/v1/accounts/{subject}"), json!({ "email": "a'b@example.com", "display_name": evil }))
        .await;
    let reply = world.post(&format!("/api/v1/accounts/{subject}/batches"), json!({})).await;
    let code = reply.json["codes"][0].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&world);
    let home = browser.sign_in_with("a'b@example.com", &code).await;
    let codes = browser.submit(&home, "generate-form", &[("sure", "yes")]).await;
    let dashboard = browser.home().await;
    let mut other = Browser::new(&world);
    let refused = other.sign_in_with("\"><script>alert(2)</script>@x", &"A".repeat(36)).await;
    assert!(
        refused.text.contains("&#34;&gt;&lt;script&gt;") || refused.text.contains("&#34;&#62;&#60;script"),
        "{}",
        refused.text
    );
    for page in [home, codes, dashboard, refused] {
        assert!(!page.text.contains("<script>") && !page.text.contains("<b>\""), "{}", page.text);
        check(&page.text).unwrap();
    }
}

#[tokio::test]
async fn cookies_in_production_are_for_this_host_and_tls_only() {
    let mut plan = Plan::default();
    plan.settings.production = true;
    plan.generation_wait = SignedDuration::from_mins(1);
    let world = with_ann(plan).await;
    let mut ann = Browser::new(&world);
    let mut lines = Vec::new();
    let login = ann.get(&format!("{BASE}/sign-in")).await;
    lines.push(login.clone());
    lines.push(ann.press(&login, "sign-in-form", &[("email", "ann@example.com"), ("password", "wrong")]).await);
    ann.sign_in("ann").await;
    let home = ann.home().await;
    lines.push(ann.press(&home, "generate-form", &[]).await);
    let home = ann.home().await;
    lines.push(ann.press(&home, "generate-form", &[("sure", "yes")]).await);
    lines.push(ann.press(&home, "logout-form", &[]).await);
    let all: Vec<String> = lines
        .iter()
        .flat_map(|page| page.headers.get_all("set-cookie"))
        .map(|line| line.to_str().unwrap().to_owned())
        .collect();
    for name in ["visitor", "message", "delivery", "session", "order"] {
        assert!(all.iter().any(|line| line.starts_with(&format!("__Host-backstop_{name}="))), "{name}: {all:?}");
    }
    for line in all {
        assert!(line.starts_with("__Host-") && line.ends_with("Path=/; Secure; HttpOnly; SameSite=Lax"), "{line}");
    }
    assert!(login.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn an_operators_colours_come_as_a_stylesheet() {
    let mut plan = Plan::default();
    plan.settings.site.colours = Colours::parse(&["#7a1fa2".to_owned(), "#e1a6ff".to_owned()]).ok();
    let world = World::planned(plan).await;
    let mut browser = Browser::new(&world);
    let page = browser.get(&format!("{BASE}/login")).await;
    let path = page.text.split('"').find(|text| text.starts_with("/assets/colours-")).unwrap().to_owned();
    let sheet = browser.ask(Method::GET, &path, None).await;
    assert!(sheet.text.contains("--accent:#7a1fa2") && sheet.text.contains("--accent:#e1a6ff"));
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
}

struct Out;

#[async_trait]
impl AccountReader for Out {
    async fn by_subject(&self, _: &Subject) -> PortResult<Option<Account>> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn by_id(&self, _: AccountId) -> PortResult<Option<Account>> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn by_email(&self, _: &AddressKey) -> PortResult<Option<Account>> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn password(&self, _: AccountId) -> PortResult<Option<StoredPassword>> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn second_factor(&self, _: AccountId) -> PortResult<SecondFactor> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn is_known_from(&self, _: &Subject, _: Network, _: Timestamp) -> PortResult<bool> {
        Err(PortError::unavailable("db.internal is out"))
    }

    async fn state(&self, _: &Subject) -> PortResult<Option<AccountState>> {
        Err(PortError::unavailable("db.internal is out"))
    }
}

#[tokio::test]
async fn a_fault_is_a_page_in_words_and_the_api_keeps_its_problems() {
    let world = World::planned(Plan { accounts: Some(Arc::new(Out)), ..Plan::default() }).await;
    for (language, told) in [
        ("en", "A part of this service does not answer right now."),
        ("de", "Ein Teil dieses Dienstes antwortet gerade nicht."),
    ] {
        let mut browser = Browser::new(&world).saying("accept-language", language);
        let page = browser.sign_in_with("ann@example.com", &"A".repeat(36)).await;
        assert_eq!((page.status, page.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
        assert!(page.message().starts_with(told) && !page.text.contains("db.internal"), "{}", page.text);
        assert!(page.text.contains(page.header("x-request-id")), "with the number to ask for help with");
        check(&page.text).unwrap();
    }
    world.get("/api/v1/accounts/ann").await.is(503, "unavailable");
}

#[tokio::test]
async fn an_address_that_was_typed_is_there_after_a_fault() {
    let world = World::planned(Plan { accounts: Some(Arc::new(Out)), ..Plan::default() }).await;
    for (path, form, secret) in [("login", "login-form", "code"), ("sign-in", "sign-in-form", "password")] {
        let mut browser = Browser::new(&world);
        let page = browser.get(&format!("{BASE}/{path}")).await;
        let wrong = "A".repeat(36);
        let fault = browser.submit(&page, form, &[("email", "ann@example.com"), (secret, &wrong)]).await;
        assert_eq!(fault.status, StatusCode::SERVICE_UNAVAILABLE);
        let page = browser.get(&format!("{BASE}/{path}")).await;
        assert!(page.text.contains("value=\"ann@example.com\"") && !page.text.contains(&wrong), "{}", page.text);
        assert!(page.message().starts_with("A part of this service does not answer"), "{}", page.message());
    }
}

#[tokio::test]
async fn help_is_in_the_same_place_on_every_page() {
    let mut plan = Plan::default();
    plan.settings.site.support = backstop_domain::letter::SupportContact::parse("help@example.org").ok();
    let world = World::planned(plan).await;
    user(&world, "ann").await;
    for page in pages(&world, "en").await {
        let foot = page.text.split_once("<footer").unwrap().1;
        assert!(foot.contains("href=\"mailto:help@example.org\""), "{}", page.path);
    }
}
