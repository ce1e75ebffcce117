use backstop_backends::{ChromeDriver, chromedriver};
use fantoccini::{ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{Page, View};

/// Without these it asks for hosts of its maker, holds back timers of tabs that nobody looks at, does not start as root,
/// or outlives its driver.
const FLAGS: [&str; 13] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--force-color-profile=srgb",
];

/// Opens browsers, each with its own cookies. They end with the value.
pub struct Chrome {
    driver: ChromeDriver,
    opened: AtomicU32,
}

impl Chrome {
    pub async fn start() -> Self {
        Self { driver: chromedriver().await.expect("a chromedriver"), opened: AtomicU32::new(0) }
    }

    /// The folder in which its browsers keep everything.
    pub fn folder(&self) -> PathBuf {
        self.driver.folder().to_owned()
    }

    /// A browser of its own, for one person at one machine.
    pub async fn open(&self, view: View) -> Page {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let downloads = self.driver.folder().join(format!("downloads-{number}"));
        fs::create_dir(&downloads).expect("a folder for downloads");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(self.capabilities(view, &downloads.display().to_string()));
        let client = builder.connect(&self.driver.url).await.expect("a browser starts");
        Page::of(client, view, downloads).await
    }

    fn capabilities(&self, view: View, downloads: &str) -> Capabilities {
        let mut arguments: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        arguments.push(format!("--accept-lang={}", view.languages));
        // Emulated widths come on top, as no window is as narrow as a phone.
        arguments.push(format!("--window-size={},{}", view.width.max(600), view.height));
        let wanted = json!({
            "browserName": "chrome",
            "timeouts": {"pageLoad": 60_000, "script": 60_000},
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "binary": self.driver.browser().program,
                "args": arguments,
                "prefs": {
                    "download.default_directory": downloads,
                    "download.prompt_for_download": false,
                    "intl.accept_languages": view.languages,
                },
            },
        });
        match wanted {
            Value::Object(wanted) => wanted,
            _ => Capabilities::new(),
        }
    }
}
