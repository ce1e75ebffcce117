use crate::{rows::json, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{ClientInserted, ClientStore, PortResult};
use backstop_domain::{Client, ClientKey, Scope};
use sqlx::query;

pub(crate) struct SqliteClientStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl ClientStore for SqliteClientStore<'_> {
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted> {
        let scopes: Vec<&str> = client.scopes.iter().map(Scope::as_str).collect();
        let statement = query(
            "INSERT INTO clients (id, name, scopes, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING",
        )
        .bind(client.id.uuid())
        .bind(client.name.clone())
        .bind(json(&scopes)?)
        .bind(SqliteTime(client.created_at));
        if self.unit.affected(statement).await? == 0 {
            return Ok(ClientInserted::NameTaken);
        }
        let statement = query(
            "INSERT INTO client_keys (id, client_id, digest, created_at, revoked_at, last_used_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(key.id.uuid())
        .bind(client.id.uuid())
        .bind(key.digest.to_vec())
        .bind(SqliteTime(key.created_at))
        .bind(key.revoked_at.map(SqliteTime))
        .bind(key.last_used_at.map(SqliteTime));
        self.unit.affected(statement).await?;
        Ok(ClientInserted::Done)
    }
}
