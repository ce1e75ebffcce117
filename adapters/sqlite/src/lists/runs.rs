use super::{Shown, Sql};
use crate::runs;
use backstop_application::{
    lists::{RunFilter, RunSort, Runs},
    ports::{PortResult, RunRecord},
};
use backstop_domain::Timestamp;
use sqlx::sqlite::SqliteRow;

impl Shown for Runs {
    const COLUMNS: &'static str = "r.*";
    const FROM: &'static str = "clean_up_runs r";
    const ID: &'static str = "r.id";
    const FOR_CLIENTS: &'static str = "true";

    fn column(sort: RunSort) -> Option<&'static str> {
        Some(match sort {
            RunSort::Started => "r.started_at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &RunFilter, _now: Timestamp) {
        if let Some(of) = filter.of {
            sql.and_bind("r.clean_up =", of.as_str());
        }
        if let Some(status) = filter.status {
            sql.and_bind("r.status =", status.as_str());
        }
        if let Some(schedule) = filter.schedule {
            sql.and_bind("r.schedule_id =", schedule.uuid());
        }
    }

    fn entry(row: &SqliteRow) -> PortResult<RunRecord> {
        runs::record(row)
    }
}
