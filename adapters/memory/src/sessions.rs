use async_trait::async_trait;
use backstop_application::ports::{PortError, PortErrorKind, PortResult, Rotated, SessionStore, WhichSessions};
use backstop_domain::{AccountId, Session, Timestamp, TokenDigest};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Sessions of one process: forgotten when it ends, and unknown to every other.
#[derive(Debug, Default)]
pub struct MemorySessions(Mutex<HashMap<TokenDigest, Session>>);

impl MemorySessions {
    pub fn new() -> Self {
        Self::default()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<TokenDigest, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is to go, and tells how many went.
fn drop_where(sessions: &mut HashMap<TokenDigest, Session>, goes: impl Fn(&Session) -> bool) -> u64 {
    let before = sessions.len();
    sessions.retain(|_, session| !goes(session));
    u64::try_from(before - sessions.len()).unwrap_or(u64::MAX)
}

fn taken() -> PortError {
    PortError::new(PortErrorKind::Rejected, "a session is under this digest")
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        let mut sessions = self.sessions();
        if sessions.contains_key(digest) {
            return Err(taken());
        }
        sessions.insert(*digest, session.clone());
        Ok(())
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        Ok(self.sessions().get(digest).cloned())
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        if let Some(session) = self.sessions().get_mut(digest) {
            session.seen_at = at.max(session.seen_at);
        }
        Ok(())
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        let mut sessions = self.sessions();
        if sessions.contains_key(new) {
            return Err(taken());
        }
        if sessions.remove(old).is_none() {
            return Ok(Rotated::Missing);
        }
        sessions.insert(*new, session.clone());
        Ok(Rotated::Done)
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        Ok(self.sessions().remove(digest))
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let mut found: Vec<Session> = self.sessions().values().filter(|s| s.account == account).cloned().collect();
        found.sort_by_key(|session| core::cmp::Reverse((session.created_at, session.id)));
        Ok(found)
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        Ok(drop_where(&mut self.sessions(), |session| session.account == account && which.include(session.id)))
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        Ok(drop_where(&mut self.sessions(), |session| session.seen_at <= seen || session.created_at <= created))
    }
}
