use backstop_domain::{Actor, ClientId, Network, Origin, RequestId};
use std::net::IpAddr;

/// The application that asks, and the request it asks with.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub client: ClientId,
    pub request: RequestId,
}

impl Caller {
    pub fn actor(&self) -> Actor {
        Actor::Client(self.client)
    }

    /// Where an act came from that concerns no end user's connection.
    pub fn origin(&self) -> Origin {
        Origin { request: Some(self.request), ..Origin::default() }
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
