//! The page that a mailed link leads to, where a user sets another password without the present one.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, encoded, person, user, with_ann},
    world::{Plan, World},
};
use backstop_domain::{Role, Scope};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;

const MAILED: &str = "https://site.example/reset/";
const ADMIN: &str = "/api/v1/admin/accounts";
const NEW: &str = "seven copper kettles in a row";

/// Ann, who can be sent a mail, and the key of somebody who administers.
async fn world() -> World {
    let mut world = with_ann(Plan::default()).await;
    world.key = world.client("helpdesk", &[Scope::Admin, Scope::CodesWrite]).await;
    world
}

async fn order(world: &World, name: &str) -> String {
    let account = world.use_cases.show_account.run(&name.parse().unwrap()).await.unwrap().account.id;
    format!("{ADMIN}/{account}/password-reset")
}

/// The token of the link in the last mail to Ann.
async fn mailed(world: &World) -> String {
    let sent = world.call(Method::POST, &order(world, "ann").await, None).await;
    assert_eq!((sent.status, sent.json["subject"].as_str()), (StatusCode::ACCEPTED, Some("ann")));
    world.work().await;
    let mails = world.mailer.sent();
    let (_, token) = mails.iter().rev().find_map(|mail| mail.text.reveal().split_once(MAILED)).unwrap();
    token.split_whitespace().next().unwrap().to_owned()
}

fn path(token: &str) -> String {
    format!("{BASE}/reset/{token}")
}

