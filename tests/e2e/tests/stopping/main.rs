//! How the service ends while it is busy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and tasks end with it"
)]

mod load;
mod work;

use backstop_e2e::Api;

/// Where operators ask, as the greeting says.
fn operations(greeting: &[String]) -> Api {
    let line = greeting.iter().find(|line| line.contains("Operations")).expect("a line");
    let from = line.find("http://").expect("an address");
    Api::without_key(line[from..].trim_end_matches("/metrics"))
}
