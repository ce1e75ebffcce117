use crate::{storage::rejected, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{ClientInserted, ClientStore, PortResult, WhichKeys};
use backstop_domain::{Client, ClientKey, ClientKeyId, Timestamp};

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

    async fn add_key(&mut self, key: &ClientKey) -> PortResult<Option<Client>> {
        let Some(client) = self.0.client(key.client).cloned() else { return Ok(None) };
        let stands = |known: &ClientKey| known.revoked_at.is_none_or(|end| end > key.created_at);
        if !self.0.keys().any(|known| known.client == client.id && stands(known)) {
            return Ok(None);
        }
        if self.0.key(key.id).is_some() {
            return Err(rejected("a key with this id exists"));
        }
        self.0.add_client(client.clone(), key.clone());
        Ok(Some(client))
    }

    async fn hold_key(&mut self, key: ClientKeyId, at: Timestamp) -> PortResult<bool> {
        Ok(self.0.key(key).is_some_and(|key| key.revoked_at.is_none_or(|end| end > at)))
    }

    async fn revoke(&mut self, which: WhichKeys, at: Timestamp) -> PortResult<Option<(Client, u32)>> {
        let id = match which {
            WhichKeys::One(key) | WhichKeys::BesidesOne(key) => self.0.key(key).map(|key| key.client),
            WhichKeys::OfClient(client) => Some(client),
        };
        let Some(client) = id.and_then(|id| self.0.client(id)).cloned() else { return Ok(None) };
        let meant = |key: &ClientKey| match which {
            WhichKeys::One(id) => key.id == id,
            WhichKeys::OfClient(id) => key.client == id,
            WhichKeys::BesidesOne(id) => key.client == client.id && key.id != id,
        };
        let lasting = |key: &ClientKey| key.revoked_at.is_none_or(|end| end > at);
        let ending: Vec<ClientKey> = self.0.keys().filter(|key| meant(key) && lasting(key)).cloned().collect();
        let number = u32::try_from(ending.len()).unwrap_or(u32::MAX);
        for key in ending {
            self.0.add_client(client.clone(), ClientKey { revoked_at: Some(at), ..key });
        }
        Ok(Some((client, number)))
    }
}
