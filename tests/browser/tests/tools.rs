//! The tools with which pages are tested, on small pages of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, the pages are served by a task, and processes send no event when they end"
)]

mod small_pages;

use backstop_browser::{Chrome, Key, Page, View, eventually};
use small_pages::serve;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

async fn opened(chrome: &Chrome, view: View, address: &str) -> Page {
    let page = chrome.open(view).await;
    page.goto(address).await;
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_filled_in_and_sent_whether_its_scripts_run_or_not() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    for scripts in [true, false] {
        let page = opened(&chrome, View::WIDE.with_scripts(scripts), &base).await;
        assert_eq!(page.text("#scripts").await, if scripts { "on" } else { "off" });
        page.fill("text", "one").await;
        page.fill("text", "two").await;
        assert_eq!(page.text("#typed").await, if scripts { "two" } else { "" });
        page.choose("kind", "other").await;
        page.choose("ends", "days").await;
        page.press("#echo-form").await;
        assert_eq!(
            (page.path().await, page.text("#message").await),
            ("/echo".into(), "text=two&kind=other&ends=days".into())
        );
        page.back().await;
        page.reload().await;
        assert_eq!(page.text("#scripts").await, if scripts { "on" } else { "off" });
        // What the tests themselves run is no script of the page.
        assert_eq!(page.script("return 1 + arguments[0]", vec![1.into()]).await, 2);
        let first = page.tab().await;
        page.open_tab().await;
        page.goto(&base).await;
        assert_eq!(page.text("#scripts").await, if scripts { "on" } else { "off" });
        page.bring_to_front(&first).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_page_would_ask_before_it_is_left_is_told() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::WIDE, &base).await;
    assert!(!page.asks_before_it_is_left().await);
    page.fill("text", "unsaved").await;
    assert!(page.asks_before_it_is_left().await);
    page.goto(&format!("{base}/long")).await;
    assert!(!page.asks_before_it_is_left().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_pasted_as_people_do_it() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    for scripts in [true, false] {
        let page = opened(&chrome, View::NARROW.with_scripts(scripts), &base).await;
        page.fill("text", "before").await;
        page.paste("text", "a – b.").await;
        assert_eq!(page.value("text").await, "a – b.");
        assert_eq!(page.text("#pasted").await, if scripts { "a – b." } else { "" });
        page.paste("text", "two\nlines").await;
        assert_eq!(page.value("text").await, "two lines", "an input has one line");
        assert_eq!(page.text("#pasted").await, if scripts { "two lines" } else { "" });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_what_the_page_sees() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let wide = opened(&chrome, View::WIDE, &base).await;
    let sees = async |page: &Page| {
        page.script("return [innerWidth, innerHeight, devicePixelRatio]", Vec::new()).await.to_string()
    };
    assert_eq!(sees(&wide).await, "[1280,900,1]");
    for (mark, expected) in [("#theme", "light"), ("#motion", "lively"), ("#languages", "en")] {
        assert_eq!(wide.text(mark).await, expected);
    }
    assert!(wide.shows("#wide-only").await);
    let mut narrow = opened(&chrome, View::NARROW.dark().with_reduced_motion().in_languages("de"), &base).await;
    assert_eq!(sees(&narrow).await, "[320,640,1]");
    for (mark, expected) in [("#theme", "dark"), ("#motion", "calm"), ("#languages", "de")] {
        assert_eq!(narrow.text(mark).await, expected);
    }
    assert!(!narrow.shows("#wide-only").await && narrow.has("#wide-only").await);
    narrow.look(View::WIDE.zoomed(200)).await;
    assert_eq!(sees(&narrow).await, "[640,450,2]");
    assert_eq!(narrow.text("#theme").await, "light");
    let colour = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(narrow.script(colour, Vec::new()).await, "rgb(255, 255, 255)", "nothing fades any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_seen_as_it_would_be_printed() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let mut page = opened(&chrome, View::WIDE, &base).await;
    let medium = "return getComputedStyle(document.getElementById('medium'), '::after').content";
    assert_eq!(page.script(medium, Vec::new()).await, "\"screen\"");
    page.look(View::PAPER).await;
    assert_eq!(page.script(medium, Vec::new()).await, "\"paper\"");
    assert_eq!(page.script("return innerWidth", Vec::new()).await, 658);
    page.look(View::WIDE).await;
    assert_eq!(page.script(medium, Vec::new()).await, "\"screen\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_small_to_be_pressed_is_named() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::WIDE, &format!("{base}/small")).await;
    let small = page.small_targets().await;
    let names: Vec<_> = small.iter().filter_map(|target| target.split(':').next()).collect();
    assert_eq!(names, ["a #alone", "button #low", "button #slim", "input box"], "{small:?}");
    assert_eq!(small[1], "button #low: 80.0 by 23.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_is_named_and_stops_where_that_is_asked_for() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let mut page = opened(&chrome, View::WIDE, &base).await;
    page.goto(&format!("{base}/lively")).await;
    let moving =
        ["p#turns::before is moving", "html scrolls slowly", "p#fades changes slowly", "p#turns::before is animated"];
    assert_eq!(page.moves().await, moving);
    page.look(View::WIDE.with_reduced_motion()).await;
    assert_eq!(page.moves().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_copied_is_read_and_the_focus_is_told() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    for scripts in [true, false] {
        let page = opened(&chrome, View::WIDE.with_scripts(scripts), &base).await;
        assert_eq!(page.focus().await, "body");
        page.fill("text", "some words").await;
        assert_eq!(page.focus().await, "text", "by its name");
        page.chord(&[Key::Control.into(), 'a']).await;
        page.chord(&[Key::Control.into(), 'c']).await;
        assert_eq!(page.copied().await, "some words");
        assert_eq!(page.value("text").await, "some words", "the tab in front is the one from before");
        assert_eq!(page.words("h1").await, "Page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sticks_out_is_named() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let mut page = opened(&chrome, View::NARROW, &format!("{base}/wide")).await;
    assert_eq!(page.sticks_out().await, ["the page is 700 wide where 320 are seen", "div#much.of.it up to 700"]);
    page.look(View::WIDE.zoomed(200)).await;
    assert_eq!(page.sticks_out().await.len(), 2);
    page.look(View::WIDE).await;
    assert_eq!(page.sticks_out().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_is_told_with_what_style_sheets_add() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::NARROW, &format!("{base}/lively")).await;
    let drawn = page.drawn().await;
    let texts: Vec<&str> = drawn.iter().map(|drawn| drawn.text.as_str()).collect();
    assert_eq!(texts, ["fades", "x", "turns", "still"]);
    assert!(drawn[1].left < drawn[2].left && (drawn[1].top - drawn[2].top).abs() < 1.0, "{drawn:?}");
    assert!(drawn[0].top + drawn[0].height <= drawn[1].top, "{drawn:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_saved() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    for scripts in [true, false] {
        let page = opened(&chrome, View::WIDE.with_scripts(scripts), &base).await;
        for nth in 1..=2 {
            let file = page.download("#file-form").await;
            assert!(file.name.starts_with("codes") && file.text() == "one\ntwo\n", "{file:?}");
            assert_eq!(page.files().len(), nth);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_used_by_keys_alone() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::WIDE, &base).await;
    page.tab_to("[name='text']").await;
    assert!(page.focus_is_seen().await);
    page.type_text("typed").await;
    page.tab_to("#echo-form button").await;
    assert!(!page.focus_is_seen().await, "this button shows no focus");
    page.script("document.activeElement.style.outline = '2px solid'", Vec::new()).await;
    assert!(page.focus_is_seen().await);
    let cover = "document.body.append(document.createElement('i'));
        document.body.lastChild.style = 'position: fixed; inset: 0; background: white'";
    page.script(cover, Vec::new()).await;
    assert!(!page.focus_is_seen().await, "something lies over it");
    page.script("document.body.lastChild.remove()", Vec::new()).await;
    page.key_leads_on(Key::Enter).await;
    assert_eq!(page.text("#message").await, "text=typed&kind=one&ends=never");
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "the Tab key never comes to #message")]
async fn what_the_tab_key_never_comes_to_ends_the_test() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    opened(&chrome, View::WIDE, &base).await.tab_to("#message").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_people_out_is_found_whatever_the_page_allows() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    for scripts in [true, false] {
        let mut page = opened(&chrome, View::WIDE.with_scripts(scripts), &format!("{base}/strict")).await;
        assert_eq!(page.axe().await, [], "the page is sound");
        assert_eq!(page.text("#scripts").await, "off", "its own scripts are not let through");
        page.goto(&base).await;
        assert_eq!(page.axe().await, [], "so is this one");
        assert_eq!(page.text("#scripts").await, if scripts { "on" } else { "off" });
        page.goto(&format!("{base}/wrong")).await;
        let rules = async |page: &Page| page.axe().await.into_iter().map(|wrong| wrong.rule).collect::<Vec<_>>();
        assert_eq!(rules(&page).await, ["image-alt"]);
        let told = format!("{:?}", page.axe().await);
        assert!(told.contains("image-alt (critical)") && told.contains("#bare"), "{told}");
        page.look(View::WIDE.dark()).await;
        assert_eq!(rules(&page).await, ["color-contrast", "image-alt"], "it is grey on black then");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_complains_of_is_told() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::WIDE, &base).await;
    assert_eq!(page.complaints().await, [""; 0]);
    page.goto(&format!("{base}/strict")).await;
    let complaints = page.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("Content Security Policy"), "{complaints:?}");
    assert_eq!(page.complaints().await, [""; 0], "each is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_shows_the_whole_page() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let page = opened(&chrome, View::NARROW, &format!("{base}/long")).await;
    let path = chrome.folder().join("long.png");
    page.screenshot(&path).await;
    let picture = fs::read(path).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (320, 3000));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_browser_has_cookies_of_its_own() {
    let (chrome, base) = (Chrome::start().await, serve().await);
    let (one, other) = (opened(&chrome, View::WIDE, &base).await, opened(&chrome, View::WIDE, &base).await);
    one.goto(&format!("{base}/cookie")).await;
    assert_eq!(one.cookie("secret").await.as_deref(), Some("of-one"));
    assert_eq!(other.cookie("secret").await, None);
    one.forget_cookies().await;
    assert_eq!(one.cookie("secret").await, None);
}

fn names_the_folder(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let folder = folder.to_str().unwrap();
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(folder)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_browsers() {
    let chrome = Chrome::start().await;
    let _page = chrome.open(View::WIDE).await;
    let folder = chrome.folder();
    assert!(folder.is_dir() && !names_the_folder(&folder).is_empty());
    drop(chrome);
    assert!(!folder.exists());
    assert_eq!(names_the_folder(&folder), [""; 0]);
}

/// Where the process that is to be killed says what it started.
const NOTE_ENV: &str = "BACKSTOP_TEST_NOTE";

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_test_leaves_no_browser_behind() {
    if let Some(note) = std::env::var_os(NOTE_ENV) {
        return open_a_browser_and_wait_for_the_kill(Path::new(&note)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_test_leaves_no_browser_behind", "--nocapture"])
        .env(NOTE_ENV, &note)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the other process opened a browser", async || note.exists().then_some(())).await;
    other.kill().unwrap();
    other.wait().unwrap();
    let text = fs::read_to_string(&note).unwrap();
    let kept = Path::new(&text);
    eventually("its folder is gone", async || (!kept.exists()).then_some(())).await;
    eventually("its processes are gone", async || names_the_folder(kept).is_empty().then_some(())).await;
}

async fn open_a_browser_and_wait_for_the_kill(note: &Path) {
    let chrome = Chrome::start().await;
    let _page = chrome.open(View::WIDE).await;
    let fresh = note.with_extension("fresh");
    fs::write(&fresh, chrome.folder().to_str().unwrap()).unwrap();
    fs::rename(fresh, note).unwrap();
    std::future::pending::<()>().await;
}
