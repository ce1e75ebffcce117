//! The program around the hexagon: command line, settings, wiring, start and stop.
//!
//! Nothing else reads the environment, and nothing else knows every adapter.

pub mod cli;
mod commands;
mod console;
mod development;
mod logging;
pub mod meters;
mod operations;
pub mod settings;
mod signals;
mod telling;
pub mod timekeeper;
pub mod wiring;
