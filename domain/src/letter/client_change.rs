use crate::{Scopes, account::named};
use core::net::IpAddr;
use jiff::Timestamp;

named! {
    /// What became of an application that calls the API.
    ClientAct {
        Created = "created",
        KeyAdded = "key_added",
        KeyRevoked = "key_revoked",
        Revoked = "revoked",
    }
}

/// Something that every administrator should know of an application that calls the API. No key is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientChange {
    pub act: ClientAct,
    /// What the application is called.
    pub client: String,
    pub scopes: Scopes,
    /// Who did it: an administrator, or an application that administers. Without it, somebody at the command line.
    pub by: Option<String>,
    pub at: Timestamp,
    pub ip: Option<IpAddr>,
    /// When the keys before a new one end.
    pub others_end_at: Option<Timestamp>,
}
