use crate::{
    Ports, Settings,
    ports::{
        Clock, Ids, PortError, PortResult, RunReader, ScheduleReader, ScheduleSaved, Storage, UnitOfWork, WhichTasks,
    },
    settings::CleanUpSettings,
    use_cases::{trail::Trail, work::Author},
};
use backstop_domain::{
    Actor, AuditKind, CleanUp, Origin, ReportWhen, RunStatus, Schedule, ScheduleId, ScheduleName, Timestamp,
    schedule::{Calendar, Zone},
};
use std::sync::Arc;
use thiserror::Error;
use uuid::Uuid;

/// Makes, changes, pauses and removes schedules. What a schedule had waiting goes with every change of it.
pub struct ManageSchedules {
    storage: Arc<dyn Storage>,
    schedules: Arc<dyn ScheduleReader>,
    runs: Arc<dyn RunReader>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    settings: CleanUpSettings,
    admin_name: String,
    trail: Trail,
}

/// What somebody wants a schedule to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub name: ScheduleName,
    pub of: CleanUp,
    pub retention_days: u32,
    pub calendar: Calendar,
    pub delete_empty: bool,
    pub log_run: bool,
    pub report: ReportWhen,
    pub enabled: bool,
}

#[derive(Debug, Error)]
pub enum ScheduleError {
    #[error("there is no such schedule")]
    Unknown,
    #[error("another schedule has this name")]
    NameTaken,
    #[error("somebody changed the schedule meanwhile; look at it again")]
    Changed,
    #[error("the schedule is paused; resume it first")]
    Paused,
    #[error("an extra run can't be before the first run")]
    TooEarly,
    #[error(transparent)]
    Fault(#[from] PortError),
}

/// The schedule that a new installation has, by its id, and the one that `audit.auto_cleanup` makes, by its name.
const FIRST: ScheduleId = ScheduleId::new(Uuid::from_u128(0x5d1c_0de5_0000_4000_8000_0000_0000_0001));
const AUDIT: &str = "daily clean-up of the audit trail";

/// Why a run ended that nobody ended.
const STOPPED: &str = "its schedule was changed";

impl ManageSchedules {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            schedules: Arc::clone(&ports.schedules),
            runs: Arc::clone(&ports.runs),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
            settings: settings.clean_up,
            admin_name: settings.mail.admin_name.clone(),
            trail: Trail::new(ports),
        }
    }

    pub async fn all(&self) -> PortResult<Vec<Schedule>> {
        self.schedules.all().await
    }

    pub async fn create(&self, planned: Planned, by: &Author) -> Result<Schedule, ScheduleError> {
        self.insert(ScheduleId::new(self.ids.next()), planned, by).await
    }

    /// Replaces what somebody saw at this revision.
    pub async fn update(
        &self,
        id: ScheduleId,
        revision: u32,
        planned: Planned,
        by: &Author,
    ) -> Result<Schedule, ScheduleError> {
        self.change(id, Some(revision), by, |schedule, now| {
            let replanned = schedule.calendar != planned.calendar || !schedule.enabled;
            let Planned { name, of, retention_days, calendar, delete_empty, log_run, report, enabled } =
                planned.clone();
            *schedule = Schedule {
                name,
                of,
                retention_days,
                calendar,
                delete_empty,
                log_run,
                report,
                enabled,
                ..schedule.clone()
            };
            if replanned {
                schedule.replan(now);
            }
            schedule.extra =
                schedule.extra.filter(|extra| schedule.calendar.begins().is_some_and(|first| *extra >= first));
            Ok(())
        })
        .await
    }

    /// Paused, it runs neither what it had waiting nor what it misses meanwhile.
    pub async fn pause(&self, id: ScheduleId, by: &Author) -> Result<Schedule, ScheduleError> {
        self.change(id, None, by, |schedule, _| {
            schedule.enabled = false;
            schedule.extra = None;
            Ok(())
        })
        .await
    }

    pub async fn resume(&self, id: ScheduleId, by: &Author) -> Result<Schedule, ScheduleError> {
        self.change(id, None, by, |schedule, now| {
            if !schedule.enabled {
                schedule.enabled = true;
                schedule.replan(now);
            }
            Ok(())
        })
        .await
    }

    /// One run more, which changes no other; now when no time is given.
    pub async fn run_extra(
        &self,
        id: ScheduleId,
        at: Option<Timestamp>,
        by: &Author,
    ) -> Result<Schedule, ScheduleError> {
        self.change(id, None, by, |schedule, now| {
            if !schedule.enabled {
                return Err(ScheduleError::Paused);
            }
            // A time that has passed is now: an occurrence that ran is not run again.
            let at = at.map_or(now, |at| at.max(now));
            if schedule.calendar.begins().is_some_and(|first| at < first) {
                return Err(ScheduleError::TooEarly);
            }
            schedule.extra = Some(at);
            Ok(())
        })
        .await
    }

    pub async fn remove(&self, id: ScheduleId, by: &Author) -> Result<(), ScheduleError> {
        retry_contention!(self.try_to_remove(id, &by.actor, &by.origin).await)?
            .then_some(())
            .ok_or(ScheduleError::Unknown)
    }

    /// Removes all of them and tells how many.
    pub async fn remove_all(&self, actor: &Actor, origin: &Origin) -> PortResult<u64> {
        let mut removed = 0;
        for schedule in self.schedules.all().await? {
            removed += u64::from(retry_contention!(self.try_to_remove(schedule.id, actor, origin).await)?);
        }
        Ok(removed)
    }

    async fn try_to_remove(&self, id: ScheduleId, actor: &Actor, origin: &Origin) -> PortResult<bool> {
        let name = self.schedules.schedule(id).await?.map(|schedule| schedule.name);
        let mut unit = self.storage.begin().await?;
        self.stop(&mut *unit, id, WhichTasks::OfSchedule(id)).await?;
        let removed = unit.schedules().remove(id).await?;
        if removed {
            let name = name.map_or_else(String::new, |name| format!(" {name}"));
            self.note(&mut *unit, actor, origin, format!("removed{name}")).await?;
        }
        unit.commit().await?;
        Ok(removed)
    }

    /// What an installation has without anybody asking: a daily schedule for codes, made once, and one for the audit trail
    /// while the settings want it.
    pub async fn ensure_built_in(&self) -> Result<(), ScheduleError> {
        let by = &Author::new(Actor::CommandLine, &self.admin_name);
        if self.schedules.schedule(FIRST).await?.is_none() {
            let planned = self.daily("daily purge of codes", CleanUp::Codes, "02:30", self.settings.retention_days)?;
            // Whoever removed it, or named another one so, is left alone.
            tolerate(self.insert(FIRST, planned, by).await)?;
        }
        let days = self.settings.audit_retention_days;
        let planned = self.daily(AUDIT, CleanUp::Audit, "03:30", days)?;
        match (self.schedules.named(&planned.name).await?, self.settings.audit) {
            (None, true) => tolerate(self.insert(ScheduleId::new(self.ids.next()), planned, by).await),
            // Once somebody has saved it, it is theirs.
            (Some(schedule), wanted)
                if schedule.saved_by == by.name && (schedule.enabled != wanted || schedule.retention_days != days) =>
            {
                let changed = self.change(schedule.id, None, by, |schedule, now| {
                    (schedule.enabled, schedule.retention_days) = (wanted, days);
                    schedule.replan(now);
                    Ok(())
                });
                tolerate(changed.await)
            }
            _ => Ok(()),
        }
    }

    /// From the next time of day on, in UTC.
    fn daily(&self, name: &str, of: CleanUp, time: &str, retention_days: u32) -> PortResult<Planned> {
        let wrong = || PortError::corrupt("a built-in schedule that is none");
        let today = Zone::UTC.date(self.clock.now());
        let calendar = Calendar {
            first: today.to_datetime(time.parse().map_err(|_| wrong())?),
            zone: Zone::UTC,
            rhythm: "daily".parse().map_err(|_| wrong())?,
        };
        Ok(Planned {
            name: ScheduleName::parse(name).map_err(|_| wrong())?,
            of,
            retention_days,
            calendar,
            delete_empty: true,
            log_run: self.settings.log_runs,
            report: ReportWhen::WhenRemoved,
            enabled: true,
        })
    }

    async fn insert(&self, id: ScheduleId, planned: Planned, by: &Author) -> Result<Schedule, ScheduleError> {
        let now = self.clock.now();
        let Planned { name, of, retention_days, calendar, delete_empty, log_run, report, enabled } = planned;
        let mut schedule = Schedule {
            id,
            name,
            of,
            retention_days,
            calendar,
            next: None,
            extra: None,
            delete_empty,
            log_run,
            report,
            enabled,
            saved_by: by.name.clone(),
            created_at: now,
            modified_at: now,
            revision: 1,
            last: None,
            total_removed: 0,
        };
        schedule.replan(now);
        retry_contention!(self.try_to_insert(&schedule, by).await)??;
        Ok(schedule)
    }

    async fn try_to_insert(&self, schedule: &Schedule, by: &Author) -> PortResult<Result<(), ScheduleError>> {
        let mut unit = self.storage.begin().await?;
        let saved = unit.schedules().insert(schedule).await?;
        self.close(unit, saved, by, format!("created {}", schedule.name)).await
    }

    async fn change(
        &self,
        id: ScheduleId,
        revision: Option<u32>,
        by: &Author,
        change: impl Fn(&mut Schedule, Timestamp) -> Result<(), ScheduleError> + Send + Sync,
    ) -> Result<Schedule, ScheduleError> {
        let mut tries_left = 4_u8;
        loop {
            let mut schedule = self.schedules.schedule(id).await?.ok_or(ScheduleError::Unknown)?;
            let was = schedule.revision;
            if revision.is_some_and(|seen| seen != was) {
                return Err(ScheduleError::Changed);
            }
            let now = self.clock.now();
            change(&mut schedule, now)?;
            by.name.clone_into(&mut schedule.saved_by);
            schedule.modified_at = now;
            schedule.revision = was.saturating_add(1);
            match retry_contention!(self.try_to_update(&schedule, was, by).await)? {
                // Who said no revision means whatever it is now.
                Err(ScheduleError::Changed) if revision.is_none() && tries_left > 0 => tries_left -= 1,
                done => return done.map(|()| schedule),
            }
        }
    }

    async fn try_to_update(&self, schedule: &Schedule, was: u32, by: &Author) -> PortResult<Result<(), ScheduleError>> {
        let mut unit = self.storage.begin().await?;
        // What runs goes on by what it began with, unless nothing shall run any more.
        let id = schedule.id;
        let which = if schedule.enabled { WhichTasks::WaitingOfSchedule(id) } else { WhichTasks::OfSchedule(id) };
        let stopped = self.stop(&mut *unit, id, which).await?;
        let mut schedule = schedule.clone();
        if stopped && schedule.enabled {
            // What was due is due still, by what the schedule says now.
            let now = self.clock.now();
            schedule.extra = Some(schedule.extra.map_or(now, |extra| extra.min(now)));
        }
        let schedule = &schedule;
        let saved = unit.schedules().update(schedule, was).await?;
        let state = if schedule.enabled { "saved" } else { "paused" };
        self.close(unit, saved, by, format!("{state} {}", schedule.name)).await
    }

    async fn close(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        saved: ScheduleSaved,
        by: &Author,
        told: String,
    ) -> PortResult<Result<(), ScheduleError>> {
        let refused = match saved {
            ScheduleSaved::Done => {
                self.note(&mut *unit, &by.actor, &by.origin, told).await?;
                unit.commit().await?;
                return Ok(Ok(()));
            }
            ScheduleSaved::NameTaken => ScheduleError::NameTaken,
            ScheduleSaved::Changed => ScheduleError::Changed,
        };
        unit.rollback().await?;
        Ok(Err(refused))
    }

    /// Takes away what a schedule has to be done, and ends the run that it had begun. Tasks come before their schedule in
    /// every unit.
    async fn stop(&self, unit: &mut dyn UnitOfWork, id: ScheduleId, which: WhichTasks) -> PortResult<bool> {
        if unit.tasks().remove(which).await? == 0 {
            return Ok(false);
        }
        if let Some(run) = self.runs.unfinished(id).await? {
            let now = self.clock.now();
            unit.runs().end(run.run.id, now, RunStatus::Failed, Some(STOPPED)).await?;
            let mut entry = self.trail.entry(AuditKind::Purged, Actor::Service, Origin::default());
            entry.count = Some(u32::try_from(run.removed).unwrap_or(u32::MAX));
            entry.reason = Some(format!("run {}: {STOPPED}", run.run.id).into());
            unit.audit().append(entry).await?;
        }
        Ok(true)
    }

    async fn note(&self, unit: &mut dyn UnitOfWork, actor: &Actor, origin: &Origin, told: String) -> PortResult<()> {
        let mut entry = self.trail.entry(AuditKind::ScheduleChanged, actor.clone(), origin.clone());
        entry.reason = Some(told.into());
        unit.audit().append(entry).await
    }
}

fn tolerate(saved: Result<Schedule, ScheduleError>) -> Result<(), ScheduleError> {
    match saved {
        Ok(_) | Err(ScheduleError::NameTaken | ScheduleError::Changed | ScheduleError::Unknown) => Ok(()),
        Err(fault) => Err(fault),
    }
}
