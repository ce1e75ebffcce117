use super::{Shown, Sql};
use crate::{
    rows::{self, cell},
    time::PgTime,
};
use backstop_application::{
    lists::{ClientFilter, ClientSort, ClientWithKeys, Clients, KeyFacts},
    ports::PortResult,
};
use backstop_domain::{ClientKeyId, Timestamp};
use sqlx::postgres::PgRow;
use uuid::Uuid;

macro_rules! of_keys {
    ($column:literal) => {
        concat!(
            "ARRAY(SELECT k.",
            $column,
            " FROM client_keys k WHERE k.client_id = c.id ORDER BY k.id) AS keys_",
            $column
        )
    };
}

impl Shown for Clients {
    const COLUMNS: &'static str = concat!(
        "c.id AS c_id, c.name AS c_name, c.scopes AS c_scopes, c.created_at AS c_created_at, ",
        of_keys!("id"),
        ", ",
        of_keys!("created_at"),
        ", ",
        of_keys!("revoked_at"),
        ", ",
        of_keys!("last_used_at"),
    );
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
            sql.0.push(" AND ").push_bind(scope.as_str()).push(" = ANY (c.scopes)");
        }
    }

    fn entry(row: &PgRow) -> PortResult<ClientWithKeys> {
        let ids = cell::<Vec<Uuid>>(row, "keys_id")?;
        let created = cell::<Vec<PgTime>>(row, "keys_created_at")?;
        let revoked = cell::<Vec<Option<PgTime>>>(row, "keys_revoked_at")?;
        let used = cell::<Vec<Option<PgTime>>>(row, "keys_last_used_at")?;
        let keys =
            ids.into_iter().zip(created).zip(revoked).zip(used).map(|(((id, created), revoked), used)| KeyFacts {
                id: ClientKeyId::new(id),
                created_at: created.0,
                revoked_at: revoked.map(|time| time.0),
                last_used_at: used.map(|time| time.0),
            });
        Ok(ClientWithKeys { client: rows::client(row)?, keys: keys.collect() })
    }
}
