use backstop_application::ports::Ids;
use core::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Ids that count up from one, for tests: everybody can guess them.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ids for SequentialIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}
