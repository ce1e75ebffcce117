use super::columns;
use crate::ports::{Listed, Rank, RunRecord};
use backstop_domain::{CleanUp, RunStatus, ScheduleId, Timestamp, clean_up::StartedBy};
use uuid::Uuid;

/// Runs of clean-ups.
#[derive(Clone, Copy, Debug)]
pub struct Runs;

columns! {
    RunSort { Started = "started" }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    pub of: Option<CleanUp>,
    pub status: Option<RunStatus>,
    pub schedule: Option<ScheduleId>,
}

impl Listed for Runs {
    const NAME: &'static str = "clean-ups";

    type Entry = RunRecord;
    type Filter = RunFilter;
    type Sort = RunSort;

    fn id(entry: &RunRecord) -> Uuid {
        entry.run.id.uuid()
    }

    fn rank(entry: &RunRecord, sort: RunSort) -> Rank {
        match sort {
            RunSort::Started => Rank::Time(entry.run.started_at),
        }
    }

    fn is_for_clients(_entry: &RunRecord) -> bool {
        true
    }

    fn fits(entry: &RunRecord, filter: &RunFilter, _now: Timestamp) -> bool {
        let schedule = match &entry.run.started_by {
            StartedBy::Schedule { id, .. } => Some(*id),
            StartedBy::CommandLine => None,
        };
        filter.of.is_none_or(|of| entry.run.of == of)
            && filter.status.is_none_or(|status| entry.status == status)
            && filter.schedule.is_none_or(|wanted| schedule == Some(wanted))
    }
}
