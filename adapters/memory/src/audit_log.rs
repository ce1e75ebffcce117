use crate::{storage::rejected, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{AuditLog, PortResult};
use backstop_domain::{AccountId, Actor, AuditEntry};

pub(crate) struct MemoryAuditLog<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl AuditLog for MemoryAuditLog<'_> {
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()> {
        if self.0.add_entry(entry) { Ok(()) } else { Err(rejected("an audit entry with this id exists")) }
    }

    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()> {
        for entry in self.0.audit_mut().iter_mut().filter(|e| e.account == Some(account)) {
            entry.account = Some(tombstone);
            entry.origin.ip = None;
            entry.origin.user_agent = None;
        }
        for entry in self.0.audit_mut().iter_mut().filter(|e| e.actor == Actor::Staff(account)) {
            entry.actor = Actor::Staff(tombstone);
            entry.origin.ip = None;
            entry.origin.user_agent = None;
        }
        Ok(())
    }
}
