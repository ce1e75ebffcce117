use super::{Shown, Sql};
use crate::runs;
use backstop_application::{
    lists::{RunFilter, RunSort, Runs},
    ports::{PortResult, RunRecord, Sight},
};
use backstop_domain::Timestamp;
use sqlx::postgres::PgRow;

/// A sum over what a run took from sets of those who run the service, who are few.
macro_rules! of_staff {
    ($sum:literal) => {
        concat!(
            "(SELECT ",
            $sum,
            " FROM clean_up_batches l JOIN accounts s ON s.subject = l.subject AND s.role <> 'user' WHERE l.run_id = r.id)"
        )
    };
}

impl Shown for Runs {
    const COLUMNS: &'static str = "r.*";
    const FROM: &'static str = "clean_up_runs r";
    const ID: &'static str = "r.id";
    const FOR_CLIENTS: &'static str = "true";

    fn columns(sight: Sight) -> &'static str {
        match sight {
            Sight::Everything => Self::COLUMNS,
            Sight::ForClients => concat!(
                "r.id, r.clean_up, r.started_by, r.schedule_id, r.schedule_name, r.saved_by, r.started_at, \
                 r.retention_days, r.until, r.status, r.ended_at, r.error, r.oldest, r.newest, r.removed - ",
                of_staff!("coalesce(sum(l.taken), 0)::bigint"),
                " AS removed, r.removed_batches - ",
                of_staff!("count(*) FILTER (WHERE l.gone)"),
                " AS removed_batches"
            ),
        }
    }

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

    fn entry(row: &PgRow) -> PortResult<RunRecord> {
        runs::record(row)
    }
}
