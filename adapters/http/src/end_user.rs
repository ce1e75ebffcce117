//! From where a page is asked for.

use crate::forwarded;
use core::net::IpAddr;
use ipnet::IpNet;
use poem::{Addr, FromRequest, Request, RequestBody, http::HeaderMap, web::RemoteAddr};

/// The proxies whose word about the end user's address is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses such as `192.0.2.1` and networks such as `10.0.0.0/8` or `2001:db8::/32`.
    ///
    /// The error says what is wrong with which one.
    pub fn parse(written: &[String]) -> Result<Self, String> {
        written.iter().map(|text| network(text.trim())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the other end of the connection is one of them.
    pub(crate) fn are_asked(&self, request: &Request) -> bool {
        peer(request).is_some_and(|peer| self.contains(peer.to_canonical()))
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    let network = single.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
        format!("{text:?} is neither an address such as 192.0.2.1 nor a network such as 10.0.0.0/8 or 2001:db8::/32")
    })?;
    if network.prefix_len() == 0 {
        return Err(format!("{text:?} would believe everybody; name the addresses of your proxies"));
    }
    Ok(network.trunc())
}

/// The address of the end user of a page, as far as it is known: the connection's other end or, when that is a trusted
/// proxy, the nearest address that the proxies name and that is not one of them.
///
/// What can't be read ends the search at the last trusted proxy. For calls of the API this is the application's own
/// address; its end users are known by `context.ip` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndUserAddress(pub Option<IpAddr>);

impl EndUserAddress {
    pub(crate) fn of(request: &Request, trusted: &TrustedProxies) -> Self {
        Self(peer(request).map(|peer| find(peer, request.headers(), trusted)))
    }
}

impl<'a> FromRequest<'a> for EndUserAddress {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        Ok(request.data().copied().unwrap_or(Self(None)))
    }
}

fn peer(request: &Request) -> Option<IpAddr> {
    let RemoteAddr(peer) = request.remote_addr();
    match peer {
        Addr::SocketAddr(peer) => Some(peer.ip()),
        _ => None,
    }
}

fn find(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut known = peer.to_canonical();
    if !trusted.contains(known) {
        return known;
    }
    for hop in forwarded::hops(headers) {
        let Some(hop) = hop else { break };
        known = hop.to_canonical();
        if !trusted.contains(known) {
            break;
        }
    }
    known
}

#[cfg(test)]
mod tests;
