use super::sessions::Sessions;
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::Timestamp;
use jiff::SignedDuration;

/// Clears away sessions whose time is up. They opened nothing before either.
pub struct ForgetSessions {
    sessions: Sessions,
}

impl ForgetSessions {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { sessions: Sessions::new(ports, settings) }
    }

    pub async fn run(&self) -> PortResult<u64> {
        let (now, rules) = (self.sessions.clock.now(), &self.sessions.rules);
        let ago = |span: SignedDuration| now.checked_sub(span).unwrap_or(Timestamp::MIN);
        self.sessions.store.forget(ago(rules.idle), ago(rules.absolute)).await
    }
}
