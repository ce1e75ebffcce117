use crate::{
    ports::Sight,
    use_cases::{Caller, Entered},
};
use backstop_domain::{Client, ClientKeyId, Door, RequestId, Role, Scope, Scopes};
use std::net::IpAddr;

/// Somebody who may change what belongs to others. Nobody who may only look is one, and nothing but this lets a use case
/// act for one.
#[derive(Clone, Debug)]
pub struct Administrator {
    caller: Caller,
    name: String,
    grants: Scopes,
    has_proved: bool,
    sight: Sight,
    /// The key that an application calls with.
    key: Option<ClientKeyId>,
}

impl Administrator {
    /// `None` for an auditor, and for whoever has not passed the second step that is asked of them.
    pub fn of_console(
        entered: &Entered,
        request: RequestId,
        ip: Option<IpAddr>,
        user_agent: Option<String>,
    ) -> Option<Self> {
        let account = &entered.resumed.account;
        let may_act = account.role == Role::Admin && matches!(entered.door, Door::Open | Door::Ajar);
        may_act.then(|| Self {
            caller: Caller::staff(account.id, request, ip, user_agent),
            name: account.email.as_ref().map_or(account.subject.as_str(), |email| email.as_str()).to_owned(),
            grants: Scope::ALL.iter().copied().collect(),
            has_proved: entered.has_proved,
            sight: Sight::Everything,
            key: None,
        })
    }

    /// An application with the scope `admin`, for which there are no accounts but those of users.
    pub fn of_client(client: &Client, request: RequestId) -> Option<Self> {
        client.scopes.contains(Scope::Admin).then(|| Self {
            caller: Caller::client(client.id, request),
            // Nobody takes it for the address of a person.
            name: format!("client {}", client.name),
            grants: client.scopes.clone(),
            // There is nobody who could be asked.
            has_proved: true,
            sight: Sight::ForClients,
            key: None,
        })
    }

    /// The application, which calls with this key: what lasts longer than the key is done only as long as it opens.
    #[must_use]
    pub const fn by_key(mut self, key: ClientKeyId) -> Self {
        self.key = Some(key);
        self
    }

    pub(crate) const fn key(&self) -> Option<ClientKeyId> {
        self.key
    }

    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What of lists is there for them.
    pub(crate) const fn sight(&self) -> Sight {
        self.sight
    }

    /// As what is saved says who saved it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Nobody gives away what they have not.
    pub(crate) fn may_grant(&self, scopes: &Scopes) -> bool {
        scopes.iter().all(|scope| self.grants.contains(scope))
    }

    /// Whether they proved a short while ago who they are, by the second step where they have one.
    pub(crate) const fn has_proved(&self) -> bool {
        self.has_proved
    }
}
