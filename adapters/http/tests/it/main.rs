//! The API in one process, over the memory adapter, as callers see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "these are tests"
)]

mod accounts;
mod admin_lists;
mod admin_overview;
mod administering;
mod attempts;
mod bad_input;
mod batches;
mod console_browser;
mod console_self;
mod console_sign_in;
mod deliveries;
mod faults;
mod frame;
mod limits;
mod logs;
mod pages;
mod published;
mod site_browser;
mod site_delivery;
mod site_forms;
mod site_frame;
mod site_life;
mod site_lift;
mod site_markup;
mod site_outages;
mod site_recovery;
mod site_reset;
mod site_scripts;
mod site_sign_in;
mod sockets;
mod world;
