//! What an application with the scope `admin` does in an administrator's place. There are no accounts for it but those of
//! users.

mod accounts;
mod clients;
mod schedules;
mod tasks;

pub(crate) use accounts::AdminAccounts;
pub(crate) use clients::AdminClients;
pub(crate) use schedules::AdminSchedules;
pub(crate) use tasks::AdminTasks;
