use super::PortResult;
use backstop_domain::{BatchId, Sealed, SecretText};

/// Wraps codes that wait to be sent: whoever has only the database reads nothing of them, the server does.
pub trait CodeWrapper: Send + Sync {
    /// Wraps codes for this batch under the server's current key. Nothing of them can be read in the sealed bytes, and no
    /// two are alike.
    fn wrap(&self, batch: BatchId, codes: &[SecretText]) -> PortResult<Sealed>;

    /// The codes as they were wrapped, in the same order, for the batch that they were wrapped for and under any of the
    /// server's keys. `None` for anything else, and for what was sealed for another purpose.
    fn unwrap(&self, batch: BatchId, sealed: &Sealed) -> PortResult<Option<Vec<SecretText>>>;
}
