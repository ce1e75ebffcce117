use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{Client, ClientKey};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientInserted {
    Done,
    NameTaken,
}

#[async_trait]
pub trait ClientStore: Send {
    /// Stores a client with its first key. A second client of the same name is `NameTaken`; then nothing is stored and
    /// the unit stays usable.
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted>;
}
