use crate::{
    rows::{self, Statement, json},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{ClientInserted, ClientStore, PortResult, WhichKeys};
use backstop_domain::{Client, ClientKey, ClientKeyId, Scope, Timestamp};
use sqlx::query;

/// Of a client, as `rows::client` reads them.
macro_rules! client_columns {
    () => {
        "c.id AS c_id, c.name AS c_name, c.scopes AS c_scopes, c.created_at AS c_created_at"
    };
}

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
        self.unit.affected(of_client(&ClientKey { client: client.id, ..key.clone() })).await?;
        Ok(ClientInserted::Done)
    }

    async fn add_key(&mut self, key: &ClientKey) -> PortResult<Option<Client>> {
        let known = query(concat!(
            "SELECT ",
            client_columns!(),
            " FROM clients c WHERE c.id = ?1 AND EXISTS (SELECT 1 FROM client_keys k \
             WHERE k.client_id = c.id AND (k.revoked_at IS NULL OR k.revoked_at > ?2))",
        ));
        let known = known.bind(key.client.uuid()).bind(SqliteTime(key.created_at));
        let Some(row) = self.unit.optional(known).await? else { return Ok(None) };
        self.unit.affected(of_client(key)).await?;
        rows::client(&row).map(Some)
    }

    async fn hold_key(&mut self, key: ClientKeyId, at: Timestamp) -> PortResult<bool> {
        let opens = query("SELECT 1 FROM client_keys WHERE id = ?1 AND (revoked_at IS NULL OR revoked_at > ?2)");
        Ok(self.unit.optional(opens.bind(key.uuid()).bind(SqliteTime(at))).await?.is_some())
    }

    async fn revoke(&mut self, which: WhichKeys, at: Timestamp) -> PortResult<Option<(Client, u32)>> {
        let (id, known, ending) = match which {
            WhichKeys::One(key) => (
                key.uuid(),
                concat!(
                    "SELECT ",
                    client_columns!(),
                    " FROM clients c WHERE c.id = (SELECT client_id FROM client_keys WHERE id = ?1)"
                ),
                "UPDATE client_keys SET revoked_at = ?2 WHERE id = ?1 AND (revoked_at IS NULL OR revoked_at > ?2)",
            ),
            WhichKeys::BesidesOne(key) => (
                key.uuid(),
                concat!(
                    "SELECT ",
                    client_columns!(),
                    " FROM clients c WHERE c.id = (SELECT client_id FROM client_keys WHERE id = ?1)"
                ),
                "UPDATE client_keys SET revoked_at = ?2 WHERE id <> ?1 \
                 AND client_id = (SELECT client_id FROM client_keys WHERE id = ?1) \
                 AND (revoked_at IS NULL OR revoked_at > ?2)",
            ),
            WhichKeys::OfClient(client) => (
                client.uuid(),
                concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = ?1"),
                "UPDATE client_keys SET revoked_at = ?2 \
                 WHERE client_id = ?1 AND (revoked_at IS NULL OR revoked_at > ?2)",
            ),
        };
        let Some(row) = self.unit.optional(query(known).bind(id)).await? else { return Ok(None) };
        let ended = self.unit.affected(query(ending).bind(id).bind(SqliteTime(at))).await?;
        Ok(Some((rows::client(&row)?, u32::try_from(ended).unwrap_or(u32::MAX))))
    }
}

fn of_client(key: &ClientKey) -> Statement {
    query(
        "INSERT INTO client_keys (id, client_id, digest, created_at, revoked_at, last_used_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(key.id.uuid())
    .bind(key.client.uuid())
    .bind(key.digest.to_vec())
    .bind(SqliteTime(key.created_at))
    .bind(key.revoked_at.map(SqliteTime))
    .bind(key.last_used_at.map(SqliteTime))
}
