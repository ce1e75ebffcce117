//! Pages as a person sees them: Chromium, driven from a test in plain words.
//!
//! ```no_run
//! # use backstop_browser::{Chrome, View};
//! # async fn shown() {
//! let chrome = Chrome::start().await;
//! let page = chrome.open(View::WIDE.dark()).await;
//! page.goto("http://127.0.0.1:8080/auth/recovery-codes/login").await;
//! page.fill("email", "ann@example.com").await;
//! page.press("#login-form").await;
//! assert_eq!(page.text("#message").await, "That is no code.");
//! assert_eq!(page.axe().await, []);
//! # }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test support: a surprise ends the test, and browsers send no event for most of what is waited for"
)]

mod axe;
mod chrome;
mod command;
mod drawn;
mod files;
mod keys;
mod manners;
mod page;
mod picture;
mod tabs;
mod view;

pub use axe::Violation;
pub use chrome::Chrome;
pub use drawn::Drawn;
pub use fantoccini::key::Key;
pub use files::File;
pub use page::Page;
pub use tabs::Tab;
pub use view::{Theme, View};

use std::time::{Duration, Instant};

/// After this long something that a page is to do counts as never coming.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer. What never comes ends the test.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < until, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}
