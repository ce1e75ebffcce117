//! What was asked for and could not be had yet: how many codes, and for how long.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, user, with_ann},
    world::Plan,
};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};

const THIRTY_DAYS: [(&str, &str); 3] = [("count", "7"), ("ends", "days"), ("days", "30")];

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// What the form for making codes would ask for.
fn order(page: &Page) -> Vec<(String, String)> {
    let asked = |name: &str| ["count", "ends", "days", "sure"].contains(&name);
    page.form("generate-form").fields.into_iter().filter(|(name, _)| asked(name)).collect()
}

#[tokio::test]
async fn what_was_asked_for_stays_in_the_form_when_it_meets_a_wait() {
    let wait = SignedDuration::from_secs(90);
    let world = with_ann(Plan { generation_wait: wait, ..Plan::default() }).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.make_codes().await;
    let home = ann.home().await;
    let asked = [("count", "7"), ("ends", "days"), ("days", "30"), ("sure", "yes")];
    ann.submit(&home, "generate-form", &asked).await;
    // Also when the page is loaded again, and after the wait.
    for (seconds, told) in [(0, "in 3 minutes"), (100, "in 1 minute 20 seconds"), (80, "New codes can be made now.")] {
        world.clock.advance(SignedDuration::from_secs(seconds));
        let page = ann.home().await;
        assert_eq!(order(&page), THIRTY_DAYS.map(owned), "{told}");
        assert!(page.message().contains(told), "{}", page.message());
        assert!(page.text.find("id=\"make\"").unwrap() < page.text.find("id=\"message\"").unwrap(), "beside the form");
    }
    let home = ann.home().await;
    let refused = ann.submit(&home, "generate-form", &[("count", "99"), ("sure", "yes")]).await;
    assert!(order(&refused).contains(&owned(("sure", "yes"))), "a tick stays in an answer to the form");
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(made.codes().len(), 7);
    assert_eq!(order(&ann.home().await)[0].1, "10", "what was had is not asked for again");
}

