use crate::{
    rows::{self, Statement, cell, instant, parsed, some_instant, some_parsed},
    storage::SqliteStorage,
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RunResult, ScheduleReader, ScheduleSaved, ScheduleStore};
use backstop_domain::{
    Schedule, ScheduleId, ScheduleName, Timestamp,
    schedule::{Calendar, LastRun, Zone},
};
use sqlx::{query, sqlite::SqliteRow};

pub(crate) struct SqliteScheduleStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

/// When it runs next; null while it is paused or has nothing before it.
macro_rules! next_run {
    () => {
        "CASE WHEN enabled THEN min(coalesce(next_at, extra_at), coalesce(extra_at, next_at)) END"
    };
}

pub(crate) fn schedule(row: &SqliteRow) -> PortResult<Schedule> {
    let status = some_parsed(row, "last_status")?.zip(some_instant(row, "last_at")?);
    let error = cell(row, "last_error")?;
    Ok(Schedule {
        id: ScheduleId::new(cell(row, "id")?),
        name: ScheduleName::parse(cell(row, "name")?).map_err(|_| rows::strange("name"))?,
        of: parsed(row, "clean_up")?,
        retention_days: rows::number(row, "retention_days")?,
        calendar: Calendar {
            first: parsed(row, "first")?,
            zone: Zone::parse(cell(row, "zone")?).map_err(|_| rows::strange("zone"))?,
            rhythm: parsed(row, "rhythm")?,
        },
        next: some_instant(row, "next_at")?,
        extra: some_instant(row, "extra_at")?,
        delete_empty: cell(row, "delete_empty")?,
        log_run: cell(row, "log_run")?,
        report: parsed(row, "report")?,
        enabled: cell(row, "enabled")?,
        saved_by: cell(row, "saved_by")?,
        created_at: instant(row, "created_at")?,
        modified_at: instant(row, "modified_at")?,
        revision: rows::number(row, "revision")?,
        last: status.map(|(status, at)| LastRun { at, status, error }),
        total_removed: rows::total(row, "total_removed")?,
    })
}

/// With the values that an insertion and an update share, as ?1 to ?17.
fn filled(statement: Statement, schedule: &Schedule) -> Statement {
    statement
        .bind(schedule.id.uuid())
        .bind(schedule.name.as_str().to_owned())
        .bind(schedule.of.as_str())
        .bind(i64::from(schedule.retention_days))
        .bind(schedule.calendar.first.to_string())
        .bind(schedule.calendar.zone.name().to_owned())
        .bind(schedule.calendar.rhythm.to_string())
        .bind(schedule.next.map(SqliteTime))
        .bind(schedule.extra.map(SqliteTime))
        .bind(schedule.delete_empty)
        .bind(schedule.log_run)
        .bind(schedule.report.as_str())
        .bind(schedule.enabled)
        .bind(schedule.saved_by.clone())
        .bind(SqliteTime(schedule.created_at))
        .bind(SqliteTime(schedule.modified_at))
        .bind(i64::from(schedule.revision))
}

