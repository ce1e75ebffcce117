use super::{
    Administrator,
    administer::is_still_good,
    mail_to_administrators::{DoneBy, MailToAdministrators, Told},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{ClientInserted, Clock, Ids, KeyMinter, PortError, PortResult, Storage},
};
use backstop_domain::{
    Actor, AuditKind, Client, ClientId, ClientKey, ClientKeyId, Origin, Scopes, SecretText, letter::ClientAct,
};
use std::sync::Arc;
use thiserror::Error;

/// Lets an application call the API. Its key is shown once, and every administrator is told.
pub struct CreateClient {
    storage: Arc<dyn Storage>,
    minter: Arc<dyn KeyMinter>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    mail: MailToAdministrators,
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
    #[error("the key that asks for it was revoked meanwhile")]
    Revoked,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl CreateClient {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            minter: Arc::clone(&ports.minter),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            mail: MailToAdministrators::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, name: &str, scopes: Scopes, actor: Actor) -> Result<CreatedClient, CreateClientError> {
        self.create(name, scopes, (&actor, &Origin::default()), &DoneBy::command_line(), None).await
    }

    pub(crate) async fn run_as(
        &self,
        name: &str,
        scopes: Scopes,
        by: &Administrator,
    ) -> Result<CreatedClient, CreateClientError> {
        let caller = by.caller();
        self.create(name, scopes, (&caller.actor(), &caller.origin()), &by.into(), Some(by)).await
    }

    async fn create(
        &self,
        name: &str,
        scopes: Scopes,
        from: (&Actor, &Origin),
        by: &DoneBy<'_>,
        asks: Option<&Administrator>,
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
        let told = self.mail.find().await?;
        match retry_contention!(self.store(&client, &key, from, (&told, by), asks).await)? {
            None => Err(CreateClientError::Revoked),
            Some(ClientInserted::Done) => Ok(CreatedClient { client, key: minted.text.reveal() }),
            Some(ClientInserted::NameTaken) => Err(CreateClientError::NameTaken),
        }
    }

    async fn store(
        &self,
        client: &Client,
        key: &ClientKey,
        (actor, origin): (&Actor, &Origin),
        (told, by): (&Told, &DoneBy<'_>),
        asks: Option<&Administrator>,
    ) -> PortResult<Option<ClientInserted>> {
        let mut unit = self.storage.begin().await?;
        if let Some(asks) = asks
            && !is_still_good(&mut *unit, asks, self.clock.now()).await?
        {
            unit.rollback().await?;
            return Ok(None);
        }
        let inserted = unit.clients().insert(client, key).await?;
        if inserted == ClientInserted::NameTaken {
            unit.rollback().await?;
            return Ok(Some(inserted));
        }
        let mut entry = self.trail.entry(AuditKind::ClientCreated, actor.clone(), origin.clone());
        entry.reason = Some(client.name.clone().into());
        unit.audit().append(entry).await?;
        self.mail.client_changed(&mut *unit, told, (ClientAct::Created, client), by, None).await?;
        unit.commit().await?;
        Ok(Some(inserted))
    }
}
