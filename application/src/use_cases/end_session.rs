use super::sessions::{Ended, Sessions};
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::{Actor, Origin};

/// Signs a person out: the session ends here, whatever becomes of the cookie.
pub struct EndSession {
    sessions: Sessions,
}

impl EndSession {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    /// Whether there was a session to end. Of several sign-outs at once one is in the trail.
    pub async fn run(&self, token: &str, origin: &Origin) -> PortResult<bool> {
        let Some(session) = self.sessions.store.remove(&self.sessions.tokens.digest(token)).await? else {
            return Ok(false);
        };
        let ended = Ended { sessions: 1, actor: &Actor::Owner, origin };
        self.sessions.note_end(session.account, &ended).await?;
        Ok(true)
    }
}
