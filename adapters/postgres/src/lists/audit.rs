use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::rows;
use backstop_application::{
    lists::{AuditFilter, AuditSort, AuditTrail, CameFrom, Owned, WhichActor},
    ports::PortResult,
};
use backstop_domain::{AuditEntry, Network, Timestamp};
use sqlx::postgres::PgRow;

impl Shown for AuditTrail {
    const COLUMNS: &'static str = concat!("e.*, ", owner_columns!());
    const FROM: &'static str = "audit_entries e LEFT JOIN accounts o ON o.id = e.account_id";
    const ID: &'static str = "e.id";
    const FOR_CLIENTS: &'static str = concat!("e.actor_kind <> 'staff' AND ", of_no_staff!("e.account_id"));

    fn counted_in(_filter: &AuditFilter) -> &'static str {
        "audit_entries e"
    }

    fn column(sort: AuditSort) -> Option<&'static str> {
        Some(match sort {
            AuditSort::At => "e.at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &AuditFilter, _now: Timestamp) {
        sql.whose("e.account_id", filter.whose.as_ref()).between("e.at", filter.from, filter.until);
        if let Some(kind) = filter.kind {
            sql.and_bind("e.kind =", kind.as_str());
        }
        match filter.actor {
            None => {}
            Some(WhichActor::Any(kind)) => {
                sql.and_bind("e.actor_kind =", kind.as_str());
            }
            Some(WhichActor::Client(client)) => {
                sql.and_bind("e.actor_kind =", rows::BY_CLIENT).and_bind("e.actor_id =", client.uuid());
            }
        }
        match filter.came_from {
            None => {}
            Some(CameFrom::Network(network)) => {
                sql.and_bind("e.network =", network.to_string());
            }
            Some(CameFrom::Address(ip)) => {
                sql.and_bind("e.network =", Network::of(ip).to_string()).and_bind("e.ip =", ip.to_string());
            }
        }
        if let Some(request) = filter.request {
            sql.and_bind("e.request_id =", request.uuid());
        }
    }

    fn entry(row: &PgRow) -> PortResult<Owned<AuditEntry>> {
        owned(row, rows::audit_entry(row)?)
    }
}
