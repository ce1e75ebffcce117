use super::Viewer;
use crate::{
    Ports,
    lists::{AuditFilter, AuditSort, AuditTrail, Owned},
    ports::{Clock, Direction, Listed as _, Place, PortResult, Portion, Register, Which},
};
use backstop_domain::AuditEntry;
use std::sync::Arc;

/// Gives the audit trail out in portions, so that however long it is, no more than one is in memory.
pub struct ExportAudit {
    register: Arc<dyn Register<AuditTrail>>,
    clock: Arc<dyn Clock>,
}

const PORTION: u32 = 500;

impl ExportAudit {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { register: Arc::clone(&ports.registers.audit), clock: Arc::clone(&ports.clock) }
    }

    /// The entries after a place, the newest first, and from where to go on; `None` after the last.
    pub async fn run(
        &self,
        viewer: Viewer,
        filter: &AuditFilter,
        after: Option<Place>,
    ) -> PortResult<(Vec<Owned<AuditEntry>>, Option<Place>)> {
        let which = Which { filter: filter.clone(), sight: viewer.sight(), now: self.clock.now() };
        let (sort, direction) = (AuditSort::At, Direction::Descending);
        let entries = self.register.portion(&Portion { which, sort, direction, after, most: PORTION }).await?;
        let is_full = u32::try_from(entries.len()).is_ok_and(|length| length == PORTION);
        let last = entries.last().filter(|_| is_full);
        let after = last.map(|last| Place { rank: AuditTrail::rank(last, sort), id: AuditTrail::id(last) });
        Ok((entries, after))
    }
}
