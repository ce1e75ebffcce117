use super::Viewer;
use crate::ports::{Listed, PortResult, Register};
use std::sync::Arc;
use uuid::Uuid;

/// Shows one entry of a list.
pub struct ShowEntry<L: Listed> {
    register: Arc<dyn Register<L>>,
}

impl<L: Listed> ShowEntry<L> {
    pub(crate) fn new(register: &Arc<dyn Register<L>>) -> Self {
        Self { register: Arc::clone(register) }
    }

    /// `None` when there is none, or the viewer may not see it.
    pub async fn run(&self, viewer: Viewer, id: Uuid) -> PortResult<Option<L::Entry>> {
        self.register.entry(id, viewer.sight()).await
    }
}
