use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{Client, ClientId, ClientKey, ClientKeyId, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientInserted {
    Done,
    NameTaken,
}

/// Which keys are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichKeys {
    One(ClientKeyId),
    OfClient(ClientId),
    /// All of the client that has this one, but this one.
    BesidesOne(ClientKeyId),
}

#[async_trait]
pub trait ClientStore: Send {
    /// Stores a client with its first key. A second client of the same name is `NameTaken`; then nothing is stored and
    /// the unit stays usable.
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted>;

    /// Stores another key of a client, and tells whose it is; its other keys stay as they are. `None` when there is no such
    /// client, or no key of it opens anything when this one is made: it was revoked. Then nothing is stored and the unit
    /// stays usable.
    /// Of this and `revoke`, for one client, a second unit waits until the first has ended.
    async fn add_key(&mut self, key: &ClientKey) -> PortResult<Option<Client>>;

    /// Whether the key opens something at that time. Then it does until the unit has ended: whoever revokes it waits.
    async fn hold_key(&mut self, key: ClientKeyId, at: Timestamp) -> PortResult<bool>;

    /// Ends keys at that time, and tells whose they are and how many end by this. One that ends no later already stays as it
    /// is. `None` when there is no such client or key.
    async fn revoke(&mut self, which: WhichKeys, at: Timestamp) -> PortResult<Option<(Client, u32)>>;
}
