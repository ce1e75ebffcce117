//! New codes as a file and by e-mail, on the pages.

use crate::{
    site_browser::{BASE, Browser, with_ann},
    world::{Plan, World},
};
use jiff::SignedDuration;
use poem::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_file_is_had_once_and_refused_clearly_the_second_time() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let page = ann.make_codes().await;
    let mut other_tab = ann.clone();
    let file = ann.press(&page, "download-form", &[("format", "csv"), ("name_account", "yes")]).await;
    assert_eq!((file.status, file.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"recovery_codes"));
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(page.codes().iter().all(|code| text.contains(code.as_str())));
    let refused = other_tab.submit(&page, "download-form", &[]).await;
    assert!(refused.message().starts_with("These codes were downloaded before."), "{}", refused.text);
    assert!(!refused.has_form("download-form") && refused.has_form("email-form"));
}

#[tokio::test]
async fn a_file_speaks_the_language_of_the_page_it_was_asked_for_on() {
    for (language, said) in [("de-AT", "10 Codes"), ("en-GB", "10 codes")] {
        let world = with_ann(Plan::default()).await;
        let mut ann = Browser::new(&world).saying("accept-language", language);
        ann.sign_in("ann").await;
        let page = ann.make_codes().await;
        let file = ann.press(&page, "download-form", &[("format", "txt")]).await;
        let text = String::from_utf8(file.bytes).unwrap();
        assert!(text.contains(said), "{text}");
    }
}

#[tokio::test]
async fn codes_are_mailed_once_to_ones_own_address() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let page = ann.make_codes().await;
    assert!(page.text.contains("Send to a…@example.com"));
    let sent = ann.submit(&page, "email-form", &[]).await;
    assert_eq!(sent.message(), "Your codes are on their way to your e-mail address.");
    let again = ann.submit(&page, "email-form", &[]).await;
    assert!(again.message().starts_with("These codes were sent before."), "{}", again.message());
}

#[tokio::test]
async fn when_the_mail_with_codes_failed_the_page_says_so_and_what_helps() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let page = ann.make_codes().await;
    world.work().await;
    world.mailer.refuse_next(1, "no such user");
    let asked = ann.submit(&page, "email-form", &[]).await;
    world.work().await;
    assert!(!asked.text.contains("could not be delivered"), "what came of asking is told once: {}", asked.text);
    let home = ann.home().await;
    assert!(home.text.contains("could not be delivered. You can ask for it once more below."), "{}", home.text);
    assert!(home.has_form("email-form"));
    // The copy goes with the sign-out: no mail can bring these codes any more.
    ann.submit(&home, "logout-form", &[]).await;
    let home = ann.sign_in("ann").await;
    let make_new = "could not be delivered. If you have not saved them in another way, make new ones.";
    assert!(home.text.contains(make_new) && !home.has_form("email-form"), "{}", home.text);
    ann.make_codes().await;
    assert!(!ann.home().await.text.contains("could not be delivered"));
}

#[tokio::test]
async fn an_operators_own_words_are_said_when_codes_were_sent() {
    for (own, told) in [(None, "Your codes were sent."), (Some("Sent. See your inbox."), "Sent. See your inbox.")] {
        let mut plan = Plan { inline_mail: true, ..Plan::default() };
        if let Some(own) = own {
            plan.settings.sent_message = own.to_owned();
        }
        let world = with_ann(plan).await;
        let mut ann = Browser::new(&world);
        ann.sign_in("ann").await;
        let page = ann.make_codes().await;
        let sent = ann.submit(&page, "email-form", &[]).await;
        assert!(sent.message().starts_with(told), "{}", sent.message());
    }
}

#[tokio::test]
async fn without_an_address_or_a_mail_service_a_sentence_says_so() {
    let world = World::new().await;
    let codes = world.with_codes("bea").await;
    let mut bea = Browser::new(&world);
    world.put("/api/v1/accounts/bea", json!({ "email": "bea@example.com" })).await;
    let home = bea.sign_in_with("bea@example.com", &codes[0]).await;
    world.put("/api/v1/accounts/bea", json!({ "email": null })).await;
    let page = bea.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert!(page.text.contains("Your account has no e-mail address") && !page.has_form("email-form"));
    let mut plan = Plan::default();
    plan.settings.site.sends_mail = false;
    let world = with_ann(plan).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let page = ann.make_codes().await;
    assert!(page.text.contains("no mail service") && !page.has_form("email-form"));
}

#[tokio::test]
async fn codes_are_handed_over_until_the_window_or_the_session_ends() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let page = ann.make_codes().await;
    assert!(ann.home().await.has_form("download-form"));
    world.clock.advance(SignedDuration::from_mins(29));
    assert!(ann.home().await.has_form("download-form"));
    world.clock.advance(SignedDuration::from_mins(1));
    let home = ann.home().await;
    assert!(!home.has_form("download-form"));
    let late = ann.submit(&page, "download-form", &[]).await;
    assert!(late.message().starts_with("These codes can't be downloaded or sent any more."), "{}", late.message());
    let page = ann.home().await;
    let signed_out = ann.submit(&page, "logout-form", &[]).await;
    assert_eq!(signed_out.path, format!("{BASE}/login"));
    assert!(signed_out.message().starts_with("You are signed out."));
    assert!(!ann.cookies.keys().any(|name| name.contains("session") || name.contains("delivery")), "{:?}", ann.cookies);
}
