//! What there are lists of: one file a kind, each with its entry, its filters and its columns.

mod accounts;
mod audit;
mod batches;
mod clients;
mod codes;
mod mails;
mod registers;
mod runs;
mod schedules;
mod search;
mod tasks;
mod whose;

pub use accounts::{AccountFilter, AccountSort, Accounts, CodesLeft, Suspended};
pub use audit::{AuditFilter, AuditSort, AuditTrail, CameFrom, WhichActor};
pub use batches::{BatchFilter, BatchSort, Batches};
pub use clients::{ClientFilter, ClientSort, ClientWithKeys, Clients, KeyFacts};
pub use codes::{CodeFacts, CodeFilter, CodeSort, Codes, CodesOf};
pub use mails::{MailFilter, MailSort, Mails};
pub use registers::Registers;
pub use runs::{RunFilter, RunSort, Runs};
pub use schedules::{ScheduleFilter, ScheduleSort, Schedules};
pub use search::Search;
pub use tasks::{TaskFilter, TaskSort, Tasks};
pub use whose::{Owned, Owner, Whose};

/// The columns of a list, with their names.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $column:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $column),+ }

        impl $crate::ports::SortColumn for $name {
            const ALL: &'static [Self] = &[$(Self::$column),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$column => $text),+ }
            }
        }
    };
}
use columns;

/// Whether a time is in a range: from one on, and before the other.
fn is_between(
    time: backstop_domain::Timestamp,
    from: Option<backstop_domain::Timestamp>,
    until: Option<backstop_domain::Timestamp>,
) -> bool {
    from.is_none_or(|from| time >= from) && until.is_none_or(|until| time < until)
}
