//! The way into the console, and the way out.

use crate::{
    console_browser::{next_code, shown, staffed},
    site_browser::{BASE, Browser, PASSWORD, plain, user},
};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};

const INSIDE: [&str; 11] = [
    "/admin",
    "/admin/you",
    "/admin/you/password",
    "/admin/you/codes",
    "/admin/you/sessions",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/sets",
    "/admin/codes",
    "/admin/clients",
    "/admin/settings",
];

#[tokio::test]
async fn in_production_nothing_is_open_before_the_second_step_is_set_up() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    for path in INSIDE {
        root.get(path).await.is_at("/admin/sign-in");
    }
    let page = root.knock("root").await;
    page.is_at("/admin/second-step/set-up");
    assert!(
        page.text.contains("<svg class=\"qr\"")
            && page.text.contains("href=\"otpauth://totp/Test%20site:root%40example.com?")
    );
    assert!(!page.text.contains("<nav"), "nothing else is announced");
    for path in INSIDE {
        root.get(path).await.is_at("/admin/second-step/set-up");
    }
    root.get("/admin/second-step").await.is_at("/admin/second-step/set-up");
    let (_, home) = root.enrol().await;
    assert_eq!(
        home.message(),
        "Your authenticator is set up. From now on each sign-in to the console asks for one of its codes."
    );
    for path in INSIDE {
        root.get(path).await.is_at(path);
    }
}

#[tokio::test]
async fn a_page_says_who_is_signed_in_as_what_and_since_when() {
    let world = staffed(true).await;
    let mut eve = Browser::new(&world);
    eve.knock("eve").await;
    let (secret, _) = eve.enrol().await;
    let mut eve = Browser::new(&world);
    eve.enter("eve", &secret).await;
    let text = plain(&eve.get("/admin/you").await.text);
    assert!(text.contains("Signed in as eve@example.com"), "{text}");
    assert!(text.contains("Role Auditor, who reads and changes nothing"), "{text}");
    assert!(text.contains("Signed in since just now") && text.contains("Authenticator set up just now"), "{text}");
    assert!(text.contains("Recovery codes left 0"), "{text}");
}

#[tokio::test]
async fn after_the_password_comes_the_second_step() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    let (secret, _) = root.enrol().await;
    let mut root = Browser::new(&world);
    let page = root.knock("root").await;
    page.is_at("/admin/second-step");
    for path in INSIDE {
        root.get(path).await.is_at("/admin/second-step");
    }
    root.get("/admin/second-step/set-up").await.is_at("/admin/second-step");
    let used = root.submit(&page, "second-step-form", &[("code", &shown(&world, &secret))]).await;
    let told = "That code is not right, or it was used before. 4 tries are left before a wait.";
    assert_eq!((used.message().as_str(), used.path.as_str()), (told, "/admin/second-step"));
    let typo = root.submit(&page, "second-step-form", &[("code", "12345")]).await;
    assert_eq!(typo.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(typo.message(), "This has 5 of 6 digits. Nothing was counted.");
    next_code(&world);
    let before = root.cookies.clone();
    let home = root.submit(&page, "second-step-form", &[("code", &shown(&world, &secret))]).await;
    home.is_at("/admin");
    let mut thief = Browser { cookies: before, ..Browser::new(&world) };
    thief.get("/admin").await.is_at("/admin/sign-in");
}

#[tokio::test]
async fn too_many_wrong_codes_lead_to_a_wait() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    let (secret, _) = root.enrol().await;
    let mut root = Browser::new(&world);
    let page = root.knock("root").await;
    let right = shown(&world, &secret);
    for _ in 0..5 {
        root.press(&page, "second-step-form", &[("code", &right)]).await;
    }
    let locked = root.submit(&page, "second-step-form", &[("code", &right)]).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(locked.header("retry-after"), "120");
    world.clock.advance(SignedDuration::from_mins(2));
    Browser::new(&world).enter("root", &secret).await;
}

