//! Reading without a unit: committed data only, for answers and for finding what a unit will then decide about.

use super::{PortResult, SecondFactor, StoredPassword};
use async_trait::async_trait;
use backstop_domain::{
    Account, AccountId, AddressKey, AuditEntry, Batch, BatchId, Client, ClientKey, ClientKeyId, Duties, KeyId,
    LookupTag, Network, ProfileName, StoredCode, Subject, Timestamp, history::Window,
};

/// An account with what concerns it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    pub account: Account,
    /// The batch that was neither superseded, invalidated nor deleted; it may be expired or exhausted.
    pub standing: Option<Batch>,
    /// Duties that some recovery left and nobody settled.
    pub open: Duties,
}

#[async_trait]
pub trait AccountReader: Send + Sync {
    /// Subjects are compared byte for byte.
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>>;

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>>;

    /// The account with the address of this key.
    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>>;

    /// The account's password, if it has one.
    async fn password(&self, id: AccountId) -> PortResult<Option<StoredPassword>>;

    /// What the account has for the second step; of an account that is unknown nothing.
    async fn second_factor(&self, id: AccountId) -> PortResult<SecondFactor>;

    /// Whether the account of this subject was recovered from this network, or signed in from it, at that time or later.
    async fn is_known_from(&self, subject: &Subject, network: Network, since: Timestamp) -> PortResult<bool>;

    /// The account, its standing batch and its open duties, all of one moment.
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    pub batches: Vec<Batch>,
    /// How many batches the account has in all.
    pub total: u64,
}

#[async_trait]
pub trait HistoryReader: Send + Sync {
    /// The account's batches, newest first, and how many there are; both of one moment. Those that a clean-up removed
    /// are among them, as they were then.
    /// Without a window only their number.
    async fn page(&self, account: AccountId, window: Option<Window>) -> PortResult<HistoryPage>;

    /// The batch, or what it was when a clean-up removed it.
    async fn batch(&self, id: BatchId) -> PortResult<Option<Batch>>;

    /// Standing batches with live codes that expire after `from`, at `until` at the latest: by when they expire and their
    /// id, from what comes after `after` on, at most so many.
    async fn expiring(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<(Timestamp, BatchId)>,
        limit: u32,
    ) -> PortResult<Vec<Batch>>;
}

/// How many codes could still be redeemed under each key and each profile; expired ones are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveCodes {
    pub by_key: Vec<(KeyId, u64)>,
    pub by_profile: Vec<(ProfileName, u64)>,
}

#[async_trait]
pub trait CodeReader: Send + Sync {
    /// The account's code with one of these tags, whatever its status, in one query.
    /// A tag counts only together with its key id. A code of another account is not found.
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>>;

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes>;
}

/// A key with its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    pub client: Client,
    pub key: ClientKey,
}

#[async_trait]
pub trait ClientReader: Send + Sync {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>>;

    /// The client of this name, compared byte for byte.
    async fn by_name(&self, name: &str) -> PortResult<Option<Client>>;

    /// Notes that a key was used. An older time never replaces a newer one.
    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()>;
}

#[async_trait]
pub trait AuditReader: Send + Sync {
    /// The newest entries, newest first, of one account or of all.
    async fn newest(&self, account: Option<AccountId>, limit: u32) -> PortResult<Vec<AuditEntry>>;
}
