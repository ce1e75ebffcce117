//! Signing in on the pages, and failing to.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, encoded, with_ann},
    world::{Plan, World},
};
use backstop_application::use_cases::NewUser;
use backstop_domain::{Actor, EmailAddress, Role, SecretText, SuspensionReason};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";

/// Somebody with codes, who is not signed in.
async fn with_codes() -> (World, Vec<String>) {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    world.put("/api/v1/accounts/ann", json!({ "email": "ann@example.com" })).await;
    (world, codes)
}

#[tokio::test]
async fn a_code_signs_in_once_however_it_was_typed() {
    let (world, codes) = with_codes().await;
    let mut ann = Browser::new(&world);
    let typed = format!("\u{a0}{}.\n", codes[0].replace('-', " \u{2014} "));
    let home = ann.sign_in_with(" ANN@Example.com ", &typed).await;
    assert_eq!(home.path, format!("{BASE}/dashboard"));
    assert!(home.text.contains("You signed in with a recovery code"));
    let mut other = Browser::new(&world);
    let refused = other.sign_in_with("ann@example.com", &codes[0]).await;
    assert_eq!(refused.path, format!("{BASE}/login"));
    assert!(refused.message().starts_with("This did not sign you in."));
}

#[tokio::test]
async fn a_typo_is_told_before_an_attempt_is_spent_and_the_address_stays() {
    let (world, codes) = with_codes().await;
    let mut ann = Browser::new(&world);
    for (typed, told) in [
        ("", "Type or paste a recovery code."),
        (&codes[0][1..], "This looks like 35 of 36 characters: one is missing. Nothing was counted."),
        (&format!("{}ab", codes[0]), "This looks like 38 of 36 characters: 2 are too many. Nothing was counted."),
        (&codes.join(" "), "This looks like more than one code. A code has 36 characters; take one."),
        (&codes[0].replacen(&codes[0][..1], "!", 1), "Character 1 is one that no code has."),
    ] {
        let page = ann.sign_in_with("ann@example.com", typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.message().starts_with(told), "{typed}: {}", page.message());
        assert!(
            page.text.contains("value=\"ann@example.com\"")
                && page.text.contains("aria-describedby=\"message code-hint\"")
        );
        assert!(!page.text.contains(&codes[0][8..]), "what was typed came back");
    }
    let page = ann.sign_in_with("", &codes[0]).await;
    assert_eq!(page.message(), "Type the e-mail address of your account.");
    let refused = ann.sign_in_with("ann@example.com", WRONG).await;
    assert!(refused.message().ends_with("4 tries are left before a wait."), "{}", refused.message());
}

#[tokio::test]
async fn wrong_codes_lead_to_a_wait_that_is_told_also_when_the_page_is_loaded_again() {
    let (world, codes) = with_codes().await;
    let mut ann = Browser::new(&world);
    for left in ["4 tries are", "3 tries are", "2 tries are", "One try is"] {
        let page = ann.sign_in_with("ann@example.com", WRONG).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.message().ends_with(&format!("{left} left before a wait.")), "{}", page.message());
        assert!(page.text.contains("value=\"ann@example.com\""));
        assert_eq!(ann.get(&format!("{BASE}/login")).await.message(), "", "said once");
    }
    let locked = ann.sign_in_with("ann@example.com", WRONG).await;
    assert_eq!((locked.status, locked.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert!(
        locked.message().contains("You can try again in 1 minute (today at 09:31). A right code will work then."),
        "{}",
        locked.message()
    );
    world.clock.advance(SignedDuration::from_secs(25));
    let again = ann.get(&format!("{BASE}/login")).await;
    assert_eq!((again.header("retry-after"), again.status), ("35", StatusCode::TOO_MANY_REQUESTS));
    assert!(again.message().contains("in 35 seconds") && again.text.contains("value=\"ann@example.com\""));
    let early = ann.sign_in_with("ann@example.com", &codes[0]).await;
    assert_eq!(early.header("retry-after"), "120");
    world.clock.advance(SignedDuration::from_secs(120));
    assert_eq!(ann.get(&format!("{BASE}/login")).await.message(), "You can try again now.");
    assert_eq!(ann.sign_in_with("ann@example.com", &codes[0]).await.path, format!("{BASE}/dashboard"));
}

/// A page without what differs from browser to browser.
fn told(page: &Page) -> (StatusCode, Vec<(String, String)>, String) {
    let token = page.form("login-form").fields.into_iter().find(|(name, _)| name == "form_token").unwrap().1;
    let headers = page.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "set-cookie");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (page.status, headers, page.text.replace(&token, "token"))
}

