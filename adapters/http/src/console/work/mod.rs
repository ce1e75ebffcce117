//! What is done in the background: tasks, schedules and the clean-ups that they start.

pub(super) mod flush;
pub(super) mod runs;
pub(super) mod schedule_form;
pub(super) mod schedules;
pub(super) mod tasks;

use super::{Said, view::Cell};
use crate::site::{times::Teller, visit::Visit};
use backstop_domain::{
    Timestamp,
    schedule::{Rhythm, Zone},
};

/// How often something runs, as people say it.
fn rhythm(rhythm: Rhythm, said: &Said) -> String {
    let named = rhythm.to_string();
    match rhythm {
        Rhythm::Every(interval) if named.starts_with("every ") => {
            (said.cw.work.every)(interval.count(), interval.beat())
        }
        Rhythm::Every(_) | Rhythm::Once => said.value("rhythm", &named),
    }
}

/// A time as clocks show it where the schedule's clock hangs, to the second, since it may not be the site's.
fn by_its_clock(at: Timestamp, zone: &Zone, visit: &Visit) -> Cell {
    let mut view = Teller::new(visit.language, zone, visit.now).tell(at);
    view.said.clone_from(&view.exact);
    Cell::Time(view)
}
