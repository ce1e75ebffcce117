//! What the tests of the whole service share: real server processes, a client of their API, points at which they are
//! held, and the books that a database keeps.
//!
//! ```no_run
//! # use backstop_e2e::{Kind, Site};
//! # async fn shown() {
//! let site = Site::new(Kind::Sqlite).await;
//! let server = site.spec().start().await;
//! let api = site.api(&server).await;
//! api.put_account("ann", &serde_json::json!({})).await.expect(201);
//! let codes = api.generate("ann", &serde_json::json!({})).await.expect(201).codes();
//! api.redeem("ann", &codes[0], &backstop_e2e::own_network()).await.expect(200);
//! site.judge().await;
//! # }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test support: a surprise ends the test, and tasks and threads end with it"
)]

mod api;
mod books;
mod dump;
mod inside;
mod local;
pub mod pages;
mod process;
mod program;
mod queue;
mod rendezvous;
mod search;
mod server;
mod site;
pub mod totp;
mod worker;

pub use api::{Answer, Api, Call, own_network};
pub use books::{AccountRow, AuditRow, BatchRow, Books, CodeRow, CodeState, RecoveryRow, judge};
pub use dump::{Dump, dump_database, dump_redis, eval_in_redis};
pub use inside::{Inside, RawAnswer, Served, Wiring, beginning, raw_post, raw_request};
pub use local::{Deed, Local};
pub use process::interrupt;
pub use program::{Output, Program, run, run_with_input};
pub use queue::{MailLogRow, TaskRow};
pub use rendezvous::Rendezvous;
pub use search::{Search, Seen};
pub use server::{OPEN_GUARD, Server, ServerSpec};
pub use site::{ALL_SCOPES, Kind, LOOKUP_SECRET, NO_WAIT, SEAL_SECRET, Site, lookup_tag};
pub use worker::Worker;

use std::time::{Duration, Instant};

/// After this long something that a test waits for counts as never coming.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Asks again and again until there is an answer. What never comes ends the test.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < until, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How often a test repeats itself: `BACKSTOP_ROUNDS`, or as often as the test command has time for.
pub fn rounds(usual: usize) -> usize {
    let given = std::env::var("BACKSTOP_ROUNDS").ok();
    given.map_or(usual, |text| text.parse().expect("BACKSTOP_ROUNDS is a number"))
}
