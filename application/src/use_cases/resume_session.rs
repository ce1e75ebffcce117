use super::sessions::{Resumed, Sessions};
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::SessionKind;

/// Finds out who asks for a page.
pub struct ResumeSession {
    sessions: Sessions,
}

impl ResumeSession {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    /// `None` for an unknown token, a session of the other kind, one whose time is up and one whose account is gone or
    /// may not have it any more.
    pub async fn run(&self, token: &str, kind: SessionKind) -> PortResult<Option<Resumed>> {
        let digest = self.sessions.tokens.digest(token);
        let Some(mut resumed) = self.sessions.standing(&digest, kind).await? else {
            return Ok(None);
        };
        let now = self.sessions.clock.now();
        if resumed.session.is_to_be_noted(now) {
            self.sessions.store.touch(&digest, now).await?;
            resumed.session.seen_at = now;
        }
        Ok(Some(resumed))
    }
}
