use backstop_browser::{Chrome, Page, Theme, View};

/// What is looked at on every stop of a tour, through every view.
pub trait Visitor {
    /// `name` tells which page it is, in which state.
    fn look(&mut self, page: &Page, name: &str) -> impl Future<Output = ()>;
}

/// A tour's way from page to page: everybody looks at each through the same views.
pub(crate) struct Stops<'v, V> {
    pub(crate) chrome: &'v Chrome,
    pub(crate) visitor: &'v mut V,
    pub(crate) views: &'v [View],
}

impl<V: Visitor> Stops<'_, V> {
    /// Looks at the page as it is now, and leaves it as it was.
    pub(crate) async fn stop(&mut self, page: &mut Page, name: &str) {
        self.stop_in(page, name, self.views).await;
    }

    /// Likewise, through those of the views that fit.
    pub(crate) async fn stop_where(&mut self, page: &mut Page, name: &str, fits: impl Fn(&View) -> bool) {
        let views: Vec<View> = self.views.iter().copied().filter(fits).collect();
        self.stop_in(page, name, &views).await;
    }

    /// Likewise, through views of its own.
    pub(crate) async fn stop_in(&mut self, page: &mut Page, name: &str, views: &[View]) {
        let before = page.view();
        for view in views {
            for theme in Theme::BOTH {
                page.look(view.in_theme(theme)).await;
                self.visitor.look(page, name).await;
            }
        }
        page.look(before).await;
    }
}