#[tokio::test]
async fn in_development_the_console_opens_and_recommends_a_second_step() {
    let world = staffed(false).await;
    let mut root = Browser::new(&world);
    let home = root.knock("root").await;
    home.is_at("/admin");
    assert!(plain(&home.text).contains("No second step is set up: your password alone opens this console."));
    let (_, home) = root.enrol().await;
    assert!(!home.text.contains("No second step is set up"));
    Browser::new(&world).knock("root").await.is_at("/admin/second-step");
}

#[tokio::test]
async fn users_are_told_what_strangers_are_told() {
    let world = staffed(true).await;
    user(&world, "ann").await;
    let mut answers = Vec::new();
    for (network, name) in [("192.0.2.1", "ann"), ("198.51.100.1", "nobody")] {
        let mut browser = Browser::new(&world).saying("x-forwarded-for", network);
        let page = browser.knock(name).await;
        assert_eq!(page.path, "/admin/sign-in");
        answers.push((page.status, page.message()));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].1.starts_with("This did not sign you in."));
}

#[tokio::test]
async fn a_session_of_the_pages_for_users_opens_no_console() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.get("/admin").await.is_at("/admin/sign-in");
    let token = ann.cookies["backstop_session"].clone();
    ann.cookies.insert("backstop_console".to_owned(), token);
    assert_eq!(ann.get("/admin").await.path, "/admin/sign-in");
    // Nor does an administrator's on those pages.
    let mut root = Browser::new(&world);
    let page = root.get(&format!("{BASE}/sign-in")).await;
    let fields = [("email", "root@example.com"), ("password", PASSWORD)];
    root.submit(&page, "sign-in-form", &fields).await;
    assert_eq!(root.get("/admin").await.path, "/admin/sign-in");
}

#[tokio::test]
async fn signing_out_ends_the_session_also_before_the_second_step() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    let page = root.knock("root").await;
    let before = root.cookies.clone();
    let out = root.submit(&page, "logout-form", &[]).await;
    out.is_at("/admin/sign-in");
    assert_eq!(out.message(), "You are signed out of the console.");
    let mut thief = Browser { cookies: before, ..Browser::new(&world) };
    assert_eq!(thief.get("/admin").await.path, "/admin/sign-in");
}

#[tokio::test]
async fn forms_of_others_are_not_taken() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    let page = root.knock("root").await;
    let secret = page.secret();
    let code = shown(&world, &secret);
    let stale = root.press(&page, "set-up-form", &[("form_token", "0"), ("code", &code)]).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let mut lured = root.clone().saying("sec-fetch-site", "cross-site");
    for path in ["/admin/second-step/set-up", "/admin/sign-out", "/admin/sign-in", "/admin/you/codes"] {
        let answer = lured.ask(Method::POST, path, Some(String::new())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let nobody = Browser::new(&world).ask(Method::POST, "/admin/you/codes", Some(String::new())).await;
    assert_eq!((nobody.status, nobody.header("location")), (StatusCode::SEE_OTHER, "/admin/sign-in"));
    root.get("/admin/second-step/set-up").await.is_at("/admin/second-step/set-up");
}

#[tokio::test]
async fn pages_of_the_console_are_never_stored_and_run_nothing_inline() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    let (_, home) = root.enrol().await;
    let missing = root.get("/admin/nothing").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let sign_in = Browser::new(&world).get("/admin/sign-in").await;
    for page in [home, missing, sign_in] {
        assert_eq!(page.header("cache-control"), "no-store", "{}", page.path);
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'; style-src 'self'; script-src 'self'")
        );
        assert!(!page.text.contains(" style=") && !page.text.contains(" onclick="));
        assert!(page.text.contains("href=\"/admin\""), "the name of the site leads to the console");
    }
}

#[tokio::test]
async fn the_console_speaks_german() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world).saying("accept-language", "de");
    let page = root.knock("root").await;
    assert!(page.text.contains("<html lang=\"de\">") && page.text.contains("Scannen Sie dieses Bild mit der App."));
    let typo = root.submit(&page, "set-up-form", &[("code", "abcdef")]).await;
    assert_eq!(typo.message(), "Ein Code eines Authenticators besteht nur aus Ziffern. Nichts wurde gezählt.");
    assert_eq!(typo.secret(), page.secret(), "what was scanned stays good");
}
