//! What the use cases about sessions share.

use super::{deliveries::Deliveries, trail::Trail};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, PortResult, SessionStore, Storage, TokenMinter, WhichSessions},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditKind, BatchId, Duty, Origin, SecretText, Session, SessionKind,
    SessionRules, TokenDigest,
};
use std::sync::Arc;

/// A session with the token that only its person may know.
#[derive(Clone, Debug)]
pub struct Opened {
    pub token: SecretText,
    pub session: Session,
}

/// A session that stands, and whose it is.
#[derive(Clone, Debug)]
pub struct Resumed {
    pub session: Session,
    pub account: Account,
    /// Whether the person proved who they are a short while ago, as delicate acts ask for.
    pub fresh: bool,
    /// Whether it began a short while ago, however it did.
    pub recent: bool,
}

pub(crate) struct Sessions {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) tokens: Arc<dyn TokenMinter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rules: SessionRules,
    pub(crate) storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    pub(crate) trail: Trail,
}

impl Sessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            store: Arc::clone(&ports.sessions),
            tokens: Arc::clone(&ports.tokens),
            clock: Arc::clone(&ports.clock),
            rules: settings.sessions,
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            trail: Trail::new(ports),
        }
    }

    /// The session of this token with its account. One whose time is up, or whose account may not have it any more,
    /// ends here.
    pub(crate) async fn standing(&self, digest: &TokenDigest, kind: SessionKind) -> PortResult<Option<Resumed>> {
        let Some(session) = self.store.find(digest).await?.filter(|session| session.kind == kind) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let account = self.accounts.by_id(session.account).await?.filter(|account| session.is_open_to(account));
        match account {
            Some(account) if !session.is_over(&self.rules, now) && !self.is_signed_out(&session).await? => {
                let fresh = session.is_fresh(&self.rules, now);
                let recent = session.began_lately(&self.rules, now);
                Ok(Some(Resumed { session, account, fresh, recent }))
            }
            _ => {
                self.store.remove(digest).await?;
                Ok(None)
            }
        }
    }

    /// Whether the account was signed out everywhere since the session's person last proved who they are. Sessions that
    /// can't be reached are over by that: in the memory of another process, or in a store that is out.
    pub(crate) async fn is_signed_out(&self, session: &Session) -> PortResult<bool> {
        let password = self.accounts.password(session.account).await?;
        Ok(password.and_then(|password| password.signed_out_at).is_some_and(|at| session.fresh_at <= at))
    }

    /// Whether the account still owes new codes after a sign-in with one; never from a cache.
    pub(crate) async fn owes_codes(&self, account: &Account) -> PortResult<bool> {
        let state = self.accounts.state(&account.subject).await?;
        Ok(state.is_none_or(|state| state.open.contains(Duty::NewCodes)))
    }

    /// Ends sessions of an account, and tells how many. That is in the trail before: whatever becomes of the store in the
    /// middle, none ends without its entry. Where it `lasts`, sessions that nobody can reach now are over by that unit.
    pub(crate) async fn end(
        &self,
        account: AccountId,
        which: WhichSessions,
        by: (&Actor, &Origin),
        lasts: bool,
    ) -> PortResult<u64> {
        let listed = self.store.of_account(account).await.ok();
        let known = listed.map(|all| all.iter().filter(|session| which.include(session.id)).count());
        let known = known.map(|sessions| u64::try_from(sessions).unwrap_or(u64::MAX));
        let (actor, origin) = by;
        if lasts || known != Some(0) {
            retry_contention!(self.announce(account, &Ended { sessions: known, actor, origin }, lasts).await)?;
        }
        let ended = self.store.revoke(account, which).await?;
        if !lasts && known == Some(0) && ended > 0 {
            // Somebody signed in since.
            self.note_end(account, &Ended { sessions: Some(ended), actor, origin }, None).await?;
        }
        Ok(ended)
    }

    async fn announce(&self, account: AccountId, ended: &Ended<'_>, lasts: bool) -> PortResult<()> {
        let mut unit = self.storage.begin_locking(account).await?;
        if unit.accounts().get(account).await?.is_none() {
            return unit.rollback().await;
        }
        if lasts {
            unit.passwords().sign_out(account, self.clock.now()).await?;
        }
        unit.audit().append(self.entry(account, ended)).await?;
        unit.commit().await
    }

    fn entry(&self, account: AccountId, ended: &Ended<'_>) -> AuditEntry {
        let mut entry = self.trail.entry(AuditKind::SignedOut, ended.actor.clone(), ended.origin.clone());
        entry.account = Some(account);
        // The trail counts codes; how many sessions it was is part of the reason.
        entry.reason = Some(match ended.sessions {
            None => "sessions, of which not all can be reached".into(),
            Some(0) => "no session that is known".into(),
            Some(1) => "one session".into(),
            Some(many) => format!("{many} sessions").into(),
        });
        entry
    }

    /// Writes into the trail that sessions ended, unless their account is gone: nobody erased is named there.
    /// Where deliveries are given, that of the standing set ends in the same unit; it is told whose that was.
    pub(crate) async fn note_end(
        &self,
        account: AccountId,
        ended: &Ended<'_>,
        deliveries: Option<&Deliveries>,
    ) -> PortResult<Option<BatchId>> {
        retry_contention!(self.try_to_note_end(account, ended, deliveries).await)
    }

    async fn try_to_note_end(
        &self,
        account: AccountId,
        ended: &Ended<'_>,
        deliveries: Option<&Deliveries>,
    ) -> PortResult<Option<BatchId>> {
        let mut unit = self.storage.begin_locking(account).await?;
        if unit.accounts().get(account).await?.is_none() {
            unit.rollback().await?;
            return Ok(None);
        }
        let batch = match deliveries {
            Some(deliveries) => deliveries.end(&mut *unit, account).await?,
            None => None,
        };
        unit.audit().append(self.entry(account, ended)).await?;
        unit.commit().await?;
        Ok(batch)
    }
}

pub(crate) struct Ended<'a> {
    /// How many, where that is known.
    pub(crate) sessions: Option<u64>,
    pub(crate) actor: &'a Actor,
    pub(crate) origin: &'a Origin,
}
