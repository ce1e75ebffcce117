//! After a sign-in with a code.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, encoded, user},
    site_markup::check,
    world::{Plan, World},
};
use backstop_domain::SuspensionReason;
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};

/// Somebody who has a password and codes.
async fn recovered(plan: Plan) -> (World, Vec<String>) {
    let world = World::planned(plan).await;
    user(&world, "ann").await;
    let reply = world.post("/api/v1/accounts/ann/batches", serde_json::json!({})).await;
    let codes = reply.json["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (world, codes)
}

#[tokio::test]
async fn who_signed_in_with_a_code_makes_new_codes_first_and_nothing_else() {
    let (world, codes) = recovered(Plan { generation_wait: SignedDuration::from_mins(5), ..Plan::default() }).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    assert_eq!(home.remaining(), 9);
    assert!(home.text.contains("It can&#39;t be used again. 9 codes are left."), "{}", home.text);
    assert!(home.text.contains("Set up an authenticator again where you use Backstop"));
    for form in ["verify-form", "invalidate-code-form", "invalidate-all-form", "download-form", "email-form"] {
        assert!(!home.has_form(form), "{form}");
    }
    assert!(home.has_form("generate-form") && home.has_form("logout-form") && !home.text.contains("id=\"history\""));
    assert!(!home.text.contains("/auth/recovery-codes/password"));
    let token = home.form("logout-form").fields[0].1.clone();
    for act in [
        "verify-setup",
        "invalidate-code",
        "delete-code",
        "invalidate-all",
        "delete-all",
        "download",
        "email",
        "password",
    ] {
        let body = format!("form_token={token}&code={}&sure=yes&password=x&new_password=y", codes[1]);
        let answer = ann.ask(Method::POST, &format!("{BASE}/{act}"), Some(body)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{act}");
        assert_eq!(
            ann.home().await.message(),
            "This has to wait until you have made new codes. You signed in with a recovery code. Make new codes first; everything else is open then.",
            "{act}"
        );
    }
    assert_eq!(ann.home().await.remaining(), 9, "nothing was changed");
    // The wait of the first generation does not apply, and no password is asked for.
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(made.codes().len(), 10);
    let file = ann.press(&made, "download-form", &[]).await;
    assert!(file.header("content-disposition").starts_with("attachment"), "its forms fit the next token");
    let home = ann.home().await;
    assert!(
        home.has_form("verify-form") && home.text.contains("id=\"history\"") && home.has_form("invalidate-all-form")
    );
    assert!(home.text.contains("You have new codes. This is still to be done:"));
}

#[tokio::test]
async fn the_form_for_owed_codes_is_where_it_is_said_that_they_are_owed() {
    let (world, codes) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    let card =
        home.text.split_once("<section class=\"card\" id=\"recovery\"").unwrap().1.split_once("</section>").unwrap().0;
    assert!(card.contains("<li id=\"make-title\">Make new codes and save them.</li>"), "{card}");
    assert!(
        card.contains("id=\"make\" role=\"group\" aria-labelledby=\"make-title\"")
            && card.contains("id=\"generate-form\"")
    );
    assert!(card.contains("<button class=\"main\">Make new codes</button>"), "{card}");
    assert_eq!((home.text.matches("class=\"main\"").count(), home.text.matches("href=\"#make\"").count()), (1, 0));
    // What is wrong is said there as well, before the fields.
    let asked = ann.submit(&home, "generate-form", &[("count", "99"), ("sure", "yes")]).await;
    let card = asked.text.split_once("id=\"recovery\"").unwrap().1.split_once("</section>").unwrap().0;
    assert!(card.find("id=\"message\"").unwrap() < card.find("id=\"count\"").unwrap());
    check(&asked.text).unwrap();
    world.suspend("ann", SuspensionReason::Failures).await;
    assert!(!ann.home().await.has_form("generate-form"), "none are made for whoever is suspended");
}

#[tokio::test]
async fn owed_codes_are_asked_for_in_every_session_until_they_are_made() {
    let (world, codes) = recovered(Plan { confine: false, ..Plan::default() }).await;
    let (mut by_code, mut by_password) = (Browser::new(&world), Browser::new(&world));
    let before = by_password.sign_in("ann").await;
    assert!(!before.text.contains("id=\"recovery\""));
    let home = by_code.sign_in_with("ann@example.com", &codes[0]).await;
    assert!(home.has_form("verify-form") && home.has_form("invalidate-code-form"), "nothing is closed");
    for (browser, title) in [
        (&mut by_code, "You signed in with a recovery code"),
        (&mut by_password, "One of your recovery codes was used"),
    ] {
        let home = browser.home().await;
        assert!(home.text.contains(&format!("<h2 id=\"recovery-title\">{title}</h2>")), "{}", home.text);
        assert!(home.text.contains("No wait applies this time, because a code was used."));
        check(&home.text).unwrap();
    }
    let made = by_password.submit(&by_password.clone().home().await, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(made.codes().len(), 10);
    assert!(!by_password.home().await.text.contains("id=\"recovery\""), "done");
    assert!(by_code.home().await.text.contains("You have new codes. This is still to be done:"));
}

#[tokio::test]
async fn a_release_gives_the_session_another_token() {
    let (world, codes) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    let mut old = ann.clone();
    ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    // With the next page, as the answer that shows the codes may get lost.
    assert_eq!(ann.cookies["backstop_session"], old.cookies["backstop_session"]);
    ann.home().await;
    assert_ne!(ann.cookies["backstop_session"], old.cookies["backstop_session"]);
    assert_eq!(old.home().await.path, format!("{BASE}/sign-in"));
    // Loading the page again sends the form again, with a token that was for the session as it was.
    let again = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert!(again.codes().is_empty() && again.path.ends_with("/dashboard"), "{}", again.text);
}

#[tokio::test]
async fn who_never_saw_the_new_codes_makes_others_without_a_password() {
    let world = World::planned(Plan { generation_wait: SignedDuration::from_mins(1), ..Plan::default() }).await;
    let codes = world.with_codes("ann").await;
    world.put("/api/v1/accounts/ann", serde_json::json!({ "email": "ann@example.com" })).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    // The answer is lost: what it sets never reaches the browser.
    let lost = ann.clone().submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(lost.codes().len(), 10);
    let home = ann.home().await;
    assert!(home.path.ends_with("/dashboard") && home.remaining() == 10, "still signed in: {}", home.text);
    world.clock.advance(SignedDuration::from_mins(2));
    let home = ann.home().await;
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(made.codes().len(), 10, "{}", made.text);
    assert_ne!(made.codes(), lost.codes());
    // Later that takes more than a code that was typed a while ago.
    world.clock.advance(SignedDuration::from_mins(10));
    let home = ann.home().await;
    let refused = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!((refused.status, refused.codes().len()), (StatusCode::FORBIDDEN, 0));
}

#[tokio::test]
async fn mail_and_deleting_all_take_a_password_after_a_sign_in_with_a_code() {
    let (world, codes) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    let asked = ann.submit(&made, "email-form", &[]).await;
    assert_eq!((asked.status, asked.has_form("confirm-form")), (StatusCode::OK, true));
    assert!(asked.text.contains("Sending codes takes your password once more."));
    let sent = ann.submit(&asked, "confirm-form", &[("password", PASSWORD)]).await;
    assert!(sent.message().starts_with("Your codes are on their way"), "{}", sent.message());
}

#[tokio::test]
async fn who_has_no_password_is_told_what_to_do_instead() {
    let world = World::new().await;
    let codes = world.with_codes("ann").await;
    world.put("/api/v1/accounts/ann", serde_json::json!({ "email": "ann@example.com" })).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert!(made.has_form("download-form") && !made.has_form("email-form"), "what can't be done is not offered");
    assert!(made.text.contains("your account has no password here. Save them in another way."), "{}", made.text);
    let home = ann.home().await;
    assert!(!home.text.contains("/auth/recovery-codes/password"));
    assert!(home.has_form("invalidate-all-form") && !home.has_form("delete-all-form"));
    assert!(home.text.contains("Invalidate all codes instead"), "{}", home.text);
    // Whoever asks for it all the same, as from a page of before, is told why it is not done.
    let fields = [home.form("invalidate-all-form").fields, vec![("sure".to_owned(), "yes".to_owned())]].concat();
    let refused = ann.ask(Method::POST, &format!("{BASE}/delete-all"), Some(encoded(&fields))).await;
    assert_eq!((refused.status, refused.has_form("confirm-form")), (StatusCode::FORBIDDEN, false));
    assert!(refused.message().starts_with("This takes more than a recovery code."));
    assert_eq!(ann.home().await.remaining(), 10);
}

/// The answers to what was sent before them may still be on their way: no form of theirs may come with a token that the
/// first of them took away.
#[tokio::test]
async fn forms_that_are_sent_at_once_after_new_codes_are_all_taken() {
    let (world, codes) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[1]).await;
    let made = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    let mut at_once = ann.clone();
    let file = ann.press(&made, "download-form", &[]).await;
    assert_eq!((file.status, file.header("content-disposition").starts_with("attachment")), (StatusCode::OK, true));
    let asked = at_once.press(&made, "email-form", &[]).await;
    assert!(
        asked.header("location").starts_with(&format!("{BASE}/confirm?act=email")),
        "{} {}",
        asked.status,
        asked.text
    );
    // The next page brings the next token; what was closed stays open.
    let before = ann.cookies["backstop_session"].clone();
    let home = ann.home().await;
    assert_ne!(ann.cookies["backstop_session"], before);
    assert!(home.has_form("invalidate-all-form"));
    assert_eq!(at_once.home().await.path, format!("{BASE}/sign-in"), "the old token is over");
}

#[tokio::test]
async fn a_suspended_account_is_told_so_and_gets_no_codes() {
    for (reason, told) in [
        (SuspensionReason::Failures, "Recovery codes are switched off for your account after too many wrong ones."),
        (
            SuspensionReason::NotMe,
            "Recovery codes are switched off for your account, because somebody said that a sign-in was not theirs.",
        ),
        (SuspensionReason::Admin, "An administrator has switched off recovery codes for your account."),
    ] {
        let (world, codes) = recovered(Plan::default()).await;
        let mut ann = Browser::new(&world);
        let before = ann.sign_in("ann").await;
        world.suspend("ann", reason).await;
        let home = ann.home().await;
        assert!(home.text.contains(told), "{told}");
        assert!(!home.has_form("generate-form") && !home.has_form("verify-form") && home.has_form("logout-form"));
        let answer = ann.submit(&before, "generate-form", &[("sure", "yes")]).await;
        assert!(answer.codes().is_empty() && answer.text.contains(told));
        let refused = Browser::new(&world).sign_in_with("ann@example.com", &codes[0]).await;
        assert!(refused.message().starts_with("This did not sign you in."), "as a wrong code");
        let mut later = Browser::new(&world);
        assert!(later.sign_in("ann").await.text.contains(told), "with the password its owner sees it");
    }
}

#[tokio::test]
async fn few_and_no_codes_left_are_told_with_what_to_do() {
    let (world, codes) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    for (at, code) in codes.iter().enumerate() {
        let home = ann.home().await;
        let page = ann.submit(&home, "invalidate-code-form", &[("code", code)]).await;
        let left = 9 - at;
        let told = match left {
            0 => "None left. Without codes you can&#39;t get in",
            1 => "One left: make new codes soon.",
            2 | 3 => "left: make new codes soon.",
            _ => "",
        };
        assert!(page.text.contains(told), "{left}");
        assert_eq!(page.text.contains("make new codes soon"), (1..=3).contains(&left), "{left}");
    }
    assert!(ann.home().await.text.contains("Every code of it was used or taken back."));
}

#[tokio::test]
async fn expired_codes_are_told_as_such() {
    let (world, _) = recovered(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let home = ann.home().await;
    ann.submit(&home, "generate-form", &[("ends", "days"), ("days", "1"), ("sure", "yes")]).await;
    assert!(ann.home().await.text.contains("They expire <time"));
    world.clock.advance(SignedDuration::from_hours(25));
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    assert!(home.text.contains("They expired <time") && home.text.contains("None left."));
    assert_eq!(home.remaining(), 0);
}
