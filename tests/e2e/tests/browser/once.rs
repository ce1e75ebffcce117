//! Codes are shown once and handed over once, whatever a browser does.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[track_caller]
fn has_none(source: &str, codes: &[String]) {
    let plain: String = source.split(['<', '>']).collect();
    let shown: Vec<_> = codes.iter().filter(|code| plain.contains(&**code) || has_groups(source, code)).collect();
    assert!(shown.is_empty(), "{shown:?} in {source}");
}

/// However a code is marked up, its groups are there.
fn has_groups(source: &str, code: &str) -> bool {
    code.split('-').all(|group| source.contains(group))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_back_shows_codes_again() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::WIDE.with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        let codes = ann.make_codes(None).await;
        if scripts {
            ann.click("#saved").await;
        }
        ann.reload().await;
        has_none(&ann.source().await, &codes);
        ann.visit("dashboard").await;
        assert_eq!(ann.texts("#history .badge").await, ["active"], "loading again made no other set");
        assert_eq!(ann.remaining().await, 10);

        let codes = ann.make_codes(None).await;
        ann.leaves_codes().await;
        ann.back().await;
        has_none(&ann.source().await, &codes);
        ann.visit("dashboard").await;
        assert_eq!(ann.texts("#history .badge").await, ["active", "replaced"], "neither did going back");
        ann.sign_out().await;
        for _ in 0..4 {
            ann.back().await;
            let source = ann.source().await;
            has_none(&source, &codes);
            assert!(!source.contains("id=\"remaining\""), "who signed out sees nothing of it: {source}");
        }
    }
}

fn in_a_moment() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_millis(1_500);
    u64::try_from(since.as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_that_download_at_once_one_gets_the_file_and_the_other_is_told() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    let codes = ann.make_codes(None).await;
    ann.leaves_codes().await;
    let one = ann.tab().await;
    let other = ann.open_tab().await;
    ann.visit("dashboard").await;
    let at = in_a_moment();
    for tab in [&other, &one] {
        ann.bring_to_front(tab).await;
        ann.will_send("#download-form", at).await;
    }
    let file = ann.next_file(0).await;
    assert!(codes.iter().all(|code| file.text().contains(code)), "{}", file.text());
    let mut told = Vec::new();
    for tab in [&one, &other] {
        ann.bring_to_front(tab).await;
        ann.wait_for("#delivery-said").await;
        told.push(ann.text("#delivery-said").await);
    }
    told.sort_by_key(|text| !text.contains("downloaded before"));
    assert!(told[0].contains("downloaded before") && told[1].contains("the one time"), "{told:?}");
    assert_eq!(ann.files().len(), 1);
    assert_eq!(ann.remaining().await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_second_download_is_refused_in_words() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::NARROW.without_scripts(), &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    let codes = ann.make_codes(None).await;
    // The page with the codes still stands when the file has come, and its button can be pressed again.
    let file = ann.takes_file("csv").await;
    assert_eq!(file.extension(), "csv");
    assert!(codes.iter().all(|code| file.text().contains(code)), "{}", file.text());
    ann.press("#download-form").await;
    ann.is_told("downloaded before").await;
    assert_eq!(ann.files().len(), 1);
    has_none(&ann.source().await, &codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_out_in_another_tab_is_told_so_and_nothing_is_done() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        let codes = ann.make_codes(None).await;
        ann.leaves_codes().await;
        let here = ann.tab().await;
        ann.open_tab().await;
        ann.visit("dashboard").await;
        ann.sign_out().await;
        ann.bring_to_front(&here).await;
        ann.sends_code("#invalidate-code-form", &codes[0]).await;
        assert!(!ann.has("#remaining").await, "{}", ann.shown().await);
        assert!(ann.message().await.contains("not signed in here any more"), "{}", ann.shown().await);
        ann.sign_in().await;
        assert_eq!(ann.remaining().await, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_unsaved_codes_is_asked_first() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    ann.make_codes(None).await;
    assert!(ann.asks_before_it_is_left().await, "codes were not saved");
    ann.click("#saved").await;
    assert!(!ann.asks_before_it_is_left().await, "they were saved");
    ann.click("#saved").await;
    assert!(ann.asks_before_it_is_left().await, "after all they were not");
    ann.takes_file("pdf").await;
    assert!(!ann.asks_before_it_is_left().await, "there is a file");
    ann.leaves_codes().await;
    assert!(!ann.asks_before_it_is_left().await, "there is nothing to lose");
    ann.make_codes(None).await;
    assert!(ann.asks_before_it_is_left().await, "these are others");
    let said = ann.has_codes_sent().await;
    assert!(said.starts_with("Your codes were sent."), "{said}");
    assert!(!ann.asks_before_it_is_left().await, "there is a mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_promised_no_mail_and_got_no_file_is_asked_before_leaving_codes() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    ann.make_codes(None).await;
    let api = hosted.site.api(&hosted.server).await;
    api.put_account("ann", &json!({"email": null})).await.expect(200);
    let said = ann.has_codes_sent().await;
    assert!(said.starts_with("Your account has no e-mail address"), "{said}");
    assert!(ann.asks_before_it_is_left().await, "nothing was sent");
}
