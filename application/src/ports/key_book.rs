use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{KeyId, KeyPurpose, Timestamp};

/// Since when keys are in force. Settings tell which they are, and not for how long.
#[async_trait]
pub trait KeyBook: Send + Sync {
    /// Notes that a key is in force at that time, and tells since when it is: when that was noted of it first.
    async fn note(&self, purpose: KeyPurpose, id: &KeyId, at: Timestamp) -> PortResult<Timestamp>;
}
