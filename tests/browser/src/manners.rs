use crate::Page;

impl Page {
    /// What sticks out of the page sideways, if it can be scrolled that way.
    pub async fn sticks_out(&self) -> Vec<String> {
        self.listed(include_str!("sticks_out.js")).await
    }

    /// What is to be pressed and is smaller than 24 by 24 CSS pixels, as WCAG 2.2 wants it (2.5.8). A link within a
    /// sentence may be as low as its line.
    pub async fn small_targets(&self) -> Vec<String> {
        self.listed(include_str!("small_targets.js")).await
    }

    /// What moves now, and what would: every element whose style has an animation, a transition or smooth scrolling.
    pub async fn moves(&self) -> Vec<String> {
        self.listed(include_str!("moves.js")).await
    }

    async fn listed(&self, script: &str) -> Vec<String> {
        let found = self.script(script, Vec::new()).await;
        serde_json::from_value(found.clone()).unwrap_or_else(|error| panic!("no list of elements: {found}: {error}"))
    }

    /// The id of the element that has the focus, or its name, or what kind of element it is.
    pub async fn focus(&self) -> String {
        let named = "const focused = document.activeElement;
            return focused.id || focused.getAttribute('name') || focused.tagName.toLowerCase()";
        self.script(named, Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// The words there as screen readers have them, also where no eye sees them.
    pub async fn words(&self, css: &str) -> String {
        let words = self.element(css).await.prop("textContent").await;
        self.sure(&format!("reading {css}"), words).await.unwrap_or_default().trim().to_owned()
    }
}
