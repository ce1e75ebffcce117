//! Does background work: takes tasks from the queue, fires schedules, and runs the use cases for them.

mod hands;
mod log;
mod tally;
mod worker;

pub use log::ran as tell_run;
pub use worker::{Worker, WorkerParts, WorkerSettings};
