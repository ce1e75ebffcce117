use std::{fs, path::Path};

use crate::{Page, eventually};

/// What a browser saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// What follows the last dot of its name.
    pub fn extension(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Page {
    /// Presses a button that brings a file, and waits for it.
    pub async fn download(&self, css: &str) -> File {
        let before = self.files().len();
        self.press_button(css).await;
        self.next_file(before).await
    }

    /// The file that comes after so many.
    pub async fn next_file(&self, before: usize) -> File {
        let waited = format!("a file comes: {}", self.shown().await);
        eventually(&waited, async || {
            let mut files = self.files();
            (files.len() > before).then(|| files.remove(before))
        })
        .await
    }

    /// What was downloaded so far, the oldest first.
    pub fn files(&self) -> Vec<File> {
        let listing = fs::read_dir(&self.downloads).expect("the folder for downloads");
        let mut paths: Vec<_> =
            listing.map(|entry| entry.expect("an entry").path()).filter(|path| is_whole(path)).collect();
        paths.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        paths.iter().map(|path| File { name: name(path), bytes: fs::read(path).expect("a file") }).collect()
    }
}

/// Until a file is there in full it goes by another name.
fn is_whole(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.ends_with(".crdownload") && !name.starts_with(".org.chromium") && !name.starts_with(".com.google")
}
