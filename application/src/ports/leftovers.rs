use super::PortResult;
use async_trait::async_trait;
use backstop_domain::Timestamp;

/// What a store keeps for a while and would find over when next asked, such as sealed copies and counts.
#[async_trait]
pub trait Leftovers: Send + Sync {
    /// Removes what is over at that time, and wipes what tasks have kept sealed for an hour; nothing else. It tells how much
    /// that was.
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64>;
}
