//! What administrators do, in the console and by the API.

mod administrator;
mod end_sessions;
mod manage_clients;
mod manage_tasks;
mod remove_batch;
mod revise_codes;
mod send_password_reset;
mod suspend_account;

pub use administrator::Administrator;
pub use end_sessions::EndSessions;
pub(crate) use manage_clients::is_still_good;
pub use manage_clients::{ClientError, ManageClients, NewKey};
pub use manage_tasks::{ManageTasks, TaskChange};
pub use remove_batch::RemoveBatch;
pub use revise_codes::{ReviseCodes, RevisedCode};
pub use send_password_reset::{SendPasswordReset, SendPasswordResetError};
pub use suspend_account::SuspendAccount;
