use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Session, SessionId, Timestamp, TokenDigest};

/// Whether a session has its next token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    Done,
    /// No session is under the old token: it ended, or somebody else rotated it.
    Missing,
}

/// Which sessions of an account are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichSessions {
    One(SessionId),
    AllBut(SessionId),
    All,
}

impl WhichSessions {
    pub fn include(self, id: SessionId) -> bool {
        match self {
            Self::One(one) => id == one,
            Self::AllBut(one) => id != one,
            Self::All => true,
        }
    }
}

/// Keeps sessions under the digests of their tokens. It knows no token, and not how long sessions last.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a new session with everything it was given. Its account need not be known here.
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()>;

    /// The session under this digest, also one whose time is up.
    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>>;

    /// Notes when a session was used. An older time never replaces a newer one. What ended meanwhile stays ended.
    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()>;

    /// Puts what is now true of the session under its next digest, in one step: from then on the old one finds nothing.
    /// Of several at once for one digest exactly one is done. A session that ended is not brought back.
    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated>;

    /// Ends the session under this digest, and gives it to exactly one of those who end it.
    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>>;

    /// The account's sessions, the newest first.
    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>>;

    /// Ends sessions of this account and of no other, and tells how many.
    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64>;

    /// Forgets sessions that were not used after `seen` or began no later than `created`, and tells how many.
    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64>;
}
