use backstop_browser::{Chrome, File, Page, View};
use core::ops::{Deref, DerefMut};
use serde_json::json;

use super::{Hosted, User};
use crate::eventually;

/// Under which all pages are.
pub const AT: &str = "/auth/recovery-codes";

/// Somebody with an account and a browser.
pub struct Person {
    pub page: Page,
    pub user: User,
    base: String,
}

impl Deref for Person {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl DerefMut for Person {
    fn deref_mut(&mut self) -> &mut Page {
        &mut self.page
    }
}

impl Person {
    pub async fn new(chrome: &Chrome, view: View, hosted: &Hosted, user: User) -> Self {
        Self { page: chrome.open(view).await, user, base: hosted.server.base().to_owned() }
    }

    /// Goes on with another server of the same site.
    pub fn moves_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    const fn has_scripts(&self) -> bool {
        self.page.view().scripts
    }

    /// Opens a page by its name, as in `login`.
    pub async fn visit(&self, name: &str) {
        self.goto(&format!("{}{AT}/{name}", self.base)).await;
    }

    /// Does something on the dashboard in another tab, and comes back to the page that stands in this one.
    pub async fn does_elsewhere(&self, act: impl AsyncFnOnce(&Self)) {
        let here = self.tab().await;
        self.open_tab().await;
        self.visit("dashboard").await;
        act(self).await;
        self.bring_to_front(&here).await;
    }

    /// Presses a button on a page of another site, which sends a form to one of ours.
    pub async fn is_sent_by_another_site(&self, name: &str) {
        let page = format!("<form method=post action='{}{AT}/{name}'><button>You won</button></form>", self.base);
        self.goto(&format!("data:text/html,{page}")).await;
        self.press("form").await;
    }

    pub async fn is_at(&self, name: &str) -> bool {
        self.path().await == format!("{AT}/{name}")
    }

    /// Ends the test if the page is another one.
    pub async fn stands_at(&self, name: &str) {
        assert!(self.is_at(name).await, "this is not {name}: {}", self.shown().await);
    }

    /// What there is to say about what was just done.
    pub async fn message(&self) -> String {
        self.text("#message").await
    }

    /// Ends the test if the message is another one.
    pub async fn is_told(&self, words: &str) {
        let message = self.message().await;
        assert!(message.contains(words), "not told {words:?}: {}", self.shown().await);
    }

    pub async fn remaining(&self) -> u32 {
        let number = self.text("#remaining").await;
        number.trim().parse().unwrap_or_else(|_| panic!("{number} is no number"))
    }

    pub async fn sign_in(&self) {
        self.visit("sign-in").await;
        self.fill("email", &self.user.email).await;
        self.fill("password", &self.user.password).await;
        self.press("#sign-in-form").await;
        self.stands_at("dashboard").await;
    }

    /// Tries to sign in with what is typed as a code.
    pub async fn try_code(&self, typed: &str) {
        self.visit("login").await;
        self.fill("email", &self.user.email).await;
        self.sends_code("#login-form", typed).await;
    }

    pub async fn sign_in_with_code(&self, code: &str) {
        self.try_code(code).await;
        self.stands_at("dashboard").await;
    }

    pub async fn sign_out(&self) {
        assert!(self.shows("#logout-form button").await, "signing out is in sight: {}", self.page.shown().await);
        self.press("#logout-form").await;
        self.stands_at("login").await;
    }

    /// Fills in the form for new codes, and says that those that are left may go.
    pub async fn asks_for_codes(&self, days: Option<u32>) {
        match days {
            None => self.choose("ends", "never").await,
            Some(days) => {
                self.choose("ends", "days").await;
                self.fill("days", &days.to_string()).await;
            }
        }
        if self.has("#generate-form [name='sure']").await {
            self.click("#generate-form [name='sure']").await;
        }
    }

    /// Makes codes as soon as that is possible, and reads them.
    pub async fn make_codes(&self, days: Option<u32>) -> Vec<String> {
        self.waits_until_codes_can_be_made().await;
        self.asks_for_codes(days).await;
        self.press("#generate-form").await;
        self.codes().await
    }

    /// Scripts count down to it; without them the page is loaded again.
    pub async fn waits_until_codes_can_be_made(&self) {
        self.waits_until("#generate-form button:not([disabled])").await;
    }

    /// Until the page shows something after a wait.
    pub async fn waits_until(&self, css: &str) {
        eventually(&format!("{css} is there after a wait"), async || {
            if self.has(css).await {
                return Some(());
            }
            if !self.has_scripts() {
                self.reload().await;
            }
            tokio::time::sleep(core::time::Duration::from_millis(200)).await;
            None
        })
        .await;
    }

    /// The codes that the page shows, as they would be copied.
    pub async fn codes(&self) -> Vec<String> {
        assert!(self.has("ol#codes > li code").await, "no codes: {}", self.page.shown().await);
        let read = "return [...document.querySelectorAll('ol#codes > li code')].map(code => code.textContent)";
        serde_json::from_value(self.script(read, Vec::new()).await).expect("texts")
    }

    /// From the page with the codes to the dashboard, with a word to the page where it would warn.
    pub async fn leaves_codes(&self) {
        if self.has_scripts() && !self.box_is_ticked("#saved").await {
            self.click("#saved").await;
        }
        self.press("main a.button").await;
        self.stands_at("dashboard").await;
    }

    async fn box_is_ticked(&self, css: &str) -> bool {
        self.has(&format!("{css}:checked")).await
    }

    /// Opens what a form is folded into.
    pub async fn unfolds(&self, form: &str) {
        if !self.shows(form).await {
            self.click(&format!("details:has({form}) > summary")).await;
            self.wait_for(form).await;
        }
    }

    /// Types a code into one of several forms that take one, and sends it.
    pub async fn sends_code(&self, form: &str, code: &str) {
        self.unfolds(form).await;
        self.fill_in(&format!("{form} [name='code']"), code).await;
        self.press(form).await;
    }

    /// Likewise with something too short for a code, which scripts see before it is sent.
    pub async fn sends_part_of_a_code(&self, form: &str, part: &str) {
        if !self.has_scripts() {
            return self.sends_code(form, part).await;
        }
        self.unfolds(form).await;
        self.fill_in(&format!("{form} [name='code']"), part).await;
        self.click(&format!("{form} button:not([type='button'])")).await;
        self.wait_for("#message").await;
    }

    /// Ticks that it is meant, and sends the form.
    pub async fn is_sure_of(&self, form: &str) {
        self.unfolds(form).await;
        self.click(&format!("{form} [name='sure']")).await;
        self.press(form).await;
    }

    pub async fn takes_file(&self, format: &str) -> File {
        self.choose("format", format).await;
        self.download("#download-form").await
    }

    /// Has the codes sent, and answers with what the page says to it. Scripts stay there.
    pub async fn has_codes_sent(&self) -> String {
        if self.has_scripts() {
            let before = self.texts("#delivery-said").await;
            self.click("#email-form button").await;
            return eventually("the page says what came of it", async || {
                let now = self.texts("#delivery-said").await;
                (now != before).then(|| now.join(" "))
            })
            .await;
        }
        self.press("#email-form").await;
        self.message().await
    }

    /// Has a form sent at a moment of the machine's clock, in milliseconds, whichever tab is in front then.
    pub async fn will_send(&self, form: &str, at: u64) {
        let script = "const [form, at] = arguments;
            setTimeout(() => document.querySelector(form).requestSubmit(), at - Date.now())";
        self.script(script, vec![json!(form), json!(at)]).await;
    }
}
