//! How every page is: usable by everybody, and within its bounds.

use backstop_browser::{Chrome, Page, Theme, View};
use backstop_e2e::pages::{LANGUAGES, Visitor, tour};
use futures_util::future::join_all;

const VIEWS: [View; 3] = [View::WIDE, View::NARROW, View::WIDE.zoomed(200)];

/// Writes down what is wrong with each page, so that one run tells everything.
#[derive(Default)]
struct Judge {
    looked: usize,
    wrong: Vec<String>,
}

impl Visitor for Judge {
    async fn look(&mut self, page: &Page, name: &str) {
        self.looked += 1;
        let view = page.view();
        let place = format!("{name} at {} ({} %, {})", view.width, view.zoom, view.theme.name());
        // These rules look at colours and sizes, which zoom does not change; nor do words change the colours.
        if view.zoom == 100 && (view.languages == LANGUAGES[0] || view.theme == Theme::Light) {
            let violations = page.axe().await.into_iter();
            // Paper is read by eyes alone: nothing has to be called or ordered for a screen reader there.
            let count = violations.filter(|wrong| !view.on_paper || wrong.rule == "color-contrast");
            self.wrong.extend(count.map(|wrong| format!("{place}: {wrong:?}")));
            self.wrong.extend(page.small_targets().await.into_iter().map(|small| format!("{place}: {small}")));
        }
        self.wrong.extend(page.sticks_out().await.into_iter().map(|wide| format!("{place}: {wide}")));
        self.wrong.extend(page.complaints().await.into_iter().map(|line| format!("{place}: {line}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out_scrolls_sideways_or_is_hard_to_press() {
    let chrome = Chrome::start().await;
    let judged = join_all(LANGUAGES.map(async |language| {
        let mut judge = Judge::default();
        tour(&chrome, language, &VIEWS, &mut judge).await;
        judge
    }));
    let judged = judged.await;
    let wrong: Vec<_> = judged.iter().flat_map(|judge| judge.wrong.iter().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged.iter().all(|judge| judge.looked > 300), "a tour has more stops");
}
