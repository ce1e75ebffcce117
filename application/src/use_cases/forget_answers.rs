use crate::{
    Ports,
    ports::{Clock, PortResult, Storage},
};
use std::sync::Arc;

/// Clears away answers that can't be had again any more.
pub struct ForgetAnswers {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl ForgetAnswers {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: Arc::clone(&ports.storage), clock: Arc::clone(&ports.clock) }
    }

    pub async fn run(&self) -> PortResult<u64> {
        let mut unit = self.storage.begin().await?;
        let forgotten = unit.answers().forget(self.clock.now()).await?;
        unit.commit().await?;
        Ok(forgotten)
    }
}
