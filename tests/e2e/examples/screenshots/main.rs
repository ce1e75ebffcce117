//! Takes a picture of every page in every state, in both themes, wide and narrow.
//!
//! Run by `just screenshots`. The folder for the pictures is its only argument; whatever else is there as PNG goes.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for the people who write the documentation: a surprise ends it, and it tells what it did"
)]

mod smaller;

use backstop_browser::{Chrome, Page, View};
use backstop_e2e::pages::{Visitor, tour};
use smaller::smaller;
use std::{
    fs,
    path::{Path, PathBuf},
};

struct Photographer {
    folder: PathBuf,
    taken: usize,
    bytes: usize,
}

impl Visitor for Photographer {
    async fn look(&mut self, page: &Page, name: &str) {
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
    let mut photographer = Photographer { folder, taken: 0, bytes: 0 };
    tour(&chrome, &View::BOTH, &mut photographer).await;
    let Photographer { folder, taken, bytes } = photographer;
    println!("{taken} pictures, {} kB, in {}", bytes / 1024, folder.display());
}
