//! Reading through the cache, and telling it of changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test panics when it fails, and its readers are tasks that it can hold"
)]

mod bounds;
mod support;
mod telling;
mod views;
