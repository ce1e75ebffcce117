//! The JSON API: each operation reads what came, runs one use case, and writes what it answered.

mod accounts;
pub(crate) mod admin;
mod administer;
mod batches;
mod codes;
mod deliveries;

pub(crate) use accounts::Accounts;
use admin::{Overviews, People, WorkDone};
pub(crate) use administer::{AdminAccounts, AdminClients, AdminSchedules, AdminTasks};
pub(crate) use batches::Batches;
pub(crate) use codes::Codes;
pub(crate) use deliveries::Deliveries;

use poem_openapi::Tags;

/// All operations there are.
pub(crate) type Operations = (
    Accounts,
    Batches,
    Deliveries,
    Codes,
    People,
    WorkDone,
    Overviews,
    AdminAccounts,
    AdminClients,
    AdminSchedules,
    AdminTasks,
);

pub(crate) const OPERATIONS: Operations = (
    Accounts,
    Batches,
    Deliveries,
    Codes,
    People,
    WorkDone,
    Overviews,
    AdminAccounts,
    AdminClients,
    AdminSchedules,
    AdminTasks,
);

#[derive(Tags)]
pub(crate) enum Topic {
    /// The users whom codes belong to.
    Accounts,
    /// Sets of codes: making, showing, taking back.
    Batches,
    /// Single codes, as users type them.
    Codes,
    /// What there is, for those who run the service, and what they do.
    Admin,
}
