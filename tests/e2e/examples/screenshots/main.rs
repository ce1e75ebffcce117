//! Takes a picture of every page in every state, in both themes, wide and narrow; in German of those that matter most.
//!
//! Run by `just screenshots`. The folder for the pictures is its only argument; whatever else is there as PNG goes.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for the people who write the documentation: a surprise ends it, and it tells what it did"
)]

mod smaller;

use backstop_browser::{Chrome, Page, Theme, View};
use backstop_e2e::pages::{LANGUAGES, Visitor, tour};
use smaller::smaller;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Of the pages in German as many as show that the words fit: the others look alike.
const IN_GERMAN: [&str; 22] = [
    "login-german",
    "login-typo-german",
    "login-wrong-german",
    "login-locked-german",
    "sign-in-wrong-german",
    "sign-in-locked-german",
    "form-without-cookie-german",
    "form-out-of-date-german",
    "form-of-another-site-german",
    "failure-german",
    "codes-german",
    "codes-printed-german",
    "dashboard-verify-german",
    "menu-open-german",
    "verify-typo-german",
    "verify-wrong-german",
    "few-codes-left-german",
    "password-changed-german",
    "suspended-link-mailed-german",
    "lift-german",
    "lift-link-over-german",
    "mail-failed-german",
];

struct Photographer {
    folder: PathBuf,
    taken: usize,
    bytes: usize,
    /// Pages of [`IN_GERMAN`] that did not come yet.
    missing: BTreeSet<&'static str>,
}

impl Visitor for Photographer {
    async fn look(&mut self, page: &Page, name: &str) {
        if name.ends_with("-german") && !IN_GERMAN.contains(&name) {
            return;
        }
        self.missing.remove(name);
        let view = page.view();
        let width = if view.width < 600 { "narrow" } else { "wide" };
        let picture = smaller(&page.picture().await);
        self.taken += 1;
        self.bytes += picture.len();
        let file = self.folder.join(format!("{name}-{width}-{}.png", view.theme.name()));
        fs::write(file, picture).expect("a picture can be written");
    }
}

fn clear(folder: &Path) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|end| end == "png") {
            fs::remove_file(path).expect("an old picture can be removed");
        }
    }
}

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder for the pictures"));
    clear(&folder);
    let chrome = Chrome::start().await;
    let mut photographer = Photographer { folder, taken: 0, bytes: 0, missing: IN_GERMAN.into() };
    for language in LANGUAGES {
        let views = View::BOTH.map(|view| Theme::BOTH.map(|theme| view.in_theme(theme)));
        tour(&chrome, language, &views.concat(), &mut photographer).await;
    }
    let Photographer { folder, taken, bytes, missing } = photographer;
    assert!(missing.is_empty(), "no page is called {missing:?}");
    println!("{taken} pictures, {} kB, in {}", bytes / 1024, folder.display());
}
