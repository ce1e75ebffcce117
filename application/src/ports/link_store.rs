use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, LinkPurpose, Timestamp, TokenDigest};

/// A link that goes to somebody by mail. Its token is only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLink {
    pub digest: TokenDigest,
    pub account: AccountId,
    pub purpose: LinkPurpose,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
}

/// Links that were mailed, each good for one purpose, once. They go with their account.
#[async_trait]
pub trait LinkStore: Send {
    /// Keeps a link. Of an account that is gone nothing is kept.
    async fn insert(&mut self, link: &NewLink) -> PortResult<()>;

    /// Whose link this is, as long as it is there for this purpose and has not expired at `now`.
    async fn owner(
        &mut self,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<Option<AccountId>>;

    /// Takes a link away, and tells whether it was there for this account and purpose and had not expired at `now`: of
    /// any number at once exactly one is told so.
    async fn spend(
        &mut self,
        account: AccountId,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<bool>;

    /// Takes all links of the account for this purpose away, and tells how many.
    async fn withdraw(&mut self, account: AccountId, purpose: LinkPurpose) -> PortResult<u64>;

    /// Forgets links that expired at that time or before, at most so many, and tells how many.
    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64>;
}
