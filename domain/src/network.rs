//! The end user's network, which attempts are counted by.

use crate::account::BadValue;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// The part of an address that one guesser can be expected to hold: IPv4 /24, IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
}

impl Network {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self::V6([a, b, c, d])
            }
        }
    }

    /// The wider network that ceilings over all identifiers use: IPv6 by /48.
    #[must_use]
    pub const fn widened(self) -> Self {
        match self {
            Self::V4(_) => self,
            Self::V6([a, b, c, _]) => Self::V6([a, b, c, 0]),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(f, "{}/24", Ipv4Addr::new(*a, *b, *c, 0)),
            Self::V6(high) => {
                let mut segments = [0; 8];
                segments[..4].copy_from_slice(high);
                write!(f, "{}/64", Ipv6Addr::from(segments))
            }
        }
    }
}

impl FromStr for Network {
    type Err = BadValue;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.split_once('/').and_then(|(address, _)| address.parse().ok());
        let network = address.map(Self::of).filter(|network| network.to_string() == text);
        network.ok_or(BadValue("not a network"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        Network::of(text.parse().unwrap()).to_string()
    }

    #[test]
    fn addresses_fall_into_networks() {
        assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        for text in ["192.0.2.0/24", "2001:db8:1:2::/64"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        for bad in ["192.0.2.1/24", "192.0.2.0/25", "192.0.2.0", "", "x/24"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        let wide = Network::of("2001:db8:1:2::9".parse().unwrap()).widened();
        assert_eq!(wide, Network::of("2001:db8:1::1".parse().unwrap()));
    }
}
