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
