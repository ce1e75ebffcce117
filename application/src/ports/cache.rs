use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Timestamp};
use uuid::Uuid;

/// Under which state of an account something was put into a cache. No two of them are ever equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheVersion(Uuid);

impl CacheVersion {
    /// The id must be one that nobody has had.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// Something computed from what the store has about one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    pub account: AccountId,
    /// The account's version as read before the computing began.
    pub version: CacheVersion,
    /// From this instant on it is not answered.
    pub until: Timestamp,
    pub bytes: Vec<u8>,
}

/// Keeps what was computed about accounts until somebody changes them. All replicas that share a cache see each
/// other's acts at once.
///
/// Who computes reads the account's version first and puts the result under it; who changes an account forgets it
/// after the change was committed. So an entry that is answered was computed after the last change, however slow its
/// computing was.
///
/// A cache may lose anything at any time, versions and entries; that makes reading slower, and nothing untrue. Each
/// call ends in bounded time, with a fault when the cache can't be reached.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The account's version, made now when there is none. Until the account is forgotten everybody gets the same.
    /// A version is never made twice, not for another account nor after forgetting or loss.
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion>;

    /// What was put last under this key, byte for byte. Keys are compared byte for byte.
    /// It is answered only if its version is its account's version now, and only before its `until`.
    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>>;

    /// Keeps an entry in the place of what was under this key. It does nothing when the entry's version is not its
    /// account's version now; a version that is missing is equal to none.
    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()>;

    /// Removes the account's version: from the answer on every entry that was put under it, or will be, is dead.
    /// Entries of other accounts stay. An account without a version is no fault.
    async fn forget(&self, account: AccountId) -> PortResult<()>;
}
