use crate::{
    Ports,
    ports::{Clock, PortResult, Storage},
};
use std::sync::Arc;

/// So much is forgotten at once, so that nobody waits long for it.
const CHUNK: u32 = 1_000;

/// Clears away answers that can't be had again any more.
pub struct ForgetAnswers {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl ForgetAnswers {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self::over(Arc::clone(&ports.storage), Arc::clone(&ports.clock))
    }

    pub fn over(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    /// How many they were.
    pub async fn run(&self) -> PortResult<u64> {
        let mut all = 0;
        loop {
            let mut unit = self.storage.begin().await?;
            let forgotten = unit.answers().forget(self.clock.now(), CHUNK).await?;
            unit.commit().await?;
            all += forgotten;
            if forgotten < CHUNK.into() {
                return Ok(all);
            }
        }
    }
}
