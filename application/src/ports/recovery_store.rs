use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Duties, Recovery};

#[async_trait]
pub trait RecoveryStore: Send {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()>;

    /// Marks these duties as settled in every recovery of the account, and says which of them were open in any.
    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<Duties>;
}
