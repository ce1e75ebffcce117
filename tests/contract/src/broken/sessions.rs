use super::defects;
use crate::{SessionHarness, Sessions};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Rotated, SessionStore, WhichSessions};
use backstop_domain::{AccountId, Session, Timestamp, TokenDigest};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::task::yield_now;

defects! {
    /// What is wrong with a store of sessions.
    SessionDefect {
        ForgetsConfinement,
        ForgetsTheSecondStep,
        FindsByHalfADigest,
        UseGoesBack,
        UseBringsBack,
        KeepsTheOldToken,
        RotatesTheDigestOnly,
        RotationBringsBack,
        FindsThenRotates,
        FindsThenRemoves,
        OldestSessionsFirst,
        ListsEverybody,
        RevokesForAnybody,
        AllButOneIsAll,
        CountsNothingRevoked,
        ForgetsTheIdleOnly,
        ForgetsABitEarly,
    }
}

/// Sessions after the contract, with one defect.
pub struct BrokenSessions(pub SessionDefect);

struct Keeping {
    defect: SessionDefect,
    all: Mutex<HashMap<[u8; 32], Session>>,
    /// Sessions that were noted once, which a defect brings back.
    known: Mutex<HashMap<[u8; 32], Session>>,
}

#[async_trait]
impl SessionHarness for BrokenSessions {
    async fn fresh(&self) -> Sessions {
        let keeping = Keeping { defect: self.0, all: Mutex::default(), known: Mutex::default() };
        Sessions { store: Arc::new(keeping), keep: Arc::new(()) }
    }
}

impl Keeping {
    fn has(&self, defect: SessionDefect) -> bool {
        self.defect == defect
    }

    fn key(&self, digest: &TokenDigest) -> [u8; 32] {
        let mut key = *digest.bytes();
        if self.has(SessionDefect::FindsByHalfADigest) {
            key[16..].fill(0);
        }
        key
    }

    fn drop_where(&self, goes: impl Fn(&Session) -> bool) -> u64 {
        let mut all = self.all.lock().unwrap();
        let before = all.len();
        all.retain(|_, session| !goes(session));
        u64::try_from(before - all.len()).unwrap()
    }
}

#[async_trait]
impl SessionStore for Keeping {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        let mut session = session.clone();
        session.confined &= !self.has(SessionDefect::ForgetsConfinement);
        session.second_step_at.take_if(|_| self.has(SessionDefect::ForgetsTheSecondStep));
        self.known.lock().unwrap().insert(self.key(digest), session.clone());
        self.all.lock().unwrap().insert(self.key(digest), session);
        Ok(())
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        Ok(self.all.lock().unwrap().get(&self.key(digest)).cloned())
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        let (mut all, key) = (self.all.lock().unwrap(), self.key(digest));
        if self.has(SessionDefect::UseBringsBack)
            && let Some(known) = self.known.lock().unwrap().get(&key)
        {
            all.entry(key).or_insert_with(|| known.clone());
        }
        if let Some(session) = all.get_mut(&key) {
            session.seen_at = if self.has(SessionDefect::UseGoesBack) { at } else { at.max(session.seen_at) };
        }
        Ok(())
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        let (old, new) = (self.key(old), self.key(new));
        if self.has(SessionDefect::FindsThenRotates) {
            let found = self.all.lock().unwrap().contains_key(&old);
            yield_now().await;
            let mut all = self.all.lock().unwrap();
            all.remove(&old);
            if found {
                all.insert(new, session.clone());
            }
            return Ok(if found { Rotated::Done } else { Rotated::Missing });
        }
        let mut all = self.all.lock().unwrap();
        let Some(before) = all.get(&old).cloned() else {
            if self.has(SessionDefect::RotationBringsBack) {
                all.insert(new, session.clone());
            }
            return Ok(Rotated::Missing);
        };
        if !self.has(SessionDefect::KeepsTheOldToken) {
            all.remove(&old);
        }
        all.insert(new, if self.has(SessionDefect::RotatesTheDigestOnly) { before } else { session.clone() });
        Ok(Rotated::Done)
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        let key = self.key(digest);
        if self.has(SessionDefect::FindsThenRemoves) {
            let found = self.all.lock().unwrap().get(&key).cloned();
            yield_now().await;
            self.all.lock().unwrap().remove(&key);
            return Ok(found);
        }
        Ok(self.all.lock().unwrap().remove(&key))
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let all = self.all.lock().unwrap();
        let everybody = self.has(SessionDefect::ListsEverybody);
        let mut found: Vec<Session> = all.values().filter(|s| everybody || s.account == account).cloned().collect();
        found.sort_by_key(|session| (session.created_at, session.id));
        if !self.has(SessionDefect::OldestSessionsFirst) {
            found.reverse();
        }
        Ok(found)
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        let which = match which {
            WhichSessions::AllBut(_) if self.has(SessionDefect::AllButOneIsAll) => WhichSessions::All,
            which => which,
        };
        let anybody = self.has(SessionDefect::RevokesForAnybody);
        let revoked = self.drop_where(|s| (anybody || s.account == account) && which.include(s.id));
        Ok(if self.has(SessionDefect::CountsNothingRevoked) { 0 } else { revoked })
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        let seen = match self.defect {
            SessionDefect::ForgetsABitEarly => seen + jiff::SignedDuration::from_secs(1),
            _ => seen,
        };
        let old_too = !self.has(SessionDefect::ForgetsTheIdleOnly);
        Ok(self.drop_where(|s| s.seen_at <= seen || (old_too && s.created_at <= created)))
    }
}
