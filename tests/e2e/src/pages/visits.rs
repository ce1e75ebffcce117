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
        self.look_through(page, name, self.views).await;
    }

    /// Likewise, through those of the views that fit.
    pub(crate) async fn stop_where(&mut self, page: &mut Page, name: &str, fits: impl Fn(&View) -> bool) {
        let views: Vec<View> = self.views.iter().copied().filter(fits).collect();
        self.look_through(page, name, &views).await;
    }

    /// Likewise, through another view, in every theme that the others have.
    pub(crate) async fn stop_in(&mut self, page: &mut Page, name: &str, view: View) {
        let themes = Theme::BOTH.into_iter().filter(|theme| self.views.iter().any(|view| view.theme == *theme));
        let views: Vec<View> = themes.map(|theme| view.in_theme(theme)).collect();
        self.look_through(page, name, &views).await;
    }

    async fn look_through(&mut self, page: &mut Page, name: &str, views: &[View]) {
        let before = page.view();
        for view in views {
            page.look(*view).await;
            self.visitor.look(page, name).await;
        }
        page.look(before).await;
    }
}
