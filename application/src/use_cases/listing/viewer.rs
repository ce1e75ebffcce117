use crate::ports::Sight;
use backstop_domain::{Account, Client, Door, Role, Scope};

/// Somebody who may look through lists. There is none for anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer(Sight);

impl Viewer {
    /// Administrators and auditors see everything, once they got in.
    pub fn of_staff(account: &Account, door: Door) -> Option<Self> {
        let is_staff = matches!(account.role, Role::Admin | Role::Auditor);
        (is_staff && door.lets_in()).then_some(Self(Sight::Everything))
    }

    /// Applications need the scope, and see nothing of those who run the service.
    pub fn of_client(client: &Client) -> Option<Self> {
        client.scopes.contains(Scope::Admin).then_some(Self(Sight::ForClients))
    }

    pub(crate) const fn sight(self) -> Sight {
        self.0
    }
}
