use super::{Shown, Sql};
use crate::rows::{self, cell};
use backstop_application::{
    lists::{ClientFilter, ClientSort, ClientWithKeys, Clients, KeyFacts},
    ports::PortResult,
};
use backstop_domain::{ClientKeyId, Timestamp};
use sqlx::sqlite::SqliteRow;

impl Shown for Clients {
    const COLUMNS: &'static str = "c.id AS c_id, c.name AS c_name, c.scopes AS c_scopes, c.created_at AS c_created_at, \
        (SELECT json_group_array(json_array(hex(k.id), k.created_at, k.revoked_at, k.last_used_at)) \
         FROM client_keys k WHERE k.client_id = c.id) AS keys";
    const FROM: &'static str = "clients c";
    const ID: &'static str = "c.id";
    const FOR_CLIENTS: &'static str = "true";

    fn column(sort: ClientSort) -> Option<&'static str> {
        Some(match sort {
            ClientSort::Name => "c.name",
            ClientSort::Created => "c.created_at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &ClientFilter, _now: Timestamp) {
        sql.search("c.name", filter.name.as_ref());
        if let Some(scope) = filter.scope {
            sql.0
                .push(" AND EXISTS (SELECT 1 FROM json_each(c.scopes) WHERE value = ")
                .push_bind(scope.as_str())
                .push(")");
        }
    }

    fn entry(row: &SqliteRow) -> PortResult<ClientWithKeys> {
        let strange = || rows::strange("keys");
        let listed: Vec<(String, i64, Option<i64>, Option<i64>)> =
            serde_json::from_str(cell(row, "keys")?).map_err(|_| strange())?;
        let time = |micros| Timestamp::from_microsecond(micros).map_err(|_| strange());
        let key = |(id, created, revoked, used): (String, i64, Option<i64>, Option<i64>)| {
            PortResult::Ok(KeyFacts {
                id: id.parse::<ClientKeyId>().map_err(|_| strange())?,
                created_at: time(created)?,
                revoked_at: revoked.map(time).transpose()?,
                last_used_at: used.map(time).transpose()?,
            })
        };
        let mut keys = listed.into_iter().map(key).collect::<PortResult<Vec<_>>>()?;
        keys.sort_by_key(|key| key.id);
        Ok(ClientWithKeys { client: rows::client(row)?, keys })
    }
}
