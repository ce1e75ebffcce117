//! Whose forms are taken, and whose are not.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, user, with_ann},
    site_markup::check,
    world::{Plan, World},
};
use backstop_application::ports::AuditReader as _;
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};

/// Every form of somebody who is signed in, with what makes it do something.
async fn forms(ann: &mut Browser<'_>) -> Vec<(Page, &'static str, Vec<(&'static str, String)>)> {
    let codes_page = ann.make_codes().await;
    let codes = codes_page.codes();
    let home = ann.home().await;
    let password = ann.get(&format!("{BASE}/password")).await;
    let sure = || ("sure", "yes".to_owned());
    let code = |at: usize| ("code", codes[at].clone());
    let new = ("new_password", "seven calm herons by noon".to_owned());
    // By then the sign-in is not fresh any more, and making codes takes the password once more.
    ann.world.clock.advance(SignedDuration::from_mins(10));
    let confirm = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    vec![
        (home.clone(), "generate-form", vec![sure()]),
        (home.clone(), "verify-form", vec![code(0)]),
        (home.clone(), "download-form", vec![]),
        (home.clone(), "email-form", vec![]),
        (codes_page.clone(), "download-form", vec![]),
        (codes_page, "email-form", vec![]),
        (confirm, "confirm-form", vec![("password", PASSWORD.to_owned())]),
        (home.clone(), "invalidate-code-form", vec![code(1)]),
        (home.clone(), "delete-code-form", vec![code(2)]),
        (home.clone(), "invalidate-all-form", vec![sure()]),
        (home.clone(), "delete-all-form", vec![sure()]),
        (home, "logout-form", vec![]),
        (password, "password-form", vec![("password", PASSWORD.to_owned()), new]),
    ]
}

async fn entries(world: &World) -> usize {
    world.storage.newest(None, 1_000).await.unwrap().len()
}

#[tokio::test]
async fn each_form_without_its_token_or_with_anothers_changes_nothing() {
    let world = with_ann(Plan::default()).await;
    user(&world, "bea").await;
    let (mut ann, mut bea) = (Browser::new(&world), Browser::new(&world));
    let of_bea = bea.sign_in("bea").await.form("logout-form").fields[0].1.clone();
    let of_nobody = Browser::new(&world).get(&format!("{BASE}/login")).await.form("login-form").fields[0].1.clone();
    ann.sign_in("ann").await;
    for (page, form, typed) in forms(&mut ann).await {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let before = entries(&world).await;
        for token in ["", "x", &of_bea, &of_nobody] {
            let mut fields = typed.clone();
            fields.push(("form_token", token));
            let refused = ann.press(&page, form, &fields).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{form}");
            assert!(refused.message().starts_with("This page was out of date, so nothing was done."), "{form}");
            assert!(refused.text.contains("href=\"/auth/recovery-codes/dashboard\""), "{form} says where to go on");
        }
        assert_eq!(ann.press_without(&page, form, &typed, "form_token").await.status, StatusCode::FORBIDDEN, "{form}");
        assert_eq!(entries(&world).await, before, "{form} did something");
        let mut elsewhere = ann.clone().saying("sec-fetch-site", "cross-site");
        let refused = elsewhere.press(&page, form, &typed).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{form}");
        assert!(refused.message().starts_with("Another site sent this"), "{form}");
        assert_eq!(entries(&world).await, before, "{form} did something for another site");
        assert!(ann.home().await.path.ends_with("/dashboard"), "still signed in");
    }
}

#[tokio::test]
async fn after_an_act_a_page_can_be_loaded_again_except_where_codes_are_shown() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let (mut shown, mut files, mut led) = (0, 0, 0);
    for (page, form, typed) in forms(&mut ann).await {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = ann.press(&page, form, &typed).await;
        match answer.status {
            StatusCode::SEE_OTHER => led += 1,
            StatusCode::OK if form == "confirm-form" && answer.codes().len() == 10 => shown += 1,
            StatusCode::OK if form == "download-form" && !answer.header("content-disposition").is_empty() => files += 1,
            other => panic!("{form} was answered with {other}: {}", answer.text),
        }
    }
    assert_eq!((shown, files, led), (1, 1, 11));
    // What was refused is not sent again either.
    let mut stranger = Browser::new(&world);
    for (path, form, secret) in [("login", "login-form", ("code", "A")), ("sign-in", "sign-in-form", ("password", "x"))]
    {
        let wrong = secret.1.repeat(36);
        let page = stranger.get(&format!("{BASE}/{path}")).await;
        let refused = stranger.press(&page, form, &[("email", "ann@example.com"), (secret.0, &wrong)]).await;
        assert_eq!(refused.status, StatusCode::SEE_OTHER, "{form}");
    }
}

