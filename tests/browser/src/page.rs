use fantoccini::{Client, Locator, elements::Element, error::CmdError};
use serde_json::{Value, json};
use std::{
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{View, command::Command, eventually};

const FOCUS_WITHIN: Duration = Duration::from_secs(2);

/// A browser that somebody looks at, and the tab in front.
///
/// Elements are named by CSS selectors, inputs by their names. What is not there, or does not come, ends the test and
/// says what the page showed instead.
pub struct Page {
    pub(crate) client: Client,
    pub(crate) view: View,
    pub(crate) downloads: PathBuf,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("view", &self.view).finish_non_exhaustive()
    }
}

impl Page {
    pub(crate) async fn of(client: Client, view: View, downloads: PathBuf) -> Self {
        let page = Self { client, view, downloads };
        page.put_in_view().await;
        page
    }

    pub const fn view(&self) -> View {
        self.view
    }

    /// Looks on through another view; whether scripts run and the languages stay as they are.
    pub async fn look(&mut self, view: View) {
        self.view = View { scripts: self.view.scripts, languages: self.view.languages, ..view };
        self.put_in_view().await;
    }

    /// What a view asks of a tab, which each new one must be told.
    pub(crate) async fn put_in_view(&self) {
        let (width, height) = self.view.css_size();
        let motion = if self.view.reduced_motion { "reduce" } else { "no-preference" };
        let medium = if self.view.on_paper { "print" } else { "screen" };
        let media = json!({"media": medium, "features": [
            {"name": "prefers-color-scheme", "value": self.view.theme.name()},
            {"name": "prefers-reduced-motion", "value": motion},
        ]});
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": f64::from(self.view.zoom) / 100.0, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        self.devtools("Emulation.setScrollbarsHidden", json!({"hidden": self.view.is_a_phone()})).await;
        self.devtools("Emulation.setEmulatedMedia", media).await;
        self.let_scripts_run(self.view.scripts).await;
        self.script(include_str!("settle.js"), Vec::new()).await;
    }

    pub(crate) async fn let_scripts_run(&self, they_may: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": !they_may})).await;
    }

