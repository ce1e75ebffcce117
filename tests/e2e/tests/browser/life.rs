//! The whole life of a user.

use backstop_backends::ReadMail;
use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind, eventually,
    pages::{Hosted, Person},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_lives_a_whole_life_with_scripts() {
    for view in View::BOTH {
        life(Kind::Sqlite, &[], view).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_lives_a_whole_life_without_scripts() {
    for view in View::BOTH {
        life(Kind::Sqlite, &[], view.without_scripts()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_lives_a_whole_life_on_postgres_and_redis() {
    let redis = backstop_backends::redis().await.unwrap();
    let settings = [("BACKSTOP_CACHE__URL", redis.url.as_str()), ("BACKSTOP_SESSION__STORE", "cache")];
    life(Kind::Postgres, &settings, View::WIDE).await;
}

async fn life(kind: Kind, settings: &[(&str, &str)], view: View) {
    let hosted = Hosted::start(kind, settings).await;
    let chrome = Chrome::start().await;
    let mut ann = Person::new(&chrome, view, &hosted, hosted.user("ann").await).await;
    let first = saves_codes(&hosted, &ann).await;
    takes_codes_back(&ann, &first).await;
    let codes = makes_more(&ann).await;
    recovers(&ann, &codes).await;
    let with_waits = Hosted::spec(&hosted.site, settings).with("BACKSTOP_GUARD__BASE_COOLDOWN", "4s").start().await;
    ann.moves_to(with_waits.base());
    meets_the_guard(&ann).await;
    assert_eq!(ann.complaints().await, [""; 0], "what the browser complains of");
    hosted.site.judge().await;
}

/// From the first sign-in to codes that are saved, sent and tried.
async fn saves_codes(hosted: &Hosted, ann: &Person) -> Vec<String> {
    ann.visit("").await;
    ann.stands_at("login").await;
    ann.sign_in().await;
    assert_eq!(ann.remaining().await, 0);
    let codes = ann.make_codes(Some(30)).await;
    assert_eq!(codes.len(), 10);
    ann.shows("ol#codes").await;

    let file = ann.takes_file("txt").await;
    assert_eq!(file.extension(), "txt");
    let places: Vec<_> = codes.iter().map(|code| file.text().find(code)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", file.text());

    let said = ann.has_codes_sent().await;
    assert!(said.contains("Your codes"), "{said}");
    let mail = eventually("the mail with the codes came", async || {
        let mut mails: Vec<ReadMail> = hosted.mails(&ann.user.email, "Your recovery codes");
        mails.pop()
    })
    .await;
    assert!(codes.iter().all(|code| mail.text.contains(code)), "{}", mail.text);

    if ann.has("#codes").await {
        ann.leaves_codes().await;
    }
    ann.visit("dashboard").await;
    assert!(!ann.has("#download-form, #email-form").await, "each was the one time: {}", ann.shown().await);
    assert_eq!(ann.remaining().await, 10);

    // A typo first, which costs nothing, then another's code, then one of these.
    ann.sends_part_of_a_code("#verify-form", &codes[0][1..]).await;
    ann.is_told("35 of 36").await;
    ann.sends_code("#verify-form", &codes[0]).await;
    ann.is_told("This code works").await;
    assert_eq!(ann.remaining().await, 10, "it was not used up");
    ann.visit("dashboard").await;
    assert!(!ann.has("#verify-form").await, "that is asked once");
    codes
}

async fn takes_codes_back(ann: &Person, codes: &[String]) {
    ann.sends_code("#invalidate-code-form", &codes[1]).await;
    ann.is_told("invalidated").await;
    assert_eq!(ann.remaining().await, 9);
    ann.sends_code("#invalidate-code-form", &codes[1]).await;
    ann.is_told("before").await;
    assert_eq!(ann.remaining().await, 9);
    ann.sends_code("#delete-code-form", &codes[2]).await;
    ann.is_told("deleted").await;
    assert_eq!(ann.remaining().await, 8);
}

/// Sets that replace and follow each other, and what the history says of them.
async fn makes_more(ann: &Person) -> Vec<String> {
    ann.make_codes(None).await;
    ann.leaves_codes().await;
    assert_eq!(ann.remaining().await, 10);
    ann.is_sure_of("#invalidate-all-form").await;
    ann.is_told("All codes are invalidated").await;
    assert_eq!(ann.remaining().await, 0);
    ann.make_codes(Some(365)).await;
    ann.leaves_codes().await;
    ann.is_sure_of("#delete-all-form").await;
    ann.is_told("All codes are deleted").await;
    let codes = ann.make_codes(None).await;
    ann.leaves_codes().await;

    assert_eq!(ann.texts("#history .badge").await, ["active", "deleted"]);
    ann.press("nav.pages a").await;
    assert_eq!(ann.texts("#history .badge").await, ["invalidated", "replaced"]);
    ann.click("#history tbody:last-of-type details > summary").await;
    let facts = ann.text("#history tbody:last-of-type dl").await;
    for fact in ["Invalidated", "Removed", "Downloaded", "E-mailed", "Account"] {
        assert!(facts.contains(fact), "{fact} is missing in {facts}");
    }
    codes
}

/// Out, in again by a code that is pasted as it lies on paper, and on with new codes.
async fn recovers(ann: &Person, codes: &[String]) {
    ann.sign_out().await;
    ann.is_told("You are signed out").await;
    ann.visit("dashboard").await;
    ann.stands_at("login").await;
    ann.fill("email", &ann.user.email).await;
    ann.paste("code", &format!("  {}. ", codes[0].replace('-', " – "))).await;
    ann.press("#login-form").await;
    ann.stands_at("dashboard").await;
    assert_eq!(ann.remaining().await, 9);
    assert!(ann.has("#recovery").await, "{}", ann.shown().await);
    for form in ["#verify-form", "#invalidate-code-form", "#delete-all-form", "#history"] {
        assert!(!ann.has(form).await, "{form} has to wait for new codes");
    }
    ann.visit("password").await;
    assert!(!ann.has("#password-form").await, "{}", ann.shown().await);
    ann.visit("dashboard").await;
    let fresh = ann.make_codes(None).await;
    assert_eq!(fresh.len(), 10);
    ann.leaves_codes().await;
    assert!(ann.has("#history").await);
    assert_eq!(ann.remaining().await, 10);
    ann.sign_out().await;
    ann.try_code(&codes[1]).await;
    ann.is_told("This did not sign you in").await;
    ann.sign_in_with_code(&fresh[0]).await;
    ann.sign_out().await;
}

/// What is asked for too soon again, wrong codes, the waits that they bring, and what is right after them.
async fn meets_the_guard(ann: &Person) {
    ann.sign_in().await;
    ann.make_codes(None).await;
    ann.leaves_codes().await;
    assert!(ann.has("#generate-form button[disabled]").await, "not so soon again: {}", ann.shown().await);
    let codes = ann.make_codes(None).await;
    ann.leaves_codes().await;
    ann.sign_out().await;
    let wrong: String = codes[0].chars().rev().collect();
    ann.visit("login").await;
    ann.fill("email", &ann.user.email).await;
    ann.sends_part_of_a_code("#login-form", &codes[0][1..]).await;
    ann.is_told("35 of 36").await;
    ann.try_code(&wrong).await;
    ann.is_told("One try is left").await;
    assert_eq!(ann.value("email").await, ann.user.email, "the address stays");
    assert_eq!(ann.value("code").await, "", "a code does not");
    ann.fill("code", &wrong).await;
    ann.press("#login-form").await;
    ann.is_told("There is a wait now").await;
    assert!(ann.has("#message [data-wait]").await, "{}", ann.shown().await);
    if ann.view().scripts {
        eventually("the wait is over", async || ann.message().await.contains("again now").then_some(())).await;
    } else {
        eventually("the wait is over", async || {
            ann.reload().await;
            (!ann.has("[data-wait]").await).then_some(())
        })
        .await;
    }
    ann.sign_in_with_code(&codes[0]).await;
    assert_eq!(ann.remaining().await, 9);
}
