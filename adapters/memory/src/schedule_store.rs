use crate::{MemoryStorage, readers::size, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RunResult, ScheduleReader, ScheduleSaved, ScheduleStore};
use backstop_domain::{Schedule, ScheduleId, ScheduleName, Timestamp};

pub(crate) struct MemoryScheduleStore<'a>(pub(crate) &'a mut Tables);

impl MemoryScheduleStore<'_> {
    fn name_is_taken(&self, schedule: &Schedule) -> bool {
        self.0.schedules().values().any(|other| other.id != schedule.id && other.name == schedule.name)
    }
}

#[async_trait]
impl ScheduleStore for MemoryScheduleStore<'_> {
    async fn insert(&mut self, schedule: &Schedule) -> PortResult<ScheduleSaved> {
        if self.0.removed_schedules().contains(&schedule.id) || self.0.schedules().contains_key(&schedule.id) {
            return Ok(ScheduleSaved::Changed);
        }
        if self.name_is_taken(schedule) {
            return Ok(ScheduleSaved::NameTaken);
        }
        self.0.schedules_mut().insert(schedule.id, schedule.clone());
        Ok(ScheduleSaved::Done)
    }

    async fn update(&mut self, schedule: &Schedule, was: u32) -> PortResult<ScheduleSaved> {
        let Some(before) = self.0.schedules().get(&schedule.id).filter(|before| before.revision == was) else {
            return Ok(ScheduleSaved::Changed);
        };
        let saved = Schedule { last: before.last.clone(), total_removed: before.total_removed, ..schedule.clone() };
        if self.name_is_taken(schedule) {
            return Ok(ScheduleSaved::NameTaken);
        }
        self.0.schedules_mut().insert(saved.id, saved);
        Ok(ScheduleSaved::Done)
    }

    async fn remove(&mut self, id: ScheduleId) -> PortResult<bool> {
        let removed = self.0.schedules_mut().remove(&id).is_some();
        if removed {
            self.0.removed_schedules_mut().insert(id);
        }
        Ok(removed)
    }

    async fn due(&mut self, now: Timestamp, most: u32) -> PortResult<Vec<Schedule>> {
        let runs = self.0.schedules().values().filter_map(|one| Some((one.next_run()?, one)));
        let mut due: Vec<_> = runs.filter(|(next, _)| *next <= now).collect();
        due.sort_by_key(|(next, one)| (*next, one.id));
        Ok(due.into_iter().take(size(most)).map(|(_, one)| one.clone()).collect())
    }

    async fn advance(&mut self, schedule: &Schedule) -> PortResult<()> {
        if let Some(stored) = self.0.schedules_mut().get_mut(&schedule.id) {
            (stored.next, stored.extra) = (schedule.next, schedule.extra);
        }
        Ok(())
    }

    async fn record(&mut self, id: ScheduleId, result: &RunResult) -> PortResult<()> {
        if let Some(stored) = self.0.schedules_mut().get_mut(&id) {
            stored.last = Some(result.into());
            stored.total_removed += result.removed;
        }
        Ok(())
    }
}

#[async_trait]
impl ScheduleReader for MemoryStorage {
    async fn all(&self) -> PortResult<Vec<Schedule>> {
        let mut all: Vec<Schedule> = self.committed().schedules().values().cloned().collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    async fn schedule(&self, id: ScheduleId) -> PortResult<Option<Schedule>> {
        Ok(self.committed().schedules().get(&id).cloned())
    }

    async fn named(&self, name: &ScheduleName) -> PortResult<Option<Schedule>> {
        Ok(self.committed().schedules().values().find(|one| one.name == *name).cloned())
    }

    async fn next_run(&self) -> PortResult<Option<Timestamp>> {
        Ok(self.committed().schedules().values().filter_map(Schedule::next_run).min())
    }
}
