//! When what an administrator has planned is due.

mod calendar;
mod plan;
mod rhythm;

pub use calendar::{BadZone, Calendar, Zone};
pub use plan::{Due, LastRun, Occurrence, Schedule, ScheduleName};
pub use rhythm::{BadRhythm, Beat, Interval, Rhythm};