    /// Lets the browser load nothing whose address is like this from now on, as in `*.js`. Other than without scripts, pages
    /// are told that scripts would run.
    pub async fn loads_nothing_like(&self, address: &str) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({"urls": [address]})).await;
    }

    pub(crate) async fn devtools(&self, method: &'static str, parameters: Value) -> Value {
        let answer = self.client.issue_cmd(Command::DevTools { method, parameters }).await;
        self.sure(method, answer).await
    }

    /// Ends the test with what the page shows, if something could not be done.
    pub(crate) async fn sure<T>(&self, what: &str, outcome: Result<T, CmdError>) -> T {
        match outcome {
            Ok(value) => value,
            Err(error) => panic!("{what}: {error}\n{}", self.shown().await),
        }
    }

    /// What the page shows, for a person who reads why a test failed.
    pub async fn shown(&self) -> String {
        let address = self.client.current_url().await.map_or_else(|error| error.to_string(), |url| url.to_string());
        let body = match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        format!("--- {address} showed:\n{body}\n---")
    }

    pub async fn goto(&self, url: &str) {
        let outcome = self.client.goto(url).await;
        self.sure(&format!("going to {url}"), outcome).await;
        self.settles().await;
    }

    pub async fn reload(&self) {
        let outcome = self.client.refresh().await;
        self.sure("loading again", outcome).await;
        self.settles().await;
    }

    pub async fn back(&self) {
        let outcome = self.client.back().await;
        self.sure("going back", outcome).await;
    }

    /// The path of the address, without a query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await;
        self.sure("asking for the address", url).await.path().to_owned()
    }

    pub async fn title(&self) -> String {
        let title = self.client.title().await;
        self.sure("asking for the title", title).await
    }

    /// The source as the browser has it now.
    pub async fn source(&self) -> String {
        let source = self.client.source().await;
        self.sure("asking for the source", source).await
    }

    pub(crate) async fn element(&self, css: &str) -> Element {
        let found = self.client.find(Locator::Css(css)).await;
        self.sure(&format!("looking for {css}"), found).await
    }

    pub(crate) async fn elements(&self, css: &str) -> Vec<Element> {
        let found = self.client.find_all(Locator::Css(css)).await;
        self.sure(&format!("looking for {css}"), found).await
    }

    /// How many there are, seen or not.
    pub async fn count(&self, css: &str) -> usize {
        self.elements(css).await.len()
    }

    pub async fn has(&self, css: &str) -> bool {
        self.count(css).await > 0
    }

    /// Whether at least one of them is there for the eye.
    pub async fn shows(&self, css: &str) -> bool {
        for element in self.elements(css).await {
            if element.is_displayed().await.unwrap_or(false) {
                return true;
            }
        }
        false
    }

    /// Waits until it is there for the eye.
    pub async fn wait_for(&self, css: &str) {
        eventually(&format!("the page shows {css}"), async || self.shows(css).await.then_some(())).await;
    }

    /// What a person reads there.
    pub async fn text(&self, css: &str) -> String {
        let text = self.element(css).await.text().await;
        self.sure(&format!("reading {css}"), text).await
    }

    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.elements(css).await {
            let text = element.text().await;
            texts.push(self.sure(&format!("reading {css}"), text).await);
        }
        texts
    }

    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let value = self.element(css).await.attr(name).await;
        self.sure(&format!("reading {name} of {css}"), value).await
    }

    /// What stands in an input.
    pub async fn value(&self, name: &str) -> String {
        let value = self.element(&named(name)).await.prop("value").await;
        self.sure(&format!("reading what was typed as {name}"), value).await.unwrap_or_default()
    }

    /// Types a text in place of what was there.
    pub async fn fill(&self, name: &str, text: &str) {
        self.fill_in(&named(name), text).await;
    }

    /// Likewise, where several forms have an input of this name.
    pub async fn fill_in(&self, css: &str, text: &str) {
        let input = self.element(css).await;
        let what = format!("filling in {css}");
        let cleared = input.clear().await;
        self.sure(&what, cleared).await;
        let typed = input.send_keys(text).await;
        self.sure(&what, typed).await;
    }

    /// Takes one of the values of a list, a group of radio buttons, or ticks a box.
    pub async fn choose(&self, name: &str, value: &str) {
        let input = self.element(&named(name)).await;
        let kind = input.tag_name().await;
        if self.sure("asking what it is", kind).await == "select" {
            return self.choose_option(name, value).await;
        }
        self.click(&format!("input[name='{name}'][value='{value}']")).await;
    }

    async fn choose_option(&self, name: &str, value: &str) {
        for option in self.elements(&format!("select{} option", named(name))).await {
            if option.prop("value").await.ok().flatten().as_deref() == Some(value) {
                return self.click_on(option, &format!("choosing {value} as {name}")).await;
            }
        }
        panic!("there is no {value} to choose as {name}: {}", self.shown().await);
    }

    /// Clicks on something that leads nowhere else.
    pub async fn click(&self, css: &str) {
        self.click_on(self.element(css).await, &format!("clicking on {css}")).await;
    }

    async fn click_on(&self, element: Element, what: &str) {
        self.bring_into_sight(&element).await;
        let clicked = element.click().await;
        self.sure(what, clicked).await;
    }

    /// At once, as a page that scrolls smoothly moves on under a click.
    async fn bring_into_sight(&self, element: &Element) {
        let scroll = "arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})";
        self.script(scroll, vec![json!(element)]).await;
    }

    /// Clicks on something, a form's own button if it is a form, and waits for the page that comes of it.
    pub async fn press(&self, css: &str) {
        let before = self.element("html").await;
        self.press_button(css).await;
        self.comes_after(&before, css).await;
    }

    pub(crate) async fn press_button(&self, css: &str) {
        let element = self.element(css).await;
        let kind = element.tag_name().await;
        if self.sure("asking what it is", kind).await == "form" {
            self.click(&format!("{css} :is(button:not([type]), button[type='submit'], input[type='submit'])")).await;
        } else {
            self.click_on(element, &format!("pressing {css}")).await;
        }
    }

    pub(crate) async fn comes_after(&self, before: &Element, what: &str) {
        let waited = format!("another page comes after {what}: {}", self.shown().await);
        eventually(&waited, async || before.tag_name().await.is_err().then_some(())).await;
        self.settles().await;
    }

    /// Waits until the page has set the focus where it wants it to be: it would otherwise scroll there under a click. Pages
    /// that are opened at a place of theirs never do.
    async fn settles(&self) {
        let until = Instant::now() + FOCUS_WITHIN;
        while Instant::now() < until {
            let settled = self.client.execute(include_str!("settled.js"), Vec::new()).await;
            if settled.is_ok_and(|settled| settled == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Whether the page would have the browser ask before it is left. The question itself never comes to a test: its
    /// driver says yes to it.
    pub async fn asks_before_it_is_left(&self) -> bool {
        let leave = "const event = new Event('beforeunload', {cancelable: true}); window.dispatchEvent(event);
            return event.defaultPrevented";
        self.script(leave, Vec::new()).await == json!(true)
    }

    /// Runs a script of the test's own, which no policy of the page stops.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.client.execute(script, arguments).await;
        self.sure("running a script of the test", answer).await
    }

    /// What the browser complained of since it was asked last: refused or missing files, errors of scripts. An answer that
    /// refuses what a form asked for is none.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Command::Console).await;
        let log = self.sure("asking for the console", log).await;
        let lines = log.as_array().expect("lines of a console");
        let grave = lines.iter().filter(|line| ["SEVERE", "WARNING"].contains(&line["level"].as_str().unwrap_or("")));
        let told = grave.map(|line| line["message"].as_str().unwrap_or_default().to_owned());
        told.filter(|message| !is_about_a_refusal(message)).collect()
    }

    /// What the browser keeps for the site is gone, as when somebody clears it.
    pub async fn forget_cookies(&self) {
        let forgotten = self.client.delete_all_cookies().await;
        self.sure("forgetting cookies", forgotten).await;
    }

    /// The value of a cookie that the page's own scripts may not even see.
    pub async fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.client.get_all_cookies().await;
        let cookies = self.sure("asking for cookies", cookies).await;
        cookies.iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
    }
}

fn is_about_a_refusal(message: &str) -> bool {
    let (url, what) = message.split_once(' ').unwrap_or_default();
    let is_a_page = !url.rsplit('/').next().unwrap_or_default().contains('.');
    is_a_page && what.contains("the server responded with a status of 4")
}

pub(crate) fn named(name: &str) -> String {
    format!("[name='{name}']")
}
