//! Background work over processes that die, stand still and come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

mod killed;
mod paused;
mod queue;
mod replicas;
