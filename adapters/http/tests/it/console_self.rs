//! What people of the console do for themselves: their authenticator, codes, password and sessions.

use crate::{
    console_browser::{next_code, shown, staffed},
    site_browser::{Browser, PASSWORD, plain},
};
use jiff::SignedDuration;
use poem::http::StatusCode;

const OTHER: &str = "seven quiet harbours at noon";

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_authenticator_once() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    root.enrol().await;
    let page = root.get("/admin/you/codes").await;
    let made = root.submit(&page, "generate-form", &[]).await;
    let codes = made.codes();
    assert_eq!(codes.len(), 10, "{}", made.text);
    assert!(!root.get("/admin/you/codes").await.text.contains(&codes[0]), "they are shown once");
    let again = root.submit(&page, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(
        again.message(),
        "These codes were made already, and are not shown again. If you did not save them, make new ones."
    );

    let mut lost = Browser::new(&world);
    let page = lost.knock("root").await;
    let typo = lost.submit(&page, "recovery-form", &[("code", "123456")]).await;
    assert_eq!(typo.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(typo.text.contains("<details class=\"more\" open>"));
    let home = lost.submit(&page, "recovery-form", &[("code", &codes[0])]).await;
    home.is_at("/admin");
    assert!(home.message().starts_with("You are in, and that recovery code is used up."));
    assert!(home.text.contains("Set up your authenticator again") && lost.get("/admin/you").await.remaining() == 9);

    let mut second = Browser::new(&world);
    let page = second.knock("root").await;
    let refused = second.submit(&page, "recovery-form", &[("code", &codes[0])]).await;
    assert_eq!(refused.path, "/admin/second-step");
    assert!(refused.message().starts_with("That is not one of your codes that work."), "{}", refused.message());

    let (secret, home) = lost.enrol().await;
    assert!(!home.text.contains("Set up your authenticator again"));
    Browser::new(&world).enter("root", &secret).await;
}

#[tokio::test]
async fn new_codes_replace_the_old_ones_after_a_yes_and_a_proof() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    root.enrol().await;
    let page = root.get("/admin/you/codes").await;
    root.submit(&page, "generate-form", &[]).await;
    let page = root.get("/admin/you/codes").await;
    let unsure = root.submit(&page, "generate-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = root.submit(&page, "generate-form", &[("sure", "yes")]).await;
    assert!(asked.has_form("confirm-form") && asked.codes().is_empty(), "{}", asked.text);
    let wrong = root.submit(&asked, "confirm-form", &[("password", OTHER)]).await;
    assert!(wrong.message().starts_with("That is not the right password."));
    let made = root.submit(&asked, "confirm-form", &[("password", PASSWORD)]).await;
    assert_eq!(made.codes().len(), 10, "{}", made.text);
}

#[tokio::test]
async fn another_authenticator_takes_the_place_of_the_first_after_a_proof() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    let (old, _) = root.enrol().await;
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = root.get("/admin/second-step/set-up").await;
    let page = root.submit(&asked, "confirm-form", &[("password", PASSWORD)]).await;
    page.is_at("/admin/second-step/set-up");
    assert!(page.text.contains("works until you have confirmed this one"));
    let new = page.secret();
    assert_ne!(old, new);
    let wrong = root.submit(&page, "set-up-form", &[("code", &shown(&world, &old))]).await;
    assert!(wrong.message().starts_with("That code is not right") && wrong.secret() == new);
    root.submit(&page, "set-up-form", &[("code", &shown(&world, &new))]).await.is_at("/admin");
    Browser::new(&world).enter("root", &new).await;
}

#[tokio::test]
async fn a_changed_password_signs_out_everywhere_else() {
    let world = staffed(true).await;
    let (mut here, mut there) = (Browser::new(&world), Browser::new(&world));
    here.knock("root").await;
    let (secret, _) = here.enrol().await;
    there.enter("root", &secret).await;
    let page = here.get("/admin/you/password").await;
    let home = here.submit(&page, "password-form", &[("password", PASSWORD), ("new_password", OTHER)]).await;
    home.is_at("/admin");
    assert_eq!(home.message(), "Your password is changed. You were signed out everywhere else.");
    assert_eq!(there.get("/admin").await.path, "/admin/sign-in");
    here.get("/admin/you/sessions").await.is_at("/admin/you/sessions");
}

#[tokio::test]
async fn other_sessions_are_listed_and_ended() {
    let world = staffed(true).await;
    let mut here = Browser::new(&world).saying("user-agent", "Here <b>1</b>");
    here.knock("root").await;
    let (secret, _) = here.enrol().await;
    let mut others = [Browser::new(&world), Browser::new(&world), Browser::new(&world)];
    for other in &mut others {
        other.enter("root", &secret).await;
    }
    let [mut first, mut second, mut third] = others;
    let page = here.get("/admin/you/sessions").await;
    assert!(plain(&page.text).contains("Console This one") && page.text.contains("Here &#60;b&#62;1"), "{}", page.text);
    let forms: Vec<String> = page
        .text
        .match_indices("<form id=\"end-")
        .map(|(at, _)| page.text[at + 10..].split('"').next().unwrap().to_owned())
        .filter(|id| id != "end-others-form")
        .collect();
    assert_eq!(forms.len(), 3);
    let ended = here.submit(&page, &forms[0], &[]).await;
    assert_eq!(ended.message(), "That session is ended.");
    let again = here.submit(&page, &forms[0], &[]).await;
    assert_eq!(again.message(), "That session was over already.");
    assert_eq!(third.get("/admin").await.path, "/admin/sign-in", "the newest is listed first");
    second.get("/admin").await.is_at("/admin");
    let ended = here.submit(&page, "end-others-form", &[]).await;
    assert_eq!(ended.message(), "All your other sessions are ended.");
    for other in [&mut first, &mut second] {
        assert_eq!(other.get("/admin").await.path, "/admin/sign-in");
    }
    next_code(&world);
    here.get("/admin").await.is_at("/admin");
}
