use crate::ports::Side;
use backstop_domain::{AccountId, Actor, ClientId, Network, Origin, RequestId, Role};
use std::net::{IpAddr, Ipv4Addr};

/// Who asks, and the request they ask with.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Who,
    request: RequestId,
}

#[derive(Clone, Debug)]
enum Who {
    /// An application, for its users.
    Client(ClientId),
    /// The person themselves, on our own pages.
    Owner { ip: Option<IpAddr>, user_agent: Option<String> },
    /// An administrator in the console.
    Staff { account: AccountId, ip: Option<IpAddr>, user_agent: Option<String> },
}

impl Caller {
    pub const fn client(client: ClientId, request: RequestId) -> Self {
        Self { who: Who::Client(client), request }
    }

    pub const fn owner(request: RequestId, ip: Option<IpAddr>, user_agent: Option<String>) -> Self {
        Self { who: Who::Owner { ip, user_agent }, request }
    }

    /// Whoever makes one must have seen that it is an administrator, as `Administrator` has.
    pub(crate) const fn staff(
        account: AccountId,
        request: RequestId,
        ip: Option<IpAddr>,
        user_agent: Option<String>,
    ) -> Self {
        Self { who: Who::Staff { account, ip, user_agent }, request }
    }

    pub const fn request(&self) -> RequestId {
        self.request
    }

    pub const fn actor(&self) -> Actor {
        match self.who {
            Who::Client(client) => Actor::Client(client),
            Who::Owner { .. } => Actor::Owner,
            Who::Staff { account, .. } => Actor::Staff(account),
        }
    }

    /// Whether it is their own account that an administrator acts on.
    pub(crate) fn is(&self, account: AccountId) -> bool {
        matches!(self.who, Who::Staff { account: own, .. } if own == account)
    }

    /// The administrator of the console, if it is one.
    pub(crate) const fn administrator(&self) -> Option<AccountId> {
        match self.who {
            Who::Staff { account, .. } => Some(account),
            Who::Client(_) | Who::Owner { .. } => None,
        }
    }

    /// Whether there are accounts of this role for the caller: those who run the service are there for each other alone.
    pub(crate) fn reaches(&self, role: Role) -> bool {
        match self.who {
            Who::Client(_) | Who::Owner { .. } => role == Role::User,
            Who::Staff { .. } => true,
        }
    }

    /// Where an act came from: an owner's own connection. Of an application only the request is known, whose end user,
    /// where there is one, is told beside it.
    pub fn origin(&self) -> Origin {
        let (ip, user_agent) = match &self.who {
            Who::Client(_) => (None, None),
            Who::Owner { ip, user_agent } | Who::Staff { ip, user_agent, .. } => (*ip, user_agent.clone()),
        };
        Origin { ip, user_agent, request: Some(self.request) }
    }

    /// The person on our own pages as an end user.
    pub fn as_end_user(&self) -> EndUser {
        let Origin { ip, user_agent, .. } = self.origin();
        EndUser { ip, user_agent, first_factor: false }
    }

    /// By whose name requests are told apart that come again.
    pub(crate) fn name(&self) -> String {
        match &self.who {
            Who::Client(client) => client.to_string(),
            Who::Owner { .. } => "owner".to_owned(),
            Who::Staff { account, .. } => format!("staff {account}"),
        }
    }

    /// From where an attempt counts as coming. A person on our pages is always counted by their network; those of whom
    /// nobody knows where they are share one, so that not knowing is no way around the ceiling.
    pub(crate) fn side(&self, end_user: &EndUser) -> Side {
        match (&self.who, end_user.network()) {
            (_, Some(network)) => Side::Network(network),
            (Who::Client(client), None) => Side::Client(*client),
            (Who::Owner { .. } | Who::Staff { .. }, None) => Side::Network(Network::of(Ipv4Addr::UNSPECIFIED.into())),
        }
    }
}

/// The end user's side, as far as the calling application tells it.
#[derive(Clone, Debug, Default)]
pub struct EndUser {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// The application has checked another factor of its user in the same sign-in.
    pub first_factor: bool,
}

impl EndUser {
    pub fn network(&self) -> Option<Network> {
        self.ip.map(Network::of)
    }

    pub fn origin(&self, caller: &Caller) -> Origin {
        Origin { ip: self.ip, user_agent: self.user_agent.clone(), request: Some(caller.request) }
    }
}
