//! New codes as a file and by e-mail where scripts run: what was done is marked at once and said, and the page stays.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind, eventually,
    pages::{Hosted, Person},
};

use crate::copying::is_said;

const DOWNLOADED: &str = "Downloaded. This was the one time; look for the file among your downloads.";

/// Where the forms are: below the codes, and after them on the dashboard.
const PLACES: [(&str, &str); 2] = [("ann", "generate"), ("ben", "dashboard")];

async fn has_new_codes_at(ann: &Person, place: &str) -> Vec<String> {
    let codes = ann.make_codes(None).await;
    if place == "dashboard" {
        ann.leaves_codes().await;
    }
    codes
}

/// Ends the test if no mark says that it was done, and at what time.
async fn is_marked(ann: &Person, done: &str) {
    let is_a_time = |text: &str| {
        let numbers = text.split_once(':').map(|(hours, minutes)| (hours.parse::<u8>(), minutes.parse::<u8>()));
        matches!(numbers, Some((Ok(0..24), Ok(0..60)))) && text.len() == 5
    };
    eventually(&format!("a mark says {done:?}, and when"), async || {
        let marks = ann.texts("#delivery .button.done").await;
        marks.iter().filter_map(|mark| mark.strip_prefix(done)).any(|time| is_a_time(time.trim())).then_some(())
    })
    .await;
}

async fn comes_to_what_is_said(ann: &Person, words: &str) {
    eventually("the focus is on what is said", async || (ann.focus().await == "delivery-said").then_some(())).await;
    assert!(ann.text("#delivery-said").await.starts_with(words), "{}", ann.shown().await);
    assert_eq!(ann.words("#live").await, "", "it is not said twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_over_is_marked_at_once_and_said_on_the_page_that_stays() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (name, place) in PLACES {
        let ann = Person::new(&chrome, View::NARROW, &hosted, hosted.user(name).await).await;
        ann.sign_in().await;
        let codes = has_new_codes_at(&ann, place).await;
        let path = ann.path().await;
        // A page that is loaded anew forgets this.
        ann.script("window.stays = true", Vec::new()).await;
        let file = ann.takes_file("txt").await;
        assert!(codes.iter().all(|code| file.text().contains(code)), "{}", file.text());
        is_marked(&ann, "Downloaded at").await;
        comes_to_what_is_said(&ann, DOWNLOADED).await;
        let said = ann.has_codes_sent().await;
        assert!(said.starts_with("Your codes were sent."), "{said}");
        is_marked(&ann, "Sent at").await;
        comes_to_what_is_said(&ann, "Your codes were sent.").await;
        assert!(!ann.has("#download-form, #email-form").await, "each was the one time: {}", ann.shown().await);
        assert_eq!(ann.script("return window.stays === true", Vec::new()).await, true, "the page is the same");
        assert_eq!((ann.path().await, ann.has("#codes").await), (path, place != "dashboard"));
        assert_eq!(ann.complaints().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_elsewhere_when_it_is_done_stays_there_and_is_told() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (name, place) in PLACES {
        let view = View::WIDE.in_languages("de");
        let ann = Person::new(&chrome, view, &hosted, hosted.user(name).await).await;
        ann.sign_in().await;
        has_new_codes_at(&ann, place).await;
        for (form, mark, said) in [
            (
                "download-form",
                "Heruntergeladen um",
                "Heruntergeladen. Das geht nur dieses eine Mal; die Datei ist bei Ihren Downloads.",
            ),
            ("email-form", "Gesendet um", ""),
        ] {
            let elsewhere = "document.querySelector('a.brand').focus();
                document.getElementById(arguments[0]).requestSubmit()";
            ann.script(elsewhere, vec![form.into()]).await;
            is_marked(&ann, mark).await;
            let said =
                if said.is_empty() { ann.text("#delivery-said").await.replace('\n', " ") } else { said.to_owned() };
            is_said(&ann, &said).await;
            assert!(ann.has_focus("a.brand").await, "{}", ann.focus().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_asks_for_a_password_where_the_button_was() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::NARROW, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    let codes = ann.make_codes(None).await;
    ann.leaves_codes().await;
    ann.sign_out().await;
    ann.sign_in_with_code(&codes[0]).await;
    has_new_codes_at(&ann, "dashboard").await;
    ann.click("#email-form button").await;
    ann.wait_for("#delivery #confirm-form").await;
    assert!(ann.has_focus("#confirm-form [name='password']").await && !ann.has("#email-form").await);
    ann.type_text("something else").await;
    ann.click("#confirm-form button").await;
    eventually("it is refused", async || ann.text("#delivery-said").await.contains("not the right").then_some(()))
        .await;
    ann.fill("password", &ann.user.password).await;
    ann.click("#confirm-form button").await;
    is_marked(&ann, "Sent at").await;
    // The tokens of the other forms went with the session's, and what they ask for is still done.
    ann.takes_file("txt").await;
    is_marked(&ann, "Downloaded at").await;
    ann.sign_out().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_tab_ended_is_offered_no_more() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::NARROW, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    for place in ["generate", "dashboard"] {
        has_new_codes_at(&ann, place).await;
        ann.does_elsewhere(async |ann| drop(ann.takes_file("txt").await)).await;
        ann.click("#download-form button").await;
        eventually("it is said", async || ann.shows("#delivery-said").await.then_some(())).await;
        assert!(ann.text("#delivery-said").await.starts_with("These codes were downloaded before."), "{place}");
        assert!(
            !ann.has("#download-form").await && ann.has("#email-form").await,
            "the mail can still be had at {place}"
        );

        ann.does_elsewhere(async |ann| ann.is_sure_of("#invalidate-all-form").await).await;
        let said = ann.has_codes_sent().await;
        assert!(said.starts_with("These codes can't be downloaded or sent any more."), "{said}");
        assert!(!ann.has("#download-form, #email-form").await, "{}", ann.shown().await);
        if place == "generate" {
            ann.leaves_codes().await;
        }
        has_new_codes_at(&ann, "dashboard").await;
        ann.does_elsewhere(async |ann| ann.is_sure_of("#invalidate-all-form").await).await;
        ann.has_codes_sent().await;
        assert!(!ann.has("#delivery form").await, "both went with the set: {}", ann.shown().await);
        ann.visit("dashboard").await;
    }
}
