//! Writing audit entries without repeating what all of them have.

use crate::{
    Ports,
    ports::{Clock, Ids},
};
use backstop_domain::{Actor, AuditEntry, AuditId, AuditKind, Origin};
use std::sync::Arc;

pub(crate) struct Trail {
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

impl Trail {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { ids: Arc::clone(&ports.ids), clock: Arc::clone(&ports.clock) }
    }

    /// An entry of now, about nobody yet.
    pub(crate) fn entry(&self, kind: AuditKind, actor: Actor, origin: Origin) -> AuditEntry {
        AuditEntry {
            id: AuditId::new(self.ids.next()),
            at: self.clock.now(),
            kind,
            actor,
            account: None,
            batch: None,
            count: None,
            reason: None,
            typed: None,
            origin,
        }
    }
}
