//! Entries of lists, as applications with the scope `admin` see them: nothing by which a code, a key or a session could
//! be found or tried, and nobody who runs the service by name.

mod clean_ups;
mod overview;
mod people;
mod trail;

pub(crate) use clean_ups::{RunReport, RunsPage, ScheduleEntry, SchedulesPage, TaskEntry, TasksPage};
pub(crate) use overview::{OverviewEntry, SettingsEntry};
pub(crate) use people::{
    AccountEntry, AccountsPage, BatchEntry, BatchesPage, ClientEntry, ClientsPage, CodeEntry, CodesPage, SessionsOf,
};
pub(crate) use trail::{AuditLine, AuditPage, MailEntry, MailsPage};

/// A page of a list.
macro_rules! page_of {
    ($(#[doc = $doc:literal])+ $name:ident of $entry:ident from $list:ty) => {
        object! {
            $(#[doc = $doc])+
            $name gives {
                /// In the order of the list.
                items: Vec<$entry>,
                /// `cursor` of the page after this one; `null` where the list ends.
                next: Option<String>,
                /// `cursor` of the page before this one; `null` where the list begins.
                previous: Option<String>,
                /// How many entries there are on all pages; from 10000 on they are not counted any further.
                total: u32,
                /// Whether `total` is all there are; else there are more.
                total_is_exact: bool,
            } with {
                const ROOM: usize = 64 * 1024;
            }
        }

        impl $name {
            pub(crate) fn new(
                page: backstop_application::use_cases::Page<$list>,
                now: backstop_domain::Timestamp,
            ) -> Self {
                Self {
                    total: page.total.number(),
                    total_is_exact: matches!(page.total, backstop_application::use_cases::Total::Exactly(_)),
                    items: page.entries.into_iter().map(|entry| $entry::new(entry, now)).collect(),
                    next: page.next,
                    previous: page.previous,
                }
            }
        }
    };
}
use page_of;