/// Accounts whose codes open nothing, each for another reason, and people who have none. Five tries of each are no more
/// than a network may get wrong.
async fn refused_for_each_cause(world: &World) -> Vec<(&'static str, &'static str, String)> {
    let mut causes = Vec::new();
    for cause in ["expired", "wrong", "used", "invalidated", "deleted", "superseded", "set invalidated", "suspended"] {
        let subject = cause.replace(' ', "-");
        let address = format!("{subject}@example.com");
        world.put(&format!("/api/v1/accounts/{subject}"), json!({ "email": address })).await;
        let days = if cause == "expired" { json!({ "expires_in_days": 1 }) } else { json!({}) };
        let made = world.post(&format!("/api/v1/accounts/{subject}/batches"), days).await.json;
        let code = made["codes"][0].as_str().unwrap().to_owned();
        let act = |act: &str| format!("/api/v1/accounts/{subject}/{act}");
        match cause {
            "expired" => world.clock.advance(SignedDuration::from_hours(24)),
            "used" => drop(Browser::new(world).sign_in_with(&address, &code).await),
            "invalidated" => drop(world.post(&act("codes/invalidate"), json!({ "code": code })).await),
            "deleted" => drop(world.post(&act("codes/delete"), json!({ "code": code })).await),
            "superseded" => drop(world.post(&act("batches"), json!({})).await),
            "set invalidated" => {
                let set = made["batch"]["id"].as_str().unwrap();
                world.post(&act(&format!("batches/{set}/invalidate")), json!({})).await;
            }
            "suspended" => world.suspend(&subject, SuspensionReason::Failures).await,
            _ => {}
        }
        let code = if cause == "wrong" { WRONG.to_owned() } else { code };
        causes.push((cause, &*address.leak(), code));
    }
    causes.push(("unknown", "nobody@example.com", WRONG.to_owned()));
    causes.push(("no address", "no address", WRONG.to_owned()));
    causes
}

#[tokio::test]
async fn whatever_the_cause_of_a_refusal_the_page_is_the_same_to_the_byte() {
    let world = World::new().await;
    let mut first: Option<Vec<_>> = None;
    for (cause, email, code) in refused_for_each_cause(&world).await {
        let mut browser = Browser::new(&world);
        let mut pages = Vec::new();
        for _ in 0..5 {
            let page = browser.sign_in_with(email, &code).await;
            let (status, mut headers, text) = told(&page);
            headers.retain(|(name, _)| name != "content-length");
            let text = text.replace(&format!("value=\"{email}\""), "value=\"\"");
            pages.push((status, headers, text));
        }
        assert_eq!(pages[4].0, StatusCode::TOO_MANY_REQUESTS, "{cause}");
        match &first {
            None => first = Some(pages),
            Some(first) => assert_eq!(*first, pages, "{cause}"),
        }
    }
}

#[tokio::test]
async fn wrong_passwords_are_answered_alike_for_everybody_and_lead_to_a_wait() {
    let world = with_ann(Plan::default()).await;
    let mut texts = Vec::new();
    for email in ["ann@example.com", "bea@example.com"] {
        let mut browser = Browser::new(&world);
        let mut told = Vec::new();
        for _ in 0..6 {
            let page = browser.get(&format!("{BASE}/sign-in")).await;
            let page = browser.submit(&page, "sign-in-form", &[("email", email), ("password", "not this one")]).await;
            assert!(page.text.contains(&format!("value=\"{email}\"")) && !page.text.contains("not this one"));
            told.push((page.status, page.header("retry-after").to_owned(), page.message()));
        }
        texts.push(told);
    }
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0][0].2, "This did not sign you in. 4 tries are left before a wait.");
    assert_eq!((texts[0][4].0, texts[0][4].1.as_str()), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert!(texts[0][4].2.contains("The right password will work then."), "{}", texts[0][4].2);
    assert_eq!(texts[0][5].1, "120");
}

#[tokio::test]
async fn a_password_that_is_worn_out_is_refused_as_a_wrong_one_and_its_owner_gets_a_mail() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let mut answers = Vec::new();
    for password in [["not this one"; 100].as_slice(), &[PASSWORD]].concat() {
        world.clock.advance(SignedDuration::from_hours(24));
        let page = ann.get(&format!("{BASE}/sign-in")).await;
        answers.push(
            ann.submit(&page, "sign-in-form", &[("email", "ann@example.com"), ("password", password)]).await.message(),
        );
    }
    assert!(answers.iter().all(|told| *told == answers[0]), "{answers:?}");
    world.work().await;
    let mails: Vec<_> =
        world.mailer.sent().into_iter().map(|mail| (mail.to.as_str().to_owned(), mail.subject)).collect();
    let [(to, subject)] = &mails[..] else { panic!("{mails:?}") };
    assert!(to == "ann@example.com" && subject.contains("password_worn_out"), "{mails:?}");
}

