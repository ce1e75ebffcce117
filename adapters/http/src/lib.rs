//! The driving adapter for HTTP: the pages for people, the JSON API, its OpenAPI document, and the pages that explain it.
//!
//! It sees use cases, never a store. What comes in is judged here for its form only; what goes out is made here from
//! what the use cases answer. Every failure, ours, the caller's or the framework's, becomes one of the problem
//! documents of `problems`.

mod acts;
mod api;
mod app;
mod auth;
mod body;
mod console;
mod cookies;
mod document;
mod dto;
mod end_user;
mod exchange;
mod file;
mod forwarded;
mod idempotency;
mod limits;
mod meter;
mod pages;
mod params;
mod problems;
mod query;
mod routes;
mod server;
mod setting_shown;
mod settings;
mod site;

/// The path of the page that lifts a suspension; the token of its link follows.
pub const LIFT_PAGE: &str = "/auth/recovery-codes/lift/";
/// Likewise, that of the page where another password is set.
pub const RESET_PAGE: &str = "/auth/recovery-codes/reset/";

pub use app::{App, app};
pub use cookies::SessionCookies;
pub use document::openapi_document;
pub use end_user::{EndUserAddress, TrustedProxies};
pub use meter::{Ended, RequestMeter};
pub use server::serve;
pub use setting_shown::{SettingOrigin, SettingShown, SettingValue};
pub use settings::HttpSettings;
pub use site::{Colours, SiteSettings};
