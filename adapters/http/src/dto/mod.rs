//! What goes over the wire, with its description for the OpenAPI document.

#[macro_use]
pub(crate) mod schema;
mod account;
pub(crate) mod admin;
mod administer;
mod batch;
mod code;
mod delivery;
mod fields;
mod schedule;

pub(crate) use account::{Account, AccountUpdate, NewAccount};
pub(crate) use administer::{
    EndedKeys, EndedSessions, FLUSHES, Flushed, IssuedKey, NewClient, NewKey, PickedCodes, RemovedSet, RevisedCodes,
    SetStatus, WhatToFlush,
};
pub(crate) use batch::{Batch, History, IssuedBatch, NewBatch};
pub(crate) use code::{CodeAttempt, Redeemed, RevokedCode, Verified};
pub(crate) use delivery::{DownloadOrder, EmailOrder, EmailedBatch};
pub(crate) use schedule::{ExtraRun, PlannedSchedule, SavedSchedule};
