use crate::{rows::cell, time::PgTime, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{ClientInserted, ClientStore, PortResult};
use backstop_domain::{Client, ClientKey, Scope};
use sqlx::query;

pub(crate) struct PgClientStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl ClientStore for PgClientStore<'_> {
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted> {
        let statement = query(
            "WITH client AS (INSERT INTO clients (id, name, scopes, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO NOTHING RETURNING id), \
             stored AS (INSERT INTO client_keys (id, client_id, digest, created_at, revoked_at, last_used_at) \
             SELECT $5, client.id, $6, $7, $8, $9 FROM client) \
             SELECT count(*) AS stored FROM client",
        )
        .bind(client.id.uuid())
        .bind(client.name.clone())
        .bind(client.scopes.iter().map(Scope::as_str).collect::<Vec<_>>())
        .bind(PgTime(client.created_at))
        .bind(key.id.uuid())
        .bind(key.digest.to_vec())
        .bind(PgTime(key.created_at))
        .bind(key.revoked_at.map(PgTime))
        .bind(key.last_used_at.map(PgTime));
        let row = self.unit.one(statement).await?;
        Ok(if cell::<i64>(&row, "stored")? == 1 { ClientInserted::Done } else { ClientInserted::NameTaken })
    }
}
