//! Accounts, and the sets, codes and sessions that are theirs.

pub(super) mod account_form;
pub(super) mod accounts;
pub(super) mod batches;
pub(super) mod codes;
