//! What goes over the wire, with its description for the OpenAPI document.

#[macro_use]
pub(crate) mod schema;
mod account;
pub(crate) mod admin;
mod batch;
mod code;
mod delivery;
mod fields;

pub(crate) use account::{Account, AccountUpdate};
pub(crate) use batch::{Batch, History, IssuedBatch, NewBatch};
pub(crate) use code::{CodeAttempt, Redeemed, RevokedCode, Verified};
pub(crate) use delivery::{DownloadOrder, EmailOrder, EmailedBatch};
