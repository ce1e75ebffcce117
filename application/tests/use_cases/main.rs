//! The use cases over the memory adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod administering;
mod delivering;
mod fallback;
mod keeping;
mod lifting;
mod looking;
mod meanwhile;
mod networks;
mod overview;
mod pages;
mod passwords;
mod redeeming;
mod repeating;
mod resetting;
mod second_steps;
mod showing;
mod shut_out;
mod signing_in;
mod standing_in;
mod support;
mod telling_administrators;
mod two_stores;
mod waiting;
mod working;
