use fantoccini::{
    actions::{InputSource as _, KeyAction, KeyActions},
    key::Key,
};
use serde_json::json;

use crate::{Page, Tab};

/// More elements than this take the focus on no page.
const STEPS: usize = 200;

impl Page {
    /// Presses keys one after the other, wherever the focus is.
    pub async fn keys(&self, keys: &[Key]) {
        for key in keys {
            self.chord(&[(*key).into()]).await;
        }
    }

    /// Types a text wherever the focus is.
    pub async fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.chord(&[letter]).await;
        }
    }

    /// Presses keys together.
    pub async fn chord(&self, keys: &[char]) {
        let down = keys.iter().map(|key| KeyAction::Down { value: *key });
        let up = keys.iter().rev().map(|key| KeyAction::Up { value: *key });
        let actions = down.chain(up).fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        let pressed = self.client.perform_actions(actions).await;
        self.sure("pressing keys", pressed).await;
    }

    /// Goes on with the Tab key until the focus is on the element. One that the key never comes to ends the test.
    pub async fn tab_to(&self, css: &str) {
        for _ in 0..STEPS {
            if self.has_focus(css).await {
                return;
            }
            self.keys(&[Key::Tab]).await;
        }
        panic!("the Tab key never comes to {css}\n{}", self.shown().await);
    }

    pub async fn has_focus(&self, css: &str) -> bool {
        self.has(&format!(":is({css}):focus")).await
    }

    /// Presses a key that leads to another page, and waits for it.
    pub async fn key_leads_on(&self, key: Key) {
        let before = self.element("html").await;
        self.keys(&[key]).await;
        self.comes_after(&before, "a key").await;
    }

    /// Copies the text elsewhere and pastes it, as people do, in place of what was in the input.
    pub async fn paste(&self, name: &str, text: &str) {
        let here = self.opens_a_sheet().await;
        let typed = self.element("textarea").await.send_keys(text).await;
        self.sure("typing a text to copy", typed).await;
        self.with_control('a').await;
        self.with_control('c').await;
        self.closes_the_sheet(&here).await;
        self.click(&crate::page::named(name)).await;
        self.with_control('a').await;
        self.with_control('v').await;
    }

    /// What was copied, as it comes out when it is pasted elsewhere.
    pub async fn copied(&self) -> String {
        let here = self.opens_a_sheet().await;
        self.with_control('v').await;
        let pasted = self.value("sheet").await;
        self.closes_the_sheet(&here).await;
        pasted
    }

    /// Goes to an empty sheet in a tab of its own, and says where it came from.
    async fn opens_a_sheet(&self) -> Tab {
        let here = self.tab().await;
        self.open_tab().await;
        self.goto("data:text/html,<textarea name=sheet autofocus></textarea>").await;
        here
    }

    async fn closes_the_sheet(&self, here: &Tab) {
        let closed = self.client.close_window().await;
        self.sure("closing a tab", closed).await;
        self.bring_to_front(here).await;
    }

    async fn with_control(&self, key: char) {
        self.chord(&[Key::Control.into(), key]).await;
    }

    /// Whether one sees where the focus is: there is an outline or a shadow around the element that has it, and nothing
    /// lies over it.
    pub async fn focus_is_seen(&self) -> bool {
        self.script(include_str!("focus.js"), Vec::new()).await == json!(true)
    }
}
