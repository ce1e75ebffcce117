//! Codes that are copied: what comes out elsewhere, and how it is said.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind, eventually,
    pages::{Hosted, Person},
};
use serde_json::json;

/// Ends the test if screen readers are not told this, wherever they are.
pub(super) async fn is_said(ann: &Person, words: &str) {
    eventually(&format!("screen readers are told {words:?}"), async || {
        (ann.words("#live").await == words).then_some(())
    })
    .await;
    assert_eq!(ann.attribute("#live", "role").await.as_deref(), Some("status"));
    assert_eq!(ann.attribute("#live", "aria-live").await.as_deref(), Some("polite"));
    // What is not displayed at all is not read out either.
    let displayed = "return document.getElementById('live').checkVisibility()";
    assert_eq!(ann.script(displayed, Vec::new()).await, json!(true));
}

/// Copies single codes, then all, and pastes them elsewhere.
async fn copies(ann: &Person, codes: &[String], [one, done, all]: [&str; 3]) {
    for number in [1, codes.len(), 2] {
        let button = format!("ol#codes > li:nth-child({number}) button");
        ann.click(&button).await;
        is_said(ann, &one.replace("{n}", &number.to_string())).await;
        assert_eq!(ann.words(&button).await, done, "its name says so as well");
        assert!(ann.has(&format!("{button}.done")).await);
        assert_eq!(ann.copied().await, codes[number - 1]);
    }
    assert!(ann.asks_before_it_is_left().await, "single codes are not all of them");
    for again in [false, true] {
        if again {
            ann.click("ol#codes > li:first-child button").await;
            assert_eq!(ann.copied().await, codes[0]);
        }
        ann.click("#copy-all").await;
        is_said(ann, all).await;
        assert_eq!(ann.text("#copy-all").await, all);
        assert_eq!(ann.copied().await, format!("{}\n", codes.join("\n")), "as often as the page stands");
    }
    assert!(!ann.asks_before_it_is_left().await, "there is a copy of all");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_copied_comes_out_elsewhere_and_is_said() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (language, said) in [
        ("en", ["Code {n} copied", "Copied", "All codes copied"]),
        ("de", ["Code {n} kopiert", "Kopiert", "Alle Codes kopiert"]),
    ] {
        let view = View::NARROW.in_languages(language);
        let ann = Person::new(&chrome, view, &hosted, hosted.user(&format!("ann-{language}")).await).await;
        ann.sign_in().await;
        let codes = ann.make_codes(None).await;
        copies(&ann, &codes, said).await;
        ann.leaves_codes().await;
        let codes = ann.make_codes(None).await;
        // Browsers have no other clipboard on a page that came unencrypted.
        ann.script("Object.defineProperty(navigator, 'clipboard', {value: undefined})", Vec::new()).await;
        copies(&ann, &codes, said).await;
        assert_eq!(ann.complaints().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_no_button_promises_to_copy() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE.without_scripts(), &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    ann.make_codes(None).await;
    assert!(ann.has("[data-copy]").await && !ann.shows("[data-copy], #copy-all, #print").await);
}
