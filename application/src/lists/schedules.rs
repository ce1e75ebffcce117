use super::columns;
use crate::ports::{Listed, Rank};
use backstop_domain::{CleanUp, Schedule, Timestamp};
use uuid::Uuid;

/// What is cleared away at times.
#[derive(Clone, Copy, Debug)]
pub struct Schedules;

columns! {
    ScheduleSort { Name = "name", Created = "created" }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleFilter {
    pub of: Option<CleanUp>,
    pub enabled: Option<bool>,
}

impl Listed for Schedules {
    const NAME: &'static str = "schedules";

    type Entry = Schedule;
    type Filter = ScheduleFilter;
    type Sort = ScheduleSort;

    fn id(entry: &Schedule) -> Uuid {
        entry.id.uuid()
    }

    fn rank(entry: &Schedule, sort: ScheduleSort) -> Rank {
        match sort {
            ScheduleSort::Name => Rank::Text(entry.name.as_str().to_owned()),
            ScheduleSort::Created => Rank::Time(entry.created_at),
        }
    }

    fn is_for_clients(_entry: &Schedule) -> bool {
        true
    }

    fn fits(entry: &Schedule, filter: &ScheduleFilter, _now: Timestamp) -> bool {
        filter.of.is_none_or(|of| entry.of == of) && filter.enabled.is_none_or(|enabled| entry.enabled == enabled)
    }
}
