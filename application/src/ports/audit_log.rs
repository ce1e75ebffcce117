use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, AuditEntry};

#[async_trait]
pub trait AuditLog: Send {
    /// Adds an entry. It is there if the unit commits, and is not if it does not; no entry is ever changed, except by
    /// `bury`. The store may write it as late as at the commit.
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()>;

    /// Takes the person out of the trail: entries of `account`, and of what it did as staff, carry `tombstone` in its place
    /// afterwards, and neither network address nor user agent; kinds, times, counts and reasons stay.
    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()>;
}
