use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{Clock, Ids, KeyMinter, PortError, PortResult, Storage, UnitOfWork, WhichKeys},
    use_cases::{
        CreateClient, CreateClientError, CreatedClient, mail_to_administrators::MailToAdministrators, trail::Trail,
    },
};
use backstop_domain::{
    AuditKind, Client, ClientId, ClientKey, ClientKeyId, Scopes, SecretText, Timestamp, letter::ClientAct,
};
use jiff::SignedDuration;
use std::sync::Arc;
use thiserror::Error;

/// Lets applications call the API, gives them other keys, and keeps them out again. Every administrator is told.
pub struct ManageClients {
    create: CreateClient,
    storage: Arc<dyn Storage>,
    minter: Arc<dyn KeyMinter>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    mail: MailToAdministrators,
    trail: Trail,
}

/// A key that is shown once.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub client: Client,
    pub id: ClientKeyId,
    pub key: SecretText,
    /// When the keys before it end, if this ends any.
    pub others_end_at: Option<Timestamp>,
}

#[derive(Debug, Error)]
pub enum ClientError {
    #[error("there is no such client or key, or it was revoked")]
    NotFound,
    #[error("this takes a sign-in of a short while ago")]
    NotProved,
    #[error("the key that asks for it was revoked meanwhile")]
    Revoked,
    #[error("nobody grants a scope that they do not have")]
    Scope,
    #[error("the keys before it may go on for 7 days at most")]
    TooLong,
    #[error(transparent)]
    Create(#[from] CreateClientError),
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl ManageClients {
    /// For how long the keys before a new one may go on.
    pub const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            create: CreateClient::new(ports, settings),
            storage: Arc::clone(&ports.storage),
            minter: Arc::clone(&ports.minter),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            mail: MailToAdministrators::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn create(&self, name: &str, scopes: Scopes, by: &Administrator) -> Result<CreatedClient, ClientError> {
        may_give(by, &scopes)?;
        match self.create.run_as(name, scopes, by).await {
            Err(CreateClientError::Revoked) => Err(ClientError::Revoked),
            created => Ok(created?),
        }
    }

    /// Another key; those before it end after the overlap, so that the application has time to take the new one.
    pub async fn rotate(
        &self,
        client: ClientId,
        overlap: SignedDuration,
        by: &Administrator,
    ) -> Result<NewKey, ClientError> {
        if overlap.is_negative() || overlap > Self::LONGEST_OVERLAP {
            return Err(ClientError::TooLong);
        }
        let minted = self.minter.mint(ClientKeyId::new(self.ids.next()))?;
        let now = self.clock.now();
        let key = ClientKey {
            id: minted.text.id,
            client,
            digest: minted.digest,
            created_at: now,
            revoked_at: None,
            last_used_at: None,
        };
        let others_end_at = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
        let client = retry_contention!(self.replace(&key, others_end_at, by).await)??;
        Ok(NewKey { client, id: key.id, key: minted.text.reveal(), others_end_at: Some(others_end_at) })
    }

    async fn replace(
        &self,
        key: &ClientKey,
        others_end_at: Timestamp,
        by: &Administrator,
    ) -> PortResult<Result<Client, ClientError>> {
        let told = self.mail.find().await?;
        let mut unit = self.storage.begin().await?;
        if !is_still_good(&mut *unit, by, self.clock.now()).await? {
            unit.rollback().await?;
            return Ok(Err(ClientError::Revoked));
        }
        let Some(client) = unit.clients().add_key(key).await? else {
            unit.rollback().await?;
            return Ok(Err(ClientError::NotFound));
        };
        // Whoever gets the key of a client gets what it may do.
        if let Err(refused) = may_give(by, &client.scopes) {
            unit.rollback().await?;
            return Ok(Err(refused));
        }
        unit.clients().revoke(WhichKeys::BesidesOne(key.id), others_end_at).await?;
        let mut entry = self.trail.entry(AuditKind::ClientKeyAdded, by.caller().actor(), by.caller().origin());
        entry.reason = Some(format!("{}: key {}", client.name, key.id).into());
        unit.audit().append(entry).await?;
        let added = (ClientAct::KeyAdded, &client);
        self.mail.client_changed(&mut *unit, &told, added, &by.into(), Some(others_end_at)).await?;
        unit.commit().await?;
        Ok(Ok(client))
    }

    /// Ends a key, or all of a client, now: within seconds it opens nothing on any server. How many ended by this.
    pub async fn revoke(&self, which: WhichKeys, by: &Administrator) -> Result<u32, ClientError> {
        retry_contention!(self.try_to_revoke(which, by).await)?.ok_or(ClientError::NotFound)
    }

    async fn try_to_revoke(&self, which: WhichKeys, by: &Administrator) -> PortResult<Option<u32>> {
        let told = self.mail.find().await?;
        let mut unit = self.storage.begin().await?;
        let Some((client, ended)) = unit.clients().revoke(which, self.clock.now()).await? else {
            unit.rollback().await?;
            return Ok(None);
        };
        if ended == 0 {
            unit.rollback().await?;
            return Ok(Some(0));
        }
        let (kind, reason, act) = match which {
            WhichKeys::One(key) => {
                (AuditKind::ClientKeyRevoked, format!("{}: key {key}", client.name), ClientAct::KeyRevoked)
            }
            WhichKeys::OfClient(_) | WhichKeys::BesidesOne(_) => {
                (AuditKind::ClientRevoked, client.name.clone(), ClientAct::Revoked)
            }
        };
        let mut entry = self.trail.entry(kind, by.caller().actor(), by.caller().origin());
        entry.reason = Some(reason.into());
        unit.audit().append(entry).await?;
        self.mail.client_changed(&mut *unit, &told, (act, &client), &by.into(), None).await?;
        unit.commit().await?;
        Ok(Some(ended))
    }
}

/// Whether an application that asks for a key may still ask for anything: who was let in may be shut out by now, and a key
/// that was made meanwhile would let them in again. Nobody revokes its key until the unit has ended.
pub(crate) async fn is_still_good(unit: &mut dyn UnitOfWork, by: &Administrator, now: Timestamp) -> PortResult<bool> {
    match by.key() {
        Some(key) => unit.clients().hold_key(key, now).await,
        None => Ok(true),
    }
}

fn may_give(by: &Administrator, scopes: &Scopes) -> Result<(), ClientError> {
    match (by.has_proved(), by.may_grant(scopes)) {
        (false, _) => Err(ClientError::NotProved),
        (true, false) => Err(ClientError::Scope),
        (true, true) => Ok(()),
    }
}
