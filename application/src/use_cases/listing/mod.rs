//! Looking through what there is, page by page.

mod cursor;
mod export_audit;
mod list_entries;
mod list_sessions_of;
mod show_entry;
mod show_run;
mod viewer;

pub use export_audit::ExportAudit;
pub use list_entries::{ListEntries, ListError, ListRequest, Page, PageSize, Total};
pub use list_sessions_of::ListSessionsOf;
pub use show_entry::ShowEntry;
pub use show_run::{RunWithLines, ShowRun};
pub use viewer::Viewer;