/// What a form does nothing without.
fn needed(form: &str) -> &'static [&'static str] {
    match form {
        "generate-form" | "confirm-form" => &["after", "sure"],
        "verify-form" | "invalidate-code-form" | "delete-code-form" => &["code"],
        "download-form" | "email-form" => &["batch"],
        "invalidate-all-form" | "delete-all-form" => &["batch", "sure"],
        "password-form" => &["password", "new_password"],
        "login-form" => &["email", "code"],
        "sign-in-form" => &["email", "password"],
        _ => &[],
    }
}

#[tokio::test]
async fn each_form_without_a_field_that_it_needs_is_told_so_and_changes_nothing() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let mut all = forms(&mut ann).await;
    let mut stranger = Browser::new(&world);
    for (path, secret) in [("login", "code"), ("sign-in", "password")] {
        let page = stranger.get(&format!("{BASE}/{path}")).await;
        let typed = vec![("email", "ann@example.com".to_owned()), (secret, "x".to_owned())];
        all.push((page, if path == "login" { "login-form" } else { "sign-in-form" }, typed));
    }
    let before = entries(&world).await;
    for (page, form, typed) in &all {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let browser = if page.has_form("logout-form") { &mut ann } else { &mut stranger };
        for field in needed(form) {
            let refused = browser.press_without(page, form, &typed, field).await;
            assert!(matches!(refused.status.as_u16(), 400 | 422), "{form} without {field}: {}", refused.status);
            assert!(!refused.message().is_empty(), "{form} without {field}");
            check(&refused.text).unwrap();
        }
    }
    let (confirm, form, _) = all.iter().find(|(_, form, _)| *form == "confirm-form").unwrap();
    let asked = ann.press_without(confirm, form, &[], "password").await;
    let asked = ann.get(asked.header("location")).await;
    assert!(asked.has_form("confirm-form"), "it is the act's own form again");
    let asked = ann.press(confirm, form, &[("password", "")]).await;
    assert_eq!((asked.status, asked.message().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "Type your password."));
    assert_eq!(entries(&world).await, before);
}

#[tokio::test]
async fn forms_for_signing_in_are_bound_to_the_browser() {
    let world = with_ann(Plan::default()).await;
    for (form, path) in [("login-form", "login"), ("sign-in-form", "sign-in")] {
        let mut ann = Browser::new(&world);
        let page = ann.get(&format!("{BASE}/{path}")).await;
        let good = [("email", "ann@example.com"), ("password", PASSWORD), ("code", "x")];
        let before = entries(&world).await;
        let mut without = ann.clone();
        without.cookies.clear();
        let refused = without.press(&page, form, &good).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.message().starts_with("Your browser did not send this site's cookie"), "{}", refused.message());
        let mut other = Browser::new(&world);
        other.get(&format!("{BASE}/{path}")).await;
        let refused = other.press(&page, form, &good).await;
        assert!(refused.message().starts_with("This page was out of date"), "{form}");
        let refused = ann.clone().saying("sec-fetch-site", "cross-site").press(&page, form, &good).await;
        assert!(refused.message().starts_with("Another site sent this"), "{form}");
        assert!(
            refused.text.contains(&format!("class=\"button main\" href=\"{BASE}/{path}\"")),
            "{form} leads to itself"
        );
        assert!(!refused.text.contains("ann@example.com"), "nobody typed that here");
        assert_eq!(entries(&world).await, before);
    }
}

