use super::Viewer;
use crate::{
    Ports, Settings,
    lists::Whose,
    ports::{AccountReader, Clock, PortResult, SessionStore, Sight},
};
use backstop_domain::{Account, Role, Session, SessionRules};
use std::sync::Arc;

/// Shows where somebody is signed in. Sessions are looked for by their account in every store: one that keeps them in
/// Redis can't be searched otherwise, and a list that is whole in some stores only would tell less than it seems to.
pub struct ListSessionsOf {
    accounts: Arc<dyn AccountReader>,
    sessions: Arc<dyn SessionStore>,
    rules: SessionRules,
    clock: Arc<dyn Clock>,
}

impl ListSessionsOf {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        let (accounts, sessions) = (Arc::clone(&ports.accounts), Arc::clone(&ports.sessions));
        Self { accounts, sessions, rules: settings.sessions, clock: Arc::clone(&ports.clock) }
    }

    /// The account with those sessions whose time is not up, the newest first; `None` when there is no such account, or
    /// the viewer may not see it.
    pub async fn run(&self, viewer: Viewer, whose: &Whose) -> PortResult<Option<(Account, Vec<Session>)>> {
        let account = match whose {
            Whose::Account(id) => self.accounts.by_id(*id).await?,
            Whose::Subject(subject) => self.accounts.by_subject(subject).await?,
        };
        let sees = |account: &Account| viewer.sight() == Sight::Everything || account.role == Role::User;
        let Some(account) = account.filter(sees) else { return Ok(None) };
        let now = self.clock.now();
        let mut sessions = self.sessions.of_account(account.id).await?;
        sessions.retain(|session| !session.is_over(&self.rules, now));
        Ok(Some((account, sessions)))
    }

    /// By what sessions end.
    pub const fn rules(&self) -> &SessionRules {
        &self.rules
    }
}
