use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::{rows, time::PgTime};
use backstop_application::{
    lists::{BatchFilter, BatchSort, Batches, Owned},
    ports::PortResult,
};
use backstop_domain::{Batch, BatchStatus, Timestamp};
use sqlx::postgres::PgRow;

macro_rules! live {
    () => {
        "(b.issued - b.used - b.invalidated - b.removed)"
    };
}

impl Shown for Batches {
    const COLUMNS: &'static str = concat!(batch_columns!(), ", ", owner_columns!());
    const FROM: &'static str = "batches b LEFT JOIN accounts o ON o.id = b.account_id";
    const ID: &'static str = "b.id";
    const FOR_CLIENTS: &'static str = of_no_staff!("b.account_id");

    fn counted_in(_filter: &BatchFilter) -> &'static str {
        "batches b"
    }

    fn column(sort: BatchSort) -> Option<&'static str> {
        Some(match sort {
            BatchSort::Created => "b.created_at",
            BatchSort::Expires => "coalesce(b.expires_at, '9999-12-30 22:00:00.999999+00'::timestamptz)",
        })
    }

    fn narrow(sql: &mut Sql, filter: &BatchFilter, now: Timestamp) {
        sql.whose("b.account_id", filter.whose.as_ref());
        match filter.status {
            None => {}
            Some(BatchStatus::Deleted) => {
                sql.and("b.deleted_at IS NOT NULL");
            }
            Some(BatchStatus::Superseded) => {
                sql.and("b.deleted_at IS NULL AND b.superseded_at IS NOT NULL");
            }
            Some(BatchStatus::Invalidated) => {
                sql.and("b.deleted_at IS NULL AND b.superseded_at IS NULL AND b.invalidated_at IS NOT NULL");
            }
            Some(BatchStatus::Expired) => {
                sql.and(stands!()).and_bind("b.expires_at <=", PgTime(now));
            }
            Some(BatchStatus::Exhausted) => {
                sql.and(stands!()).and(concat!(live!(), " <= 0"));
                sql.0.push(" AND (b.expires_at IS NULL OR b.expires_at > ").push_bind(PgTime(now)).push(")");
            }
            Some(BatchStatus::Active) => {
                sql.and(stands!()).and(concat!(live!(), " > 0"));
                sql.0.push(" AND (b.expires_at IS NULL OR b.expires_at > ").push_bind(PgTime(now)).push(")");
            }
        }
        if let Some(profile) = &filter.profile {
            sql.and_bind("b.profile =", profile.as_str().to_owned());
        }
        sql.between("b.expires_at", filter.expires_from, filter.expires_before);
    }

    fn entry(row: &PgRow) -> PortResult<Owned<Batch>> {
        owned(row, rows::batch(row)?)
    }
}
