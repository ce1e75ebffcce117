use super::{
    gate::networks_known_since,
    passwords,
    sessions::{Ended, Opened, Sessions},
};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Ids, PortError, PortResult, StoredPassword},
};
use backstop_domain::{
    AccountId, Actor, AuditKind, Network, Origin, SecretText, Session, SessionId, SessionKind, SignInMethod,
};
use std::sync::Arc;
use thiserror::Error;

/// As much of a browser's name as a list of sessions has use for.
const LONGEST_USER_AGENT: usize = 400;

/// Signs a person in who has proved who they are.
pub struct OpenSession {
    sessions: Sessions,
    accounts: Arc<dyn AccountReader>,
    ids: Arc<dyn Ids>,
}

#[derive(Clone, Debug)]
pub struct SignIn {
    pub account: AccountId,
    pub kind: SessionKind,
    pub method: SignInMethod,
    pub origin: Origin,
    /// The token that the browser sent with the sign-in, if it did. Its session ends: whoever knew that token before
    /// must not be signed in by what its person does now.
    pub previous: Option<SecretText>,
}

#[derive(Debug, Error)]
pub enum OpenSessionError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("this account may not have such a session")]
    NotAllowed,
    /// The password that was given is not the account's any more.
    #[error("the password was changed at the same time")]
    OtherPassword,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl OpenSession {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            sessions: Sessions::new(ports, settings),
            accounts: Arc::clone(&ports.accounts),
            ids: Arc::clone(&ports.ids),
        }
    }

    pub async fn run(&self, sign_in: &SignIn) -> Result<Opened, OpenSessionError> {
        self.run_for(sign_in, None).await
    }

    /// As `run`, for as long as the password that was given is the account's.
    pub(crate) async fn run_for(
        &self,
        sign_in: &SignIn,
        proved: Option<&StoredPassword>,
    ) -> Result<Opened, OpenSessionError> {
        let minted = self.sessions.tokens.mint()?;
        let id = SessionId::new(self.ids.next());
        // No session without its entry: the trail comes first.
        let session = retry_contention!(self.record(id, sign_in, proved).await)??;
        if let Some(previous) = &sign_in.previous {
            // A store that is out keeps nobody from signing in: that session is another one, and ends in its time.
            let _ = self.sessions.store.remove(&self.sessions.tokens.digest(previous.reveal())).await;
        }
        self.sessions.store.insert(&minted.digest, &session).await?;
        // Whoever changed the password after the entry was written may have ended the sessions before this one was kept.
        if let Some(proved) = proved {
            let now = self.accounts.password(sign_in.account).await?;
            if now.is_none_or(|now| now.verifier != proved.verifier) {
                self.sessions.store.remove(&minted.digest).await?;
                let ended = Ended { sessions: Some(1), actor: &Actor::Service, origin: &sign_in.origin };
                self.sessions.note_end(sign_in.account, &ended, None).await?;
                return Err(OpenSessionError::OtherPassword);
            }
        }
        Ok(Opened { token: minted.text, session })
    }

    async fn record(
        &self,
        id: SessionId,
        sign_in: &SignIn,
        proved: Option<&StoredPassword>,
    ) -> PortResult<Result<Session, OpenSessionError>> {
        let mut unit = self.sessions.storage.begin_locking(sign_in.account).await?;
        let Some(account) = unit.accounts().get(sign_in.account).await? else {
            unit.rollback().await?;
            return Ok(Err(OpenSessionError::UnknownAccount));
        };
        let now = self.sessions.clock.now();
        let begun = Session::begin(id, &account, sign_in.kind, sign_in.method, &self.sessions.rules, now);
        let Some(mut session) = begun else {
            unit.rollback().await?;
            return Ok(Err(OpenSessionError::NotAllowed));
        };
        if let Some(proved) = proved
            && !passwords::stands(&mut *unit, account.id, proved).await?
        {
            unit.rollback().await?;
            return Ok(Err(OpenSessionError::OtherPassword));
        }
        session.ip = sign_in.origin.ip;
        session.user_agent =
            sign_in.origin.user_agent.as_ref().map(|text| text.chars().take(LONGEST_USER_AGENT).collect());
        let mut entry = self.sessions.trail.entry(AuditKind::SignedIn, Actor::Owner, sign_in.origin.clone());
        entry.account = Some(account.id);
        entry.reason = Some(sign_in.method.as_str().into());
        unit.audit().append(entry).await?;
        // From there its owner is not kept out by those who guess elsewhere.
        if let Some(network) = sign_in.origin.ip.map(Network::of) {
            unit.limits().note_network(account.id, network, now, networks_known_since(now)).await?;
        }
        unit.commit().await?;
        Ok(Ok(session))
    }
}
