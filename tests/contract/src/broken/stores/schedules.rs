use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RunResult, ScheduleSaved, ScheduleStore};
use backstop_domain::{Schedule, ScheduleId, Timestamp, schedule::Zone};

impl BrokenStores<'_> {
    /// The revision that is there, whatever the caller thinks.
    async fn revision(&mut self, id: ScheduleId) -> PortResult<Option<u32>> {
        Ok(self.core.sound.schedules.schedule(id).await?.map(|known| known.revision))
    }
}

#[async_trait]
impl ScheduleStore for BrokenStores<'_> {
    async fn insert(&mut self, schedule: &Schedule) -> PortResult<ScheduleSaved> {
        let mut schedule = schedule.clone();
        if self.has(Defect::ForgetsTimeZones) {
            schedule.calendar.zone = Zone::UTC;
        }
        match sound!(self, schedules.insert(&schedule))? {
            ScheduleSaved::Changed if self.has(Defect::RemovedSchedulesComeBack) => Ok(ScheduleSaved::Done),
            ScheduleSaved::NameTaken if self.has(Defect::SchedulesShareNames) => Ok(ScheduleSaved::Done),
            ScheduleSaved::Done => Ok(ScheduleSaved::Done),
            conflict => Ok(self.conflict(conflict)),
        }
    }

    async fn update(&mut self, schedule: &Schedule, was: u32) -> PortResult<ScheduleSaved> {
        let mut was = was;
        if self.has(Defect::RevisionsAreIgnored) {
            was = self.revision(schedule.id).await?.unwrap_or(was);
        }
        match sound!(self, schedules.update(schedule, was))? {
            ScheduleSaved::Done if self.has(Defect::ChangesForgetTheLastRun) => {
                sound!(self, schedules.remove(schedule.id))?;
                sound!(self, schedules.insert(schedule))
            }
            ScheduleSaved::Done => Ok(ScheduleSaved::Done),
            conflict => Ok(self.conflict(conflict)),
        }
    }

    async fn remove(&mut self, id: ScheduleId) -> PortResult<bool> {
        if self.has(Defect::SchedulesStay) {
            return Ok(true);
        }
        sound!(self, schedules.remove(id))
    }

    async fn due(&mut self, now: Timestamp, most: u32) -> PortResult<Vec<Schedule>> {
        let mut due = sound!(self, schedules.due(now, most))?;
        match self.core.defect {
            Defect::DueIsUnordered => due.reverse(),
            Defect::ExtraRunsAreForgotten => due.retain(|one| one.next.is_some_and(|next| next <= now)),
            _ => {}
        }
        Ok(due)
    }

    async fn advance(&mut self, schedule: &Schedule) -> PortResult<()> {
        match self.core.defect {
            Defect::SchedulesStandStill => Ok(()),
            Defect::MovingOnSavesEverything => {
                let was = self.revision(schedule.id).await?.unwrap_or_default();
                sound!(self, schedules.update(schedule, was)).map(drop)
            }
            _ => sound!(self, schedules.advance(schedule)),
        }
    }

    async fn record(&mut self, id: ScheduleId, result: &RunResult) -> PortResult<()> {
        if self.has(Defect::EndsAreForgotten) {
            return Ok(());
        }
        sound!(self, schedules.record(id, result))
    }
}
