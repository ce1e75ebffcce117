//! How the service is doing, on one page.

mod mails;
mod memo;
mod prepare_overview;
mod show_overview;
mod warning;

pub use prepare_overview::PrepareOverview;
pub use show_overview::{AccountCounts, QueueCounts, ServiceOverview, ShowOverview};
pub use warning::{Warning, WarningKind};

use backstop_domain::Quarter;
use jiff::SignedDuration;

/// How many days are shown.
const DAYS: u16 = 30;

/// How long an entry of the trail can be written after its time: units of work are shorter by far.
const LAG: SignedDuration = Quarter::LENGTH;
