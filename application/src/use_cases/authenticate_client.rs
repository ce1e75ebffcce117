use crate::{
    Ports,
    ports::{ClientReader, Clock, KeyMinter, PortResult},
};
use backstop_domain::{Client, KeyText};
use std::sync::Arc;

/// Finds out which application calls.
pub struct AuthenticateClient {
    clients: Arc<dyn ClientReader>,
    minter: Arc<dyn KeyMinter>,
    clock: Arc<dyn Clock>,
}

impl AuthenticateClient {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { clients: Arc::clone(&ports.clients), minter: Arc::clone(&ports.minter), clock: Arc::clone(&ports.clock) }
    }

    /// `None` for what is no key, an unknown key, a wrong secret and a revoked key alike.
    pub async fn run(&self, bearer: &str) -> PortResult<Option<Client>> {
        let Ok(presented) = KeyText::parse(bearer) else {
            return Ok(None);
        };
        let Some(known) = self.clients.by_key(presented.id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let revoked = known.key.revoked_at.is_some_and(|at| at <= now);
        if !self.minter.matches(&presented, &known.key.digest) || revoked {
            return Ok(None);
        }
        // When a key was last used is worth knowing, and not worth refusing its holder for.
        let _ = self.clients.touch(presented.id, now).await;
        Ok(Some(known.client))
    }
}