#[async_trait]
impl ScheduleStore for SqliteScheduleStore<'_> {
    async fn insert(&mut self, schedule: &Schedule) -> PortResult<ScheduleSaved> {
        let statement = query(
            "INSERT INTO schedules (id, name, clean_up, retention_days, first, zone, rhythm, next_at, extra_at, \
             delete_empty, log_run, report, enabled, saved_by, created_at, modified_at, revision, last_at, last_status, \
             last_error, total_removed) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, \
             ?21 WHERE NOT EXISTS (SELECT 1 FROM removed_schedules WHERE id = ?1) \
             ON CONFLICT DO NOTHING",
        );
        let last = schedule.last.as_ref();
        let statement = filled(statement, schedule)
            .bind(last.map(|last| SqliteTime(last.at)))
            .bind(last.map(|last| last.status.as_str()))
            .bind(last.and_then(|last| last.error.clone()))
            .bind(rows::stored(schedule.total_removed));
        if self.unit.affected(statement).await? == 1 {
            return Ok(ScheduleSaved::Done);
        }
        let known =
            query("SELECT 1 FROM removed_schedules WHERE id = ?1 UNION ALL SELECT 1 FROM schedules WHERE id = ?1");
        let is_known = self.unit.optional(known.bind(schedule.id.uuid())).await?.is_some();
        Ok(if is_known { ScheduleSaved::Changed } else { ScheduleSaved::NameTaken })
    }

    async fn update(&mut self, schedule: &Schedule, was: u32) -> PortResult<ScheduleSaved> {
        let statement = query(
            "UPDATE schedules SET name = ?2, clean_up = ?3, retention_days = ?4, first = ?5, zone = ?6, rhythm = ?7, \
             next_at = ?8, extra_at = ?9, delete_empty = ?10, log_run = ?11, report = ?12, enabled = ?13, \
             saved_by = ?14, created_at = ?15, modified_at = ?16, revision = ?17 WHERE id = ?1 AND revision = ?18",
        );
        let statement = filled(statement, schedule).bind(i64::from(was));
        Ok(match self.unit.affected_unless_taken(statement).await? {
            None => ScheduleSaved::NameTaken,
            Some(0) => ScheduleSaved::Changed,
            Some(_) => ScheduleSaved::Done,
        })
    }

    async fn remove(&mut self, id: ScheduleId) -> PortResult<bool> {
        let statement = query("DELETE FROM schedules WHERE id = ?1").bind(id.uuid());
        if self.unit.affected(statement).await? == 0 {
            return Ok(false);
        }
        let statement = query("INSERT INTO removed_schedules (id) VALUES (?1) ON CONFLICT (id) DO NOTHING");
        self.unit.affected(statement.bind(id.uuid())).await?;
        Ok(true)
    }

    async fn due(&mut self, now: Timestamp, most: u32) -> PortResult<Vec<Schedule>> {
        let statement = query(concat!(
            "SELECT * FROM schedules WHERE ",
            next_run!(),
            " <= ?1 ORDER BY ",
            next_run!(),
            ", id LIMIT ?2",
        ));
        let rows = self.unit.all(statement.bind(SqliteTime(now)).bind(i64::from(most))).await?;
        rows.iter().map(schedule).collect()
    }

    async fn advance(&mut self, schedule: &Schedule) -> PortResult<()> {
        let statement = query("UPDATE schedules SET next_at = ?2, extra_at = ?3 WHERE id = ?1")
            .bind(schedule.id.uuid())
            .bind(schedule.next.map(SqliteTime))
            .bind(schedule.extra.map(SqliteTime));
        self.unit.affected(statement).await.map(drop)
    }

    async fn record(&mut self, id: ScheduleId, result: &RunResult) -> PortResult<()> {
        let statement = query(
            "UPDATE schedules SET last_at = ?2, last_status = ?3, last_error = ?4, \
             total_removed = total_removed + ?5 WHERE id = ?1",
        )
        .bind(id.uuid())
        .bind(SqliteTime(result.at))
        .bind(result.status.as_str())
        .bind(result.error.clone())
        .bind(rows::stored(result.removed));
        self.unit.affected(statement).await.map(drop)
    }
}

#[async_trait]
impl ScheduleReader for SqliteStorage {
    async fn all(&self) -> PortResult<Vec<Schedule>> {
        Self::all(self, query("SELECT * FROM schedules ORDER BY name")).await?.iter().map(schedule).collect()
    }

    async fn schedule(&self, id: ScheduleId) -> PortResult<Option<Schedule>> {
        let statement = query("SELECT * FROM schedules WHERE id = ?1").bind(id.uuid());
        self.optional(statement).await?.as_ref().map(schedule).transpose()
    }

    async fn named(&self, name: &ScheduleName) -> PortResult<Option<Schedule>> {
        let statement = query("SELECT * FROM schedules WHERE name = ?1").bind(name.as_str().to_owned());
        self.optional(statement).await?.as_ref().map(schedule).transpose()
    }

    async fn next_run(&self) -> PortResult<Option<Timestamp>> {
        let statement = query(concat!("SELECT min(", next_run!(), ") AS next_run FROM schedules"));
        self.optional(statement).await?.map_or(Ok(None), |row| some_instant(&row, "next_run"))
    }
}
