use crate::{
    ports::{Clock, Held, Leased, PortResult, UnitOfWork},
    settings::WorkSettings,
};
use backstop_domain::{
    Timestamp,
    task::{Ending, Lease},
};
use jiff::SignedDuration;
use std::sync::Arc;

/// What a task does, it does in units that hold its lease: whoever lost it writes nothing any more.
pub(crate) struct Fence {
    lease: Lease,
    length: SignedDuration,
    clock: Arc<dyn Clock>,
    /// When the attempt should come to an end by itself.
    pub(crate) ends: Timestamp,
}

impl Fence {
    /// Of whoever has all the time that it takes.
    pub(crate) fn unhurried(leased: &Leased, settings: &WorkSettings, clock: &Arc<dyn Clock>) -> Self {
        Self { lease: leased.lease, length: settings.lease, clock: Arc::clone(clock), ends: Timestamp::MAX }
    }

    pub(crate) fn new(leased: &Leased, settings: &WorkSettings, clock: &Arc<dyn Clock>) -> Self {
        // Before whoever runs the task cuts it off.
        let ends = clock.now().saturating_add(settings.time_limit / 2).unwrap_or(Timestamp::MAX);
        Self { lease: leased.lease, length: settings.lease, clock: Arc::clone(clock), ends }
    }

    /// The first thing in a unit of the task that does not end it.
    pub(crate) async fn hold(&self, unit: &mut dyn UnitOfWork) -> PortResult<Held> {
        let now = self.clock.now();
        unit.tasks().renew(&self.lease, now, now.saturating_add(self.length).unwrap_or(Timestamp::MAX)).await
    }

    /// The first thing in the unit that ends it.
    pub(crate) async fn end(&self, unit: &mut dyn UnitOfWork, ending: &Ending) -> PortResult<Held> {
        unit.tasks().finish(&self.lease, self.clock.now(), ending).await
    }
}
