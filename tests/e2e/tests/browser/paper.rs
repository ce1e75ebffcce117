//! The sheet that people print.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

/// What is on paper as well, if it is seen at all, and should not be.
const NOT_ON_PAPER: &str =
    "nav, header, footer, .skip, .message, form, label, button, .button, a, summary, input, select";

/// How the place of a box to tick is drawn.
#[derive(Debug, Deserialize)]
struct TickBox {
    width: f64,
    height: f64,
    border: f64,
    is_drawn: bool,
}

async fn tick_boxes(person: &Person) -> Vec<TickBox> {
    let read = "return [...document.querySelectorAll('ol#codes > li')].map(code => {
        const box = getComputedStyle(code, '::after');
        return {width: parseFloat(box.width) || 0, height: parseFloat(box.height) || 0,
            border: parseFloat(box.borderTopWidth) || 0, is_drawn: box.content !== 'none' && box.display !== 'none'};
    })";
    serde_json::from_value(person.script(read, Vec::new()).await).expect("boxes")
}

fn today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_has_what_it_needs_and_nothing_else() {
    let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_SITE__NAME", "Example Bank")]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let mut ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        let before = today();
        let codes = ann.make_codes(None).await;
        let days = [before, today()];
        let set = ann.value("batch").await;
        assert!(ann.shows(NOT_ON_PAPER).await, "on a screen there are buttons");
        assert!(tick_boxes(&ann).await.iter().all(|tick| !tick.is_drawn), "and no boxes to tick");

        ann.look(View::PAPER).await;
        let sheet = ann.text("body").await;
        let lines: Vec<_> = sheet.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let (about, list) = lines.split_at(4.min(lines.len()));
        assert_eq!(about[0], "Recovery codes for Example Bank");
        assert!(days.iter().any(|day| about[1] == format!("Made on {day}. They don't expire.")), "{sheet}");
        assert_eq!(about[2], format!("Set {set}"));
        assert!(about[3].contains("/auth/recovery-codes/login") && about[3].contains("Tick off"), "{sheet}");
        assert_eq!(list, codes, "the codes follow, each on a line, and nothing after them");
        for css in NOT_ON_PAPER.split(", ") {
            assert!(!ann.shows(css).await, "{css} is on the sheet: {sheet}");
        }
        let boxes = tick_boxes(&ann).await;
        let can_be_ticked =
            |tick: &TickBox| tick.is_drawn && tick.width > 10.0 && tick.height > 10.0 && tick.border > 0.0;
        assert!(boxes.len() == codes.len() && boxes.iter().all(can_be_ticked), "{boxes:?}");

        ann.look(View::NARROW).await;
        ann.click("#name-account").await;
        ann.look(View::PAPER).await;
        let named = ann.text("body").await;
        assert!(!sheet.contains(&ann.user.email) && named.contains(&format!("Account: {}", ann.user.email)), "{named}");
        ann.look(View::NARROW).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prints_the_codes_has_saved_them() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    ann.make_codes(None).await;
    // The dialogue of a browser for printing would keep the test waiting.
    ann.script("window.printed = 0; window.print = () => { window.printed += 1 }", Vec::new()).await;
    assert!(ann.asks_before_it_is_left().await);
    ann.click("#print").await;
    assert_eq!(ann.script("return window.printed", Vec::new()).await, 1);
    assert!(!ann.asks_before_it_is_left().await);
    ann.click("#print").await;
    assert_eq!(ann.script("return window.printed", Vec::new()).await, 2, "as often as the page stands");
}
