//! What Backstop does: one use case a file, and the ports through which they reach the world.
//!
//! Use cases decide with `domain`, and know no database, no web framework, no clock and no environment. Whoever wants
//! to run them hands a set of [`Ports`] to [`UseCases::assemble`].

mod assembly;
mod fallback_guard;
mod fallback_sessions;
mod fallback_vault;
pub mod lists;
pub mod ports;
mod settings;
mod store_views;
pub mod use_cases;

pub use assembly::{ConsoleUseCases, List, Lists, Ports, UseCases};
pub use fallback_guard::FallbackGuard;
pub use fallback_sessions::FallbackSessions;
pub use fallback_vault::FallbackVault;
pub use settings::{CleanUpSettings, DeliverySettings, MailSettings, OverviewSettings, Settings, WorkSettings};
pub use store_views::StoreViews;
