use crate::{storage::rejected, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{ClientInserted, ClientStore, PortResult};
use backstop_domain::{Client, ClientKey};

pub(crate) struct MemoryClientStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl ClientStore for MemoryClientStore<'_> {
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted> {
        if self.0.clients().any(|c| c.name == client.name) {
            return Ok(ClientInserted::NameTaken);
        }
        if self.0.client(client.id).is_some() || self.0.key(key.id).is_some() {
            return Err(rejected("a client or key with this id exists"));
        }
        self.0.add_client(client.clone(), key.clone());
        Ok(ClientInserted::Done)
    }
}
