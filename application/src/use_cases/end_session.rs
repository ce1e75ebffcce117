use super::{
    deliveries::Deliveries,
    sessions::{Ended, Sessions},
};
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::{Actor, Origin};
use std::sync::Arc;

/// Signs a person out: the session ends here, whatever becomes of the cookie, and with it what could still be delivered.
pub struct EndSession {
    sessions: Sessions,
    deliveries: Arc<Deliveries>,
}

impl EndSession {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self { sessions: Sessions::new(ports, settings), deliveries }
    }

    /// Whether there was a session to end. Of several sign-outs at once one is in the trail.
    /// Where a store can't be reached, what could still be delivered ends all the same; that the session may not have
    /// ended everywhere is a fault.
    pub async fn run(&self, token: &str, origin: &Origin) -> PortResult<bool> {
        let digest = self.sessions.tokens.digest(token);
        let known = self.sessions.store.find(&digest).await?;
        let removed = self.sessions.store.remove(&digest).await;
        let ended = removed.as_ref().map_or(known, Clone::clone);
        if let Some(session) = ended {
            let ended = Ended { sessions: Some(1), actor: &Actor::Owner, origin };
            if let Some(batch) = self.sessions.note_end(session.account, &ended, Some(&self.deliveries)).await? {
                self.deliveries.forget(batch).await;
            }
        }
        removed.map(|session| session.is_some())
    }
}
