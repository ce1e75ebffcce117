use crate::ports::{PortResult, Rotated, SessionStore, WhichSessions};
use async_trait::async_trait;
use backstop_domain::{AccountId, Session, Timestamp, TokenDigest};
use core::cmp::Reverse;
use std::{collections::HashSet, sync::Arc};

/// Two stores of sessions as one: what the first can't keep goes to the second.
///
/// A first store whose answer was lost may have kept what the second keeps too. Therefore whatever ends is ended in both,
/// and nobody is told that it ended before both said so.
pub struct FallbackSessions {
    first: Arc<dyn SessionStore>,
    second: Arc<dyn SessionStore>,
}

impl FallbackSessions {
    pub fn new(first: Arc<dyn SessionStore>, second: Arc<dyn SessionStore>) -> Self {
        Self { first, second }
    }

    /// The session, and the store that has it. That none has it can only be said when both were asked.
    async fn holder(&self, digest: &TokenDigest) -> PortResult<Option<(&dyn SessionStore, Session)>> {
        let first = self.first.find(digest).await;
        if let Ok(Some(session)) = first {
            return Ok(Some((&*self.first, session)));
        }
        match self.second.find(digest).await? {
            Some(session) => Ok(Some((&*self.second, session))),
            None => first.map(|_| None),
        }
    }
}

#[async_trait]
impl SessionStore for FallbackSessions {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        match self.first.insert(digest, session).await {
            Ok(()) => Ok(()),
            Err(_) => self.second.insert(digest, session).await,
        }
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        Ok(self.holder(digest).await?.map(|(_, session)| session))
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        match self.holder(digest).await? {
            Some((store, _)) => store.touch(digest, at).await,
            None => Ok(()),
        }
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        let first = self.first.rotate(old, new, session).await;
        if let Ok(Rotated::Done) = first {
            // The old token must not find a second copy; rather than that, nobody gets the new one.
            self.second.remove(old).await?;
            return first;
        }
        match self.second.rotate(old, new, session).await? {
            Rotated::Done => Ok(Rotated::Done),
            Rotated::Missing => first,
        }
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        let first = self.first.remove(digest).await;
        let second = self.second.remove(digest).await;
        Ok(first?.or(second?))
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let mut all = self.first.of_account(account).await?;
        all.extend(self.second.of_account(account).await?);
        let mut listed = HashSet::new();
        all.retain(|session| listed.insert(session.id));
        all.sort_by_key(|session| Reverse((session.created_at, session.id)));
        Ok(all)
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        let first = self.first.revoke(account, which).await;
        let second = self.second.revoke(account, which).await;
        Ok(first? + second?)
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        let first = self.first.forget(seen, created).await;
        let second = self.second.forget(seen, created).await;
        Ok(first? + second?)
    }
}
