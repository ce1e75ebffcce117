use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::{rows, time::SqliteTime};
use backstop_application::{
    lists::{BatchFilter, BatchSort, Batches, Owned},
    ports::PortResult,
};
use backstop_domain::{Batch, BatchStatus, Timestamp};
use sqlx::sqlite::SqliteRow;

macro_rules! live {
    () => {
        "(batches.issued - batches.used - batches.invalidated - batches.removed)"
    };
}

impl Shown for Batches {
    const COLUMNS: &'static str = concat!(batch_columns!(), ", ", owner_columns!());
    const FROM: &'static str = "batches LEFT JOIN accounts o ON o.id = batches.account_id";
    const ID: &'static str = "batches.id";
    const FOR_CLIENTS: &'static str = of_no_staff!("batches.account_id");

    fn counted_in(_filter: &BatchFilter) -> &'static str {
        "batches"
    }

    fn column(sort: BatchSort) -> Option<&'static str> {
        Some(match sort {
            BatchSort::Created => "batches.created_at",
            BatchSort::Expires => "coalesce(batches.expires_at, 253402207200999999)",
        })
    }

    fn narrow(sql: &mut Sql, filter: &BatchFilter, now: Timestamp) {
        sql.whose("batches.account_id", filter.whose.as_ref());
        match filter.status {
            None => {}
            Some(BatchStatus::Deleted) => {
                sql.and("batches.deleted_at IS NOT NULL");
            }
            Some(BatchStatus::Superseded) => {
                sql.and("batches.deleted_at IS NULL AND batches.superseded_at IS NOT NULL");
            }
            Some(BatchStatus::Invalidated) => {
                sql.and("batches.deleted_at IS NULL AND batches.superseded_at IS NULL AND batches.invalidated_at IS NOT NULL");
            }
            Some(BatchStatus::Expired) => {
                sql.and(stands!()).and_bind("batches.expires_at <=", SqliteTime(now));
            }
            Some(BatchStatus::Exhausted) => {
                sql.and(stands!()).and(concat!(live!(), " <= 0"));
                sql.0
                    .push(" AND (batches.expires_at IS NULL OR batches.expires_at > ")
                    .push_bind(SqliteTime(now))
                    .push(")");
            }
            Some(BatchStatus::Active) => {
                sql.and(stands!()).and(concat!(live!(), " > 0"));
                sql.0
                    .push(" AND (batches.expires_at IS NULL OR batches.expires_at > ")
                    .push_bind(SqliteTime(now))
                    .push(")");
            }
        }
        if let Some(profile) = &filter.profile {
            sql.and_bind("batches.profile =", profile.as_str().to_owned());
        }
        sql.between("batches.expires_at", filter.expires_from, filter.expires_before);
    }

    fn entry(row: &SqliteRow) -> PortResult<Owned<Batch>> {
        owned(row, rows::batch(row)?)
    }
}