fn twice(new: &str) -> [(&'static str, &str); 2] {
    [("new_password", new), ("repeat_password", new)]
}

/// A moment later, as anybody who types it.
async fn signs_in(world: &World, password: &str) -> bool {
    world.clock.advance(SignedDuration::from_secs(1));
    let mut browser = Browser::new(world);
    let page = browser.get(&format!("{BASE}/sign-in")).await;
    let typed = [("email", "ann@example.com"), ("password", password)];
    browser.submit(&page, "sign-in-form", &typed).await.path.ends_with("/dashboard")
}

#[tokio::test]
async fn a_link_opens_a_page_that_sets_a_password_once_and_signs_nobody_in() {
    let world = world().await;
    let mut elsewhere = Browser::new(&world);
    elsewhere.sign_in("ann").await;
    let token = mailed(&world).await;
    let mut ann = Browser::new(&world);
    for _ in 0..2 {
        let page = ann.get(&path(&token)).await;
        assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(!page.text.contains(&token) && !page.text.contains("ann@example.com"), "{}", page.text);
    }
    assert!(signs_in(&world, PASSWORD).await, "looking changes nothing");
    let page = ann.get(&path(&token)).await;
    let done = ann.submit(&page, "reset-form", &twice(NEW)).await;
    assert_eq!(done.path, format!("{BASE}/sign-in"));
    assert!(done.message().starts_with("Your new password is set."), "{}", done.message());
    assert!(elsewhere.home().await.path.ends_with("/sign-in"), "every session is over");
    assert!(signs_in(&world, NEW).await && !signs_in(&world, PASSWORD).await);
    let over = ann.submit(&page, "reset-form", &twice(PASSWORD)).await;
    assert_eq!(over.status, StatusCode::GONE);
    assert!(over.message().starts_with("It was used before"), "{}", over.message());
    assert_eq!(ann.get(&path(&token)).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_new_password_is_typed_twice_and_must_be_fit() {
    let world = world().await;
    let token = mailed(&world).await;
    let mut ann = Browser::new(&world);
    let page = ann.get(&path(&token)).await;
    let german = &mut ann.clone().saying("accept-language", "de");
    assert!(german.get(&path(&token)).await.text.contains("Neues Passwort, noch einmal"));
    for (new, again, said) in [
        ("", "", "At least 15 characters are needed."),
        ("short", "short", "At least 15 characters are needed."),
        ("ann@example.com is my name", "ann@example.com is my name", "This has your name"),
        (NEW, PASSWORD, "The two are not the same."),
    ] {
        let refused = ann.submit(&page, "reset-form", &[("new_password", new), ("repeat_password", again)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert!(refused.message().starts_with(said), "{}", refused.message());
        assert!(new.is_empty() || !refused.text.contains(&format!("value=\"{new}")), "{}", refused.text);
    }
    assert!(signs_in(&world, PASSWORD).await);
    ann.submit(&page, "reset-form", &twice(NEW)).await;
    assert!(signs_in(&world, NEW).await, "what was not taken left the link as it was");
}

#[tokio::test]
async fn whoever_is_signed_in_sets_the_password_with_a_form_of_the_session() {
    let world = world().await;
    user(&world, "bea").await;
    let token = mailed(&world).await;
    let (mut ann, mut bea, mut nobody) = (Browser::new(&world), Browser::new(&world), Browser::new(&world));
    ann.sign_in("ann").await;
    bea.sign_in("bea").await;
    let page = ann.get(&path(&token)).await;
    bea.get(&path(&token)).await;
    let of_nobody = nobody.get(&path(&token)).await;
    for (browser, page) in [(&mut bea, &page), (&mut nobody, &page), (&mut ann, &of_nobody)] {
        let refused = browser.submit(page, "reset-form", &twice(NEW)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.message().starts_with("This page was out of date"), "{}", refused.message());
    }
    let done = ann.submit(&page, "reset-form", &twice(NEW)).await;
    assert_eq!(done.path, format!("{BASE}/sign-in"), "their own session is over, too");
    // Somebody else who is signed in stays so.
    let token = mailed(&world).await;
    let page = bea.get(&path(&token)).await;
    let done = bea.submit(&page, "reset-form", &twice(PASSWORD)).await;
    assert_eq!(done.path, format!("{BASE}/dashboard"));
    assert!(done.message().starts_with("Your new password is set."), "{}", done.message());
    assert!(signs_in(&world, PASSWORD).await);
}

#[tokio::test]
async fn what_is_no_link_of_ours_sets_no_password() {
    let world = world().await;
    let token = mailed(&world).await;
    let mut eve = Browser::new(&world);
    for wrong in ["x", &"a".repeat(43), &token[1..], &format!("{token}a"), "%2e%2e", "%3cscript%3e"] {
        let page = eve.get(&path(wrong)).await;
        assert_eq!(page.status, StatusCode::GONE, "{wrong}");
        assert!(!page.text.contains("<script>"));
    }
    let page: Page = eve.get(&path(&token)).await;
    for fields in [vec![], vec![("form_token".to_owned(), "made-up".to_owned())]] {
        let refused = eve.ask(Method::POST, &page.path, Some(encoded(&fields))).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let elsewhere = &mut eve.clone().saying("sec-fetch-site", "cross-site");
    assert_eq!(elsewhere.submit(&page, "reset-form", &twice(NEW)).await.status, StatusCode::FORBIDDEN);
    // A link that lifts suspensions is none that sets passwords, and the other way round.
    assert_eq!(eve.get(&format!("{BASE}/lift/{token}")).await.status, StatusCode::GONE);
    assert!(signs_in(&world, PASSWORD).await);
}

#[tokio::test]
async fn applications_send_resets_to_users_whose_address_is_confirmed_and_not_without_end() {
    let world = world().await;
    world.call(Method::PUT, "/api/v1/accounts/bob", Some(json!({ "email": "bob@example.com" }))).await;
    world.call(Method::POST, &order(&world, "bob").await, None).await.is(409, "no-address");
    let missing = format!("{ADMIN}/0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/password-reset");
    world.call(Method::POST, &missing, None).await.is(404, "not-found");
    person(&world, "root", Role::Admin).await;
    let root = world.use_cases.console.show_account.run(&"root".parse().unwrap()).await.unwrap().account.id;
    world.call(Method::POST, &format!("{ADMIN}/{root}/password-reset"), None).await.is(404, "not-found");
    for _ in 0..5 {
        mailed(&world).await;
    }
    let refused = world.call(Method::POST, &order(&world, "ann").await, None).await;
    refused.is(429, "too-many-mails");
    assert_eq!(world.mailer.sent().len(), 5);
}
