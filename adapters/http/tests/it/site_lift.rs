//! The page that a mailed link leads to, by which a suspension for failures is lifted.

use crate::{
    site_browser::{BASE, Browser, Page, encoded, user, with_ann},
    world::{Plan, World},
};
use backstop_domain::SuspensionReason;
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;

const MAILED: &str = "https://site.example/lift/";

/// Somebody guessed at Ann's codes until nobody could use them, and she got a mail.
async fn suspended() -> (World, String) {
    let world = with_ann(Plan::default()).await;
    let codes = world.with_codes("ann").await;
    let redeem = "/api/v1/accounts/ann/codes/redeem";
    for _ in 0..=100 {
        world.post(redeem, json!({ "code": codes[0] })).await;
        world.clock.advance(SignedDuration::from_hours(2));
    }
    assert_eq!(reason(&world).await, Some(SuspensionReason::Failures));
    world.work().await;
    let mails = world.mailer.sent();
    let token = mails.iter().find_map(|mail| mail.text.reveal().split_once(MAILED));
    let token = token.unwrap().1.split_whitespace().next().unwrap().to_owned();
    (world, token)
}

async fn reason(world: &World) -> Option<SuspensionReason> {
    let ann = world.use_cases.show_account.run(&"ann".parse().unwrap()).await.unwrap();
    ann.account.suspended
}

fn path(token: &str) -> String {
    format!("{BASE}/lift/{token}")
}

/// Presses the button.
async fn lift(browser: &mut Browser<'_>, page: &Page) -> Page {
    let sent = browser.ask(Method::POST, &page.path, Some(encoded(&page.form("lift-form").fields))).await;
    if sent.status == StatusCode::SEE_OTHER { browser.get(sent.header("location")).await } else { sent }
}

#[tokio::test]
async fn a_link_opens_a_page_whose_button_lifts_once_and_signs_nobody_in() {
    let (world, token) = suspended().await;
    let mut ann = Browser::new(&world);
    for _ in 0..2 {
        let page = ann.get(&path(&token)).await;
        assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(!page.text.contains(&token) && !page.text.contains("ann@example.com"), "{}", page.text);
    }
    assert!(reason(&world).await.is_some(), "looking changes nothing");
    let page = ann.get(&path(&token)).await;
    let done = lift(&mut ann, &page).await;
    assert_eq!(done.path, format!("{BASE}/login"));
    assert!(done.message().starts_with("Recovery codes are switched on again."), "{}", done.message());
    assert_eq!(reason(&world).await, None);
    let over = lift(&mut ann, &page).await;
    assert_eq!(over.status, StatusCode::GONE);
    assert!(over.message().starts_with("It was used before"), "{}", over.message());
    assert_eq!(ann.get(&path(&token)).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn whoever_is_signed_in_lifts_with_a_form_of_the_session() {
    let (world, token) = suspended().await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    assert!(home.text.contains("We sent a link to your e-mail address"), "{}", home.text);
    let page = ann.get(&path(&token)).await;
    let done = lift(&mut ann, &page).await;
    assert_eq!(done.path, format!("{BASE}/dashboard"));
    assert!(done.message().starts_with("Recovery codes are switched on again."), "{}", done.message());
}

#[tokio::test]
async fn a_form_with_another_sessions_token_lifts_nothing() {
    let (world, token) = suspended().await;
    user(&world, "bea").await;
    let (mut ann, mut bea, mut nobody) = (Browser::new(&world), Browser::new(&world), Browser::new(&world));
    ann.sign_in("ann").await;
    bea.sign_in("bea").await;
    let page = ann.get(&path(&token)).await;
    bea.get(&path(&token)).await;
    let of_nobody = nobody.get(&path(&token)).await;
    for (browser, page) in [(&mut bea, &page), (&mut nobody, &page), (&mut ann, &of_nobody)] {
        let refused = lift(browser, page).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.message().starts_with("This page was out of date"), "{}", refused.message());
    }
    assert!(reason(&world).await.is_some());
    lift(&mut ann, &page).await;
    assert_eq!(reason(&world).await, None);
}

#[tokio::test]
async fn what_is_no_link_of_ours_lifts_nothing() {
    let (world, token) = suspended().await;
    let mut eve = Browser::new(&world);
    for wrong in ["x", &"a".repeat(43), &token[1..], &format!("{token}a"), "%2e%2e", "<script>"] {
        let page = eve.get(&path(&wrong.replace('<', "%3c").replace('>', "%3e"))).await;
        assert_eq!(page.status, StatusCode::GONE, "{wrong}");
        assert!(!page.text.contains("<script>"));
    }
    let page = eve.get(&path(&token)).await;
    for fields in [vec![], vec![("form_token".to_owned(), "made-up".to_owned())]] {
        let refused = eve.ask(Method::POST, &page.path, Some(encoded(&fields))).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let elsewhere = &mut eve.clone().saying("sec-fetch-site", "cross-site");
    assert_eq!(lift(elsewhere, &page).await.status, StatusCode::FORBIDDEN);
    assert!(reason(&world).await.is_some());
}
