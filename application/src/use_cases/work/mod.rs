//! Background work: what is queued, who does it, and how it ends.

mod author;
mod clear_away;
mod do_tasks;
mod fence;
mod fire_schedules;
pub(crate) mod jobs;
pub(crate) mod mailed_links;
mod manage_schedules;
mod outcome;
mod postman;
pub(crate) mod queue;
mod run_clean_up;
mod send_codes;
mod send_mail;
mod tell_notice;

pub use author::Author;
pub use do_tasks::DoTasks;
pub use fire_schedules::FireSchedules;
pub use manage_schedules::{ManageSchedules, Planned, ScheduleError};
pub use outcome::TaskOutcome;
pub use run_clean_up::{CleanUpOrder, Progress, Prospect, Ran, RunCleanUp};
