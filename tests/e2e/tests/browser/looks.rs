//! How every page is: usable by everybody, and within its bounds.

use backstop_browser::{Chrome, Page, View};
use backstop_e2e::pages::{Visitor, tour};

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
        // Its rules look at colours and sizes, which zoom does not change.
        if view.zoom == 100 {
            self.wrong.extend(page.axe().await.into_iter().map(|wrong| format!("{place}: {wrong:?}")));
        }
        self.wrong.extend(page.sticks_out().await.into_iter().map(|wide| format!("{place}: {wide}")));
        self.wrong.extend(page.complaints().await.into_iter().map(|line| format!("{place}: {line}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out_or_scrolls_sideways() {
    let chrome = Chrome::start().await;
    let mut judge = Judge::default();
    tour(&chrome, &[View::WIDE, View::NARROW, View::WIDE.zoomed(200)], &mut judge).await;
    assert!(judge.wrong.is_empty(), "{}", judge.wrong.join("\n"));
    assert!(judge.looked > 100, "a tour has more stops: {}", judge.looked);
}