#[tokio::test]
async fn what_is_missing_of_a_sign_in_is_told_without_counting() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    for _ in 0..8 {
        let page = ann.get(&format!("{BASE}/sign-in")).await;
        let page = ann.submit(&page, "sign-in-form", &[("email", "ann@example.com"), ("password", "")]).await;
        assert_eq!((page.status, page.message().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "Type your password."));
        let page = ann.submit(&page, "sign-in-form", &[("email", " "), ("password", PASSWORD)]).await;
        assert_eq!(page.message(), "Type the e-mail address of your account.");
    }
    ann.sign_in("ann").await;
}

#[tokio::test]
async fn where_passwords_are_off_only_codes_sign_in() {
    let mut plan = Plan::default();
    plan.settings.site.local_passwords = false;
    let world = World::planned(plan).await;
    let mut somebody = Browser::new(&world);
    let page = somebody.get(&format!("{BASE}/sign-in")).await;
    assert_eq!(page.path, format!("{BASE}/login"));
    assert!(!page.text.contains("/sign-in"));
}

#[tokio::test]
async fn a_planted_session_gains_nothing_and_a_sign_in_has_a_new_token() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let planted = "a".repeat(43);
    ann.cookies.insert("backstop_session".to_owned(), planted.clone());
    ann.sign_in("ann").await;
    let first = ann.cookies["backstop_session"].clone();
    assert_ne!(first, planted);
    // Whoever signs in where somebody is signed in ends that session.
    let mut thief = Browser::new(&world);
    let page = thief.get(&format!("{BASE}/sign-in")).await;
    thief.cookies.insert("backstop_session".to_owned(), first.clone());
    let home = thief.submit(&page, "sign-in-form", &[("email", "ann@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(home.path, format!("{BASE}/dashboard"));
    assert_ne!(thief.cookies["backstop_session"], first);
    assert_eq!(ann.home().await.path, format!("{BASE}/sign-in"), "the first session is over");
}

#[tokio::test]
async fn signing_in_drops_what_the_browser_kept_for_another_person() {
    let world = with_ann(Plan::default()).await;
    crate::site_browser::user(&world, "bea").await;
    let mut shared = Browser::new(&world);
    shared.sign_in("ann").await;
    let codes = shared.make_codes().await;
    assert!(shared.cookies.contains_key("backstop_delivery"));
    shared.cookies.remove("backstop_session");
    let home = shared.sign_in("bea").await;
    assert!(!shared.cookies.contains_key("backstop_delivery") && !home.has_form("download-form"));
    let batch = codes.form("download-form").fields.into_iter().find(|(name, _)| name == "batch").unwrap().1;
    shared.make_codes().await;
    let home = shared.home().await;
    let refused = shared.submit(&home, "download-form", &[("batch", &batch)]).await;
    assert!(refused.message().starts_with("These codes can't be downloaded or sent any more."));
}

#[tokio::test]
async fn who_runs_the_site_is_told_that_there_are_no_codes_and_can_leave() {
    let world = World::new().await;
    let root = NewUser {
        subject: "root".parse().unwrap(),
        email: EmailAddress::parse("root@example.com").unwrap(),
        email_confirmed: true,
        display_name: None,
        role: Role::Admin,
        password: SecretText::new(PASSWORD.to_owned()),
    };
    world.use_cases.create_user.run(&root, &Actor::CommandLine).await.unwrap();
    let mut browser = Browser::new(&world);
    let home = browser.sign_in("root").await;
    assert!(home.message().starts_with("This account has no recovery codes here."), "{}", home.text);
    // Forms of users' pages, as somebody may have made them up.
    let token = encoded(&home.form("logout-form").fields);
    let acts = ["generate", "verify-setup", "invalidate-code", "delete-code", "invalidate-all", "delete-all"];
    for act in acts.into_iter().chain(["download", "email"]) {
        let told = browser.ask(Method::POST, &format!("{BASE}/{act}"), Some(token.clone())).await;
        assert!(told.message().starts_with("This account has no recovery codes here."), "{act}: {}", told.text);
    }
    let out = browser.submit(&home, "logout-form", &[]).await;
    assert_eq!(out.path, format!("{BASE}/login"));
}

#[tokio::test]
async fn a_sign_in_form_of_another_tab_leads_whoever_has_signed_in_meanwhile_home() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let other_tab = ann.get(&format!("{BASE}/login")).await;
    ann.sign_in("ann").await;
    let led = ann.submit(&other_tab, "login-form", &[("email", "ann@example.com"), ("code", WRONG)]).await;
    assert_eq!((led.status, led.path), (StatusCode::OK, format!("{BASE}/dashboard")));
}
