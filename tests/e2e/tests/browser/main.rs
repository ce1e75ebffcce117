//! The pages for people, through the real program and a real browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and what browsers do sends no event"
)]

mod administering;
mod calm;
mod codes;
mod copying;
mod focus;
mod handing_over;
mod kept;
mod keys;
mod life;
mod looks;
mod once;
mod paper;
mod schedules;
mod spelling;
mod typing;
mod waiting;
