//! How every page is: usable by everybody, and within its bounds.

use backstop_browser::{Chrome, Page, View};
use backstop_e2e::pages::{LANGUAGES, Visitor, tour};
use futures_util::future::join_all;
use std::{collections::BTreeSet, fs, path::Path};

const ZOOMED: View = View::WIDE.zoomed(200);
/// Zoom changes no colours.
const VIEWS: [View; 5] = [View::WIDE, View::WIDE.dark(), View::NARROW, View::NARROW.dark(), ZOOMED];
/// Nor do other words: what they change is how much room they take.
const VIEWS_OF_OTHER_WORDS: [View; 3] = [View::WIDE, View::NARROW, ZOOMED];

/// As many states had pages when this was written.
const LEAST_STOPS: usize = 130;

/// Writes down what is wrong with each page, so that one run tells everything.
#[derive(Default)]
struct Judge {
    /// What it looked at.
    names: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Visitor for Judge {
    async fn look(&mut self, page: &Page, name: &str) {
        self.names.insert(name.to_owned());
        let view = page.view();
        let place = format!("{name} at {} ({} %, {})", view.width, view.zoom, view.theme.name());
        if is_judged_in_full(&view) {
            let violations = page.axe().await.into_iter();
            // Paper is read by eyes alone: nothing has to be called or ordered for a screen reader there.
            let count = violations.filter(|wrong| !view.on_paper || wrong.rule == "color-contrast");
            self.wrong.extend(count.map(|wrong| format!("{place}: {wrong:?}")));
        }
        if !view.on_paper {
            self.wrong.extend(page.small_targets().await.into_iter().map(|small| format!("{place}: {small}")));
        }
        self.wrong.extend(page.sticks_out().await.into_iter().map(|wide| format!("{place}: {wide}")));
        self.wrong.extend(page.complaints().await.into_iter().map(|line| format!("{place}: {line}")));
    }
}

/// By rules that look at colours, sizes and what things are called. What another language calls them is alike at any size.
fn is_judged_in_full(view: &View) -> bool {
    let is_first = view.languages == LANGUAGES[0];
    view.zoom == 100 && (is_first || view.width != View::WIDE.width)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out_scrolls_sideways_or_is_hard_to_press() {
    let chrome = Chrome::start().await;
    let judged = join_all(LANGUAGES.map(async |language| {
        let mut judge = Judge::default();
        let views = if language == LANGUAGES[0] { &VIEWS[..] } else { &VIEWS_OF_OTHER_WORDS };
        tour(&chrome, language, views, &mut judge).await;
        judge
    }));
    let judged = judged.await;
    let wrong: Vec<_> = judged.iter().flat_map(|judge| judge.wrong.iter().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let stops: Vec<_> = judged.iter().map(|judge| judge.names.len()).collect();
    assert!(stops.iter().all(|count| *count == stops[0] && *count >= LEAST_STOPS), "a tour has more stops: {stops:?}");
    assert_eq!(pictured(), judged[0].names, "just screenshots takes the pictures anew");
}

/// What there are pictures of, in the first of the languages.
fn pictured() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let views = ["-wide-light.png", "-wide-dark.png", "-narrow-light.png", "-narrow-dark.png"];
    let names = files.filter_map(|file| views.iter().find_map(|view| file.strip_suffix(view)).map(str::to_owned));
    names.filter(|name| !name.ends_with("-german")).collect()
}
