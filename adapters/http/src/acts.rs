//! Acts that go on when the caller has hung up.

use crate::problems::{Kind, Problem};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Runs what changes something to its end, whether or not somebody still waits for the answer, so that no act stops
/// between a hash and a commit because a connection broke.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acts(TaskTracker);

impl Acts {
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        act: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.0.spawn(act.in_current_span()).await.map_err(|_| Problem::new(Kind::Internal, INTERRUPTED))
    }

    /// Waits until every act has ended.
    pub(crate) async fn ended(&self) {
        self.0.close();
        self.0.wait().await;
    }
}

const INTERRUPTED: &str = "Something broke on our side. Look the account's state up before you try again.";
