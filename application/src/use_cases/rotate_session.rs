use super::sessions::{Opened, Sessions};
use crate::{
    Ports, Settings,
    ports::{PortResult, Rotated},
};
use backstop_domain::{SessionChange, SessionKind};

/// Gives a session its next token, because it may do more from now on. The old token opens nothing any more.
pub struct RotateSession {
    sessions: Sessions,
}

impl RotateSession {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    /// `None` when there is no such session, another request has rotated or ended it meanwhile, or it is to be released
    /// and new codes are still owed.
    pub async fn run(&self, token: &str, kind: SessionKind, change: SessionChange) -> PortResult<Option<Opened>> {
        let Sessions { store, tokens, clock, .. } = &self.sessions;
        let old = tokens.digest(token);
        let Some(standing) = self.sessions.standing(&old, kind).await? else {
            return Ok(None);
        };
        if change == SessionChange::Released && self.sessions.owes_codes(&standing.account).await? {
            return Ok(None);
        }
        let session = standing.session.rotated(change, clock.now());
        let minted = tokens.mint()?;
        Ok(match store.rotate(&old, &minted.digest, &session).await? {
            Rotated::Done => Some(Opened { token: minted.text, session }),
            Rotated::Missing => None,
        })
    }
}
