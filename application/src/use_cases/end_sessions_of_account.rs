use super::sessions::Sessions;
use crate::{
    Ports, Settings,
    ports::{PortResult, WhichSessions},
};
use backstop_domain::{AccountId, Actor, Origin};

/// Signs an account out elsewhere: in one place, everywhere but here, or everywhere.
pub struct EndSessionsOfAccount {
    sessions: Sessions,
}

impl EndSessionsOfAccount {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    /// How many sessions ended. None of another account ever does.
    pub async fn run(
        &self,
        account: AccountId,
        which: WhichSessions,
        actor: &Actor,
        origin: &Origin,
    ) -> PortResult<u64> {
        self.sessions.end(account, which, (actor, origin), false).await
    }
}
