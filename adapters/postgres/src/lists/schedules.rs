use super::{Shown, Sql};
use crate::schedules;
use backstop_application::{
    lists::{ScheduleFilter, ScheduleSort, Schedules},
    ports::PortResult,
};
use backstop_domain::{Schedule, Timestamp};
use sqlx::postgres::PgRow;

impl Shown for Schedules {
    const COLUMNS: &'static str = "s.*";
    const FROM: &'static str = "schedules s";
    const ID: &'static str = "s.id";
    const FOR_CLIENTS: &'static str = "true";

    fn column(sort: ScheduleSort) -> Option<&'static str> {
        Some(match sort {
            ScheduleSort::Name => "s.name",
            ScheduleSort::Created => "s.created_at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &ScheduleFilter, _now: Timestamp) {
        if let Some(of) = filter.of {
            sql.and_bind("s.clean_up =", of.as_str());
        }
        if let Some(enabled) = filter.enabled {
            sql.and_bind("s.enabled =", enabled);
        }
    }

    fn entry(row: &PgRow) -> PortResult<Schedule> {
        schedules::schedule(row)
    }
}
