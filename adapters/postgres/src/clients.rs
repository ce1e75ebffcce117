use crate::{
    rows::{self, cell},
    time::PgTime,
    unit::PgUnit,
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

pub(crate) struct PgClientStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

const LOCK_CLIENT: &str = "SELECT id FROM clients WHERE id = $1 FOR UPDATE";
const LOCK_BY_KEY: &str =
    "SELECT id FROM clients WHERE id = (SELECT k.client_id FROM client_keys k WHERE k.id = $1) FOR UPDATE";

macro_rules! revocation {
    ($of:literal, $whose:literal) => {
        concat!(
            "WITH ended AS (UPDATE client_keys k SET revoked_at = $2 \
             WHERE ",
            $of,
            " AND (k.revoked_at IS NULL OR k.revoked_at > $2) RETURNING k.id) \
             SELECT (SELECT count(*) FROM ended) AS ended, ",
            client_columns!(),
            " FROM clients c WHERE c.id = (SELECT k.client_id FROM client_keys k WHERE ",
            $whose,
            " LIMIT 1)",
        )
    };
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

    async fn add_key(&mut self, key: &ClientKey) -> PortResult<Option<Client>> {
        // Whoever revokes the client at the same time is waited for, and then seen.
        self.unit.optional(query(LOCK_CLIENT).bind(key.client.uuid())).await?;
        let statement = query(concat!(
            "WITH c AS (SELECT * FROM clients WHERE id = $2 AND EXISTS (SELECT FROM client_keys k \
             WHERE k.client_id = $2 AND (k.revoked_at IS NULL OR k.revoked_at > $4))), \
             stored AS (INSERT INTO client_keys (id, client_id, digest, created_at, revoked_at, last_used_at) \
             SELECT $1, c.id, $3, $4, $5, $6 FROM c) SELECT ",
            client_columns!(),
            " FROM c",
        ))
        .bind(key.id.uuid())
        .bind(key.client.uuid())
        .bind(key.digest.to_vec())
        .bind(PgTime(key.created_at))
        .bind(key.revoked_at.map(PgTime))
        .bind(key.last_used_at.map(PgTime));
        self.unit.optional(statement).await?.as_ref().map(rows::client).transpose()
    }

    async fn hold_key(&mut self, key: ClientKeyId, at: Timestamp) -> PortResult<bool> {
        self.unit.optional(query(LOCK_BY_KEY).bind(key.uuid())).await?;
        // A statement of its own: it sees what whoever was waited for has done.
        let opens = query("SELECT 1 FROM client_keys WHERE id = $1 AND (revoked_at IS NULL OR revoked_at > $2)");
        Ok(self.unit.optional(opens.bind(key.uuid()).bind(PgTime(at))).await?.is_some())
    }

    async fn revoke(&mut self, which: WhichKeys, at: Timestamp) -> PortResult<Option<(Client, u32)>> {
        let (id, lock, sql) = match which {
            WhichKeys::One(key) => (key.uuid(), LOCK_BY_KEY, revocation!("k.id = $1", "k.id = $1")),
            WhichKeys::BesidesOne(key) => (
                key.uuid(),
                LOCK_BY_KEY,
                revocation!(
                    "k.id <> $1 AND k.client_id = (SELECT o.client_id FROM client_keys o WHERE o.id = $1)",
                    "k.id = $1"
                ),
            ),
            WhichKeys::OfClient(client) => {
                (client.uuid(), LOCK_CLIENT, revocation!("k.client_id = $1", "k.client_id = $1"))
            }
        };
        self.unit.optional(query(lock).bind(id)).await?;
        let Some(row) = self.unit.optional(query(sql).bind(id).bind(PgTime(at))).await? else { return Ok(None) };
        Ok(Some((rows::client(&row)?, rows::number(&row, "ended")?)))
    }
}
