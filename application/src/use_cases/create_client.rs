use super::trail::Trail;
use crate::{
    Ports,
    ports::{ClientInserted, Clock, Ids, KeyMinter, PortError, PortResult, Storage},
};
use backstop_domain::{Actor, AuditKind, Client, ClientId, ClientKey, ClientKeyId, Origin, Scopes, SecretText};
use std::sync::Arc;
use thiserror::Error;

/// Lets an application call the API. Its key is shown once.
pub struct CreateClient {
    storage: Arc<dyn Storage>,
    minter: Arc<dyn KeyMinter>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct CreatedClient {
    pub client: Client,
    pub key: SecretText,
}

#[derive(Debug, Error)]
pub enum CreateClientError {
    #[error("a client's name has 1 to 100 characters and no control characters")]
    Name,
    #[error("a client needs at least one scope")]
    NoScope,
    #[error("there is a client of this name; take another name")]
    NameTaken,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl CreateClient {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            minter: Arc::clone(&ports.minter),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, name: &str, scopes: Scopes, actor: Actor) -> Result<CreatedClient, CreateClientError> {
        self.run_from(name, scopes, actor, &Origin::default()).await
    }

    pub(crate) async fn run_from(
        &self,
        name: &str,
        scopes: Scopes,
        actor: Actor,
        origin: &Origin,
    ) -> Result<CreatedClient, CreateClientError> {
        let sound = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !sound {
            return Err(CreateClientError::Name);
        }
        if scopes.is_empty() {
            return Err(CreateClientError::NoScope);
        }
        let created_at = self.clock.now();
        let client = Client { id: ClientId::new(self.ids.next()), name: name.to_owned(), scopes, created_at };
        let minted = self.minter.mint(ClientKeyId::new(self.ids.next()))?;
        let key = ClientKey {
            id: minted.text.id,
            client: client.id,
            digest: minted.digest,
            created_at,
            revoked_at: None,
            last_used_at: None,
        };
        match retry_contention!(self.store(&client, &key, &actor, origin).await)? {
            ClientInserted::Done => Ok(CreatedClient { client, key: minted.text.reveal() }),
            ClientInserted::NameTaken => Err(CreateClientError::NameTaken),
        }
    }

    async fn store(
        &self,
        client: &Client,
        key: &ClientKey,
        actor: &Actor,
        origin: &Origin,
    ) -> PortResult<ClientInserted> {
        let mut unit = self.storage.begin().await?;
        let inserted = unit.clients().insert(client, key).await?;
        if inserted == ClientInserted::NameTaken {
            unit.rollback().await?;
            return Ok(inserted);
        }
        let mut entry = self.trail.entry(AuditKind::ClientCreated, actor.clone(), origin.clone());
        entry.reason = Some(client.name.clone().into());
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(inserted)
    }
}
