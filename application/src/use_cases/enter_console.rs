use super::{resume_session::ResumeSession, sessions::Resumed};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, PortResult},
};
use backstop_domain::{Door, SessionKind, SessionRules, Timestamp};
use std::sync::Arc;

/// Finds out who asks for a page of the console, and how far they get.
pub struct EnterConsole {
    sessions: ResumeSession,
    accounts: Arc<dyn AccountReader>,
    mandatory: bool,
    clock: Arc<dyn Clock>,
    rules: SessionRules,
}

#[derive(Clone, Debug)]
pub struct Entered {
    pub resumed: Resumed,
    pub door: Door,
    /// Since when the account has its authenticator, if it has one.
    pub authenticator_since: Option<Timestamp>,
    /// Whether they proved a short while ago who they are: by the second step, or by the password where they have none.
    pub has_proved: bool,
}

impl EnterConsole {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            sessions: ResumeSession::new(ports, settings),
            accounts: Arc::clone(&ports.accounts),
            mandatory: settings.second_step_mandatory,
            clock: Arc::clone(&ports.clock),
            rules: settings.sessions,
        }
    }

    /// `None` for whoever has no session of the console.
    pub async fn run(&self, token: &str) -> PortResult<Option<Entered>> {
        let Some(resumed) = self.sessions.run(token, SessionKind::Console).await? else { return Ok(None) };
        let factor = self.accounts.second_factor(resumed.account.id).await?;
        let authenticator_since = factor.authenticator.map(|stored| stored.confirmed_at);
        let door = Door::of(&resumed.session, authenticator_since.is_some(), self.mandatory);
        let has_proved = match (authenticator_since, resumed.session.second_step_at) {
            (None, _) => resumed.fresh,
            (Some(_), None) => false,
            (Some(_), Some(at)) => {
                let since = at.duration_until(self.clock.now());
                !since.is_negative() && since < self.rules.fresh
            }
        };
        Ok(Some(Entered { resumed, door, authenticator_since, has_proved }))
    }
}
