use crate::ports::Sight;
use backstop_domain::{Account, Client, Role, Scope};

/// Somebody who may look through lists. There is none for anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer(Sight);

impl Viewer {
    /// Administrators and auditors see everything.
    pub fn of_staff(account: &Account) -> Option<Self> {
        matches!(account.role, Role::Admin | Role::Auditor).then_some(Self(Sight::Everything))
    }

    /// Applications need the scope, and see nothing of those who run the service.
    pub fn of_client(client: &Client) -> Option<Self> {
        client.scopes.contains(Scope::Admin).then_some(Self(Sight::ForClients))
    }

    pub(super) const fn sight(self) -> Sight {
        self.0
    }
}
