//! When what an administrator has planned is due.

mod calendar;
mod rhythm;

pub use calendar::{BadZone, Calendar, Zone};
pub use rhythm::{BadRhythm, Beat, Interval, Rhythm};