#[tokio::test]
async fn a_sign_in_form_that_is_out_of_date_keeps_the_address_and_nothing_secret() {
    let world = with_ann(Plan::default()).await;
    let mut maker = Browser::new(&world);
    maker.sign_in("ann").await;
    let code = maker.make_codes().await.codes()[0].clone();
    for (form, path, secret) in
        [("sign-in-form", "sign-in", ("password", PASSWORD)), ("login-form", "login", ("code", code.as_str()))]
    {
        let mut ann = Browser::new(&world);
        let page = ann.get(&format!("{BASE}/{path}")).await;
        for told in ["Your browser did not send this site's cookie", "This page was out of date"] {
            if told.starts_with("Your browser") {
                ann.cookies.clear();
            } else {
                ann.cookies.insert("backstop_visitor".to_owned(), "b".repeat(43));
            }
            let again = ann.press(&page, form, &[("email", " ann@example.com "), secret]).await;
            assert_eq!(again.status, StatusCode::FORBIDDEN, "{form}");
            assert!(again.message().starts_with(told), "{form}: {}", again.message());
            assert!(again.text.contains("value=\"ann@example.com\"") && !again.text.contains(secret.1), "{form}");
            assert!(again.text.contains(&format!("data-again=\"{BASE}/{path}\"")), "loaded again it is a new page");
            if told.starts_with("This page") {
                let home = ann.submit(&again, form, &[secret]).await;
                assert_eq!(home.path, format!("{BASE}/dashboard"), "{form}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_is_over_leads_to_the_sign_in_and_back() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let all = forms(&mut ann).await;
    world.clock.advance(SignedDuration::from_mins(31));
    let before = entries(&world).await;
    for (page, form, typed) in all.into_iter().filter(|(_, form, _)| *form != "logout-form") {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let led = ann.submit(&page, form, &typed).await;
        assert_eq!(led.path, format!("{BASE}/sign-in"), "{form}");
        assert!(led.message().contains("What you asked for was not done"), "{form}");
    }
    assert_eq!(entries(&world).await, before);
    let page = ann.home().await;
    let home = ann.submit(&page, "sign-in-form", &[("email", "ann@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(home.path, format!("{BASE}/dashboard"));
}

#[tokio::test]
async fn a_sign_out_in_another_tab_is_one_here() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    let mut other_tab = ann.clone();
    ann.submit(&home, "logout-form", &[]).await;
    assert_eq!(other_tab.home().await.path, format!("{BASE}/sign-in"));
    let out = other_tab.submit(&home, "logout-form", &[]).await;
    assert!(out.message().starts_with("You are signed out."), "{}", out.text);
    let made = other_tab.submit(&home, "generate-form", &[]).await;
    assert!(made.codes().is_empty());
}

#[tokio::test]
async fn a_session_that_was_rotated_between_making_and_mailing_still_delivers() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let codes = ann.make_codes().await;
    world.clock.advance(SignedDuration::from_mins(11));
    // Another tab proves who it is: the session goes on under its next token.
    let mut other_tab = ann.clone();
    let home = other_tab.home().await;
    let asked = other_tab.submit(&home, "delete-all-form", &[("sure", "yes")]).await;
    let stopped = other_tab.submit(&asked, "confirm-form", &[("password", PASSWORD), ("sure", "")]).await;
    assert_eq!(stopped.status, StatusCode::UNPROCESSABLE_ENTITY);
    let proved = other_tab.submit(&asked, "confirm-form", &[("password", PASSWORD), ("batch", "x")]).await;
    assert!(proved.message().starts_with("There is no such set"), "{}", proved.message());
    let home = other_tab.home().await;
    let asked = other_tab.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert!(asked.has_form("confirm-form"));
    let email = other_tab.submit(&home, "email-form", &[]).await;
    let sent = other_tab.submit(&email, "confirm-form", &[("password", PASSWORD)]).await;
    assert!(sent.message().starts_with("Your codes are on their way"), "{}", sent.message());
    ann.cookies = other_tab.cookies.clone();
    // The form of the page with the codes is one of the session, whatever its token is by now.
    let file = ann.press(&codes, "download-form", &[]).await;
    assert!(file.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn delicate_acts_ask_for_the_password_once_the_sign_in_is_old() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.make_codes().await;
    world.clock.advance(SignedDuration::from_mins(10));
    let home = ann.home().await;
    for (form, typed, why) in [
        ("generate-form", vec![("sure", "yes"), ("count", "12")], "Making codes can&#39;t be undone"),
        ("email-form", vec![], "Sending codes takes your password"),
        ("delete-all-form", vec![("sure", "yes")], "Deleting all codes can&#39;t be undone"),
    ] {
        let asked = ann.submit(&home, form, &typed).await;
        assert!(asked.has_form("confirm-form") && asked.text.contains(why), "{form}: {}", asked.text);
        assert_eq!(ann.home().await.remaining(), 10, "{form}");
    }
    let asked = ann.submit(&home, "generate-form", &[("sure", "yes"), ("count", "12")]).await;
    let empty = ann.submit(&asked, "confirm-form", &[("password", "")]).await;
    assert_eq!(empty.message(), "Type your password.");
    let wrong = ann.submit(&empty, "confirm-form", &[("password", "not this")]).await;
    assert_eq!(wrong.message(), "That is not the right password. 4 tries are left before a wait.");
    let token = ann.cookies["backstop_session"].clone();
    let made = ann.submit(&wrong, "confirm-form", &[("password", PASSWORD)]).await;
    assert_eq!(made.codes().len(), 12, "{}", made.text);
    assert_ne!(ann.cookies["backstop_session"], token, "a proof gives the session its next token");
    let file = ann.press(&made, "download-form", &[]).await;
    assert!(file.header("content-disposition").starts_with("attachment"), "and the page's forms fit it");
    let home = ann.home().await;
    let deleted = ann.submit(&home, "delete-all-form", &[("sure", "yes")]).await;
    assert!(deleted.message().starts_with("All codes are deleted."), "fresh again");
}

#[tokio::test]
async fn wrong_passwords_at_a_proof_lead_to_the_wait_of_passwords() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    world.clock.advance(SignedDuration::from_mins(10));
    let home = ann.home().await;
    let mut asked = ann.submit(&home, "generate-form", &[]).await;
    asked = ann.submit(&asked, "confirm-form", &[("password", "not this")]).await;
    assert!(asked.message().contains("4 tries are left"), "{}", asked.message());
    // The page is one that can be loaded again, as often as one likes.
    for _ in 0..7 {
        ann.get(&asked.path).await;
    }
    for _ in 0..4 {
        asked = ann.submit(&asked, "confirm-form", &[("password", "not this")]).await;
    }
    for _ in 0..3 {
        assert_eq!(ann.get(&asked.path).await.header("retry-after"), "60", "what is loaded again counts nothing");
    }
    assert_eq!((asked.status, asked.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    let right = ann.submit(&asked, "confirm-form", &[("password", PASSWORD)]).await;
    assert!(right.codes().is_empty() && right.message().starts_with("Too many wrong tries."));
}

#[tokio::test]
async fn what_is_no_form_is_answered_with_a_page() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    for (body, status) in [("a=%zz".to_owned(), 400), (format!("a={}", "b".repeat(40_000)), 413)] {
        let page = ann.ask(Method::POST, &format!("{BASE}/generate"), Some(body)).await;
        assert_eq!(page.status.as_u16(), status);
        assert!(page.header("content-type").starts_with("text/html") && page.message().contains("nothing was done"));
    }
    let page = ann.ask(Method::PUT, &format!("{BASE}/generate"), None).await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, "GET, HEAD, POST"));
    let page = ann.ask(Method::GET, &format!("{BASE}/nothing"), None).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("This page does not exist"));
}
