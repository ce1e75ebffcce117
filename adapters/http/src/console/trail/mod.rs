//! What was done, by whom: the audit trail and the e-mail log.

pub(super) mod audit;
pub(super) mod export;
pub(super) mod mails;