#[tokio::test]
async fn what_was_asked_for_is_in_the_form_after_a_session_ended_amid_it() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    world.clock.advance(SignedDuration::from_hours(13));
    let over = ann.submit(&home, "generate-form", &THIRTY_DAYS).await;
    assert!(over.message().starts_with("You are not signed in here any more."), "{}", over.message());
    let wrong = ann.submit(&over, "sign-in-form", &[("email", "ann@example.com"), ("password", "no")]).await;
    let home = ann.submit(&wrong, "sign-in-form", &[("email", "ann@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(order(&home), THIRTY_DAYS.map(owned));
    assert_eq!(ann.submit(&home, "generate-form", &[]).await.codes().len(), 7);
    // What can't be asked for is not kept: nobody would know any more what was wrong with it.
    let home = ann.home().await;
    world.clock.advance(SignedDuration::from_hours(13));
    ann.submit(&home, "generate-form", &[("count", "99"), ("ends", "days"), ("days", "0")]).await;
    assert!(!ann.cookies.keys().any(|name| name.contains("order")), "{:?}", ann.cookies);
    ann.sign_in("ann").await;
    // Whoever signs out leaves nothing behind.
    let home = ann.home().await;
    ann.submit(&home, "generate-form", &[("count", "9"), ("sure", "yes")]).await;
    ann.submit(&home, "logout-form", &[]).await;
    assert!(!ann.cookies.keys().any(|name| name.contains("order")), "{:?}", ann.cookies);
}

#[tokio::test]
async fn what_was_asked_for_is_kept_for_as_long_as_the_wait_is() {
    let wait = SignedDuration::from_mins(50);
    let world = with_ann(Plan { generation_wait: wait, ..Plan::default() }).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.make_codes().await;
    let home = ann.home().await;
    let told = ann.submit(&home, "generate-form", &THIRTY_DAYS).await;
    let told = ann.submit(&told, "generate-form", &[("sure", "yes")]).await;
    let seconds: i64 = told.header("retry-after").parse().unwrap();
    assert!(seconds >= 3_600, "{seconds}");
    for _ in 0..seconds / 1_500 {
        world.clock.advance(SignedDuration::from_secs(1_500));
        ann.home().await;
    }
    world.clock.advance(SignedDuration::from_secs(seconds % 1_500));
    assert_eq!(order(&ann.home().await), THIRTY_DAYS.map(owned));
}

#[tokio::test]
async fn what_was_asked_for_is_shown_to_whoever_asked_and_nobody_makes_it_up() {
    let world = with_ann(Plan::default()).await;
    user(&world, "bea").await;
    let mut shared = Browser::new(&world);
    let home = shared.sign_in("ann").await;
    world.clock.advance(SignedDuration::from_hours(13));
    shared.submit(&home, "generate-form", &THIRTY_DAYS).await;
    assert!(shared.cookies.keys().any(|name| name.contains("order")));
    let beas = shared.sign_in("bea").await;
    assert_eq!(order(&beas)[0].1, "10", "she did not ask for it");
    // A page of another site knows nobody's mark.
    let mut stranger = Browser::new(&world);
    for mark in ["", "ann", &"0f".repeat(32)] {
        let body = format!("after=&whose={mark}&count=1&ends=days&days=1");
        stranger.ask(Method::POST, &format!("{BASE}/generate"), Some(body)).await;
    }
    assert_eq!(order(&stranger.sign_in("bea").await)[0].1, "10");
}

#[tokio::test]
async fn what_was_asked_for_with_a_form_of_an_older_session_is_there_for_the_same_person_and_nobody_else() {
    let world = with_ann(Plan::default()).await;
    user(&world, "bea").await;
    let mut ann = Browser::new(&world);
    let before = ann.sign_in("ann").await;
    // She signs in again in another tab, and then presses the button in the first.
    ann.submit(&before, "logout-form", &[]).await;
    ann.sign_in("ann").await;
    let refused = ann.press(&before, "generate-form", &THIRTY_DAYS).await;
    assert_eq!((refused.status, refused.codes().len()), (StatusCode::FORBIDDEN, 0));
    assert!(refused.message().starts_with("This page was out of date, so nothing was done."), "{}", refused.message());
    assert_eq!(order(&ann.home().await), THIRTY_DAYS.map(owned));

    // Whoever has signed in instead never asked for it: it is neither done nor kept.
    let mut shared = Browser::new(&world);
    let of_ann = shared.sign_in("ann").await;
    shared.submit(&of_ann, "logout-form", &[]).await;
    shared.sign_in("bea").await;
    assert_eq!(shared.press(&of_ann, "generate-form", &THIRTY_DAYS).await.status, StatusCode::FORBIDDEN);
    assert!(!keeps_an_order(&shared), "{:?}", shared.cookies);
}

#[tokio::test]
async fn a_form_that_another_site_made_up_is_never_kept() {
    let world = with_ann(Plan::default()).await;
    user(&world, "eve").await;
    let (mut ann, mut eve) = (Browser::new(&world), Browser::new(&world));
    let home = ann.sign_in("ann").await;
    // Another site can read its owner's own pages, and nobody else's.
    let of_eve = eve.sign_in("eve").await.form("generate-form").fields;
    let (token, whose) = (sent(&of_eve, "form_token"), sent(&of_eve, "whose"));
    for (token, whose) in [("", ""), ("x", "ann"), (&token, ""), (&token, &whose), ("", &whose), ("", &"0f".repeat(32))]
    {
        let forged = [("form_token", token), ("whose", whose), ("count", "1"), ("ends", "days"), ("days", "1")];
        let refused = ann.press(&home, "generate-form", &forged).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token} {whose}");
        assert!(!keeps_an_order(&ann), "{token} {whose}");
    }
    // Nor what another site sends with everything that is right.
    let mut elsewhere = ann.clone().saying("sec-fetch-site", "cross-site");
    assert_eq!(elsewhere.press(&home, "generate-form", &THIRTY_DAYS).await.status, StatusCode::FORBIDDEN);
    assert!(!keeps_an_order(&elsewhere), "{:?}", elsewhere.cookies);
}

#[tokio::test]
async fn what_was_asked_for_is_not_lost_where_the_password_is_asked_for() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = ann.submit(&home, "generate-form", &THIRTY_DAYS).await;
    assert!(asked.has_form("confirm-form") && !asked.path.contains("whose"), "{}", asked.path);
    world.clock.advance(SignedDuration::from_mins(31));
    let over = ann.submit(&asked, "confirm-form", &[("password", PASSWORD)]).await;
    assert!(over.message().starts_with("You are not signed in here any more."), "{}", over.message());
    assert_eq!(order(&ann.sign_in("ann").await), THIRTY_DAYS.map(owned));
    assert!(ann.cookies.values().all(|value| !value.contains("purple")), "{:?}", ann.cookies);
}

fn keeps_an_order(browser: &Browser<'_>) -> bool {
    browser.cookies.keys().any(|name| name.contains("order"))
}

fn sent(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
}
