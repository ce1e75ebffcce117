use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::{Answer, Done, Json, Optional},
    dto::{ExtraRun, PlannedSchedule, SavedSchedule},
    exchange::UseCasesHandle,
    params::Path,
    problems::Problem,
};
use backstop_application::use_cases::{Administrator, ScheduleError};
use backstop_domain::{Schedule, ScheduleId};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct AdminSchedules;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl AdminSchedules {
    /// Create a schedule
    ///
    /// For a clean-up of codes, of the audit trail or of the e-mail log. Scope: `admin`.
    #[oai(path = "/schedules", method = "post", operation_id = "createSchedule")]
    async fn create(&self, key: Key<Admin>, body: Json<PlannedSchedule>) -> Result<Answer<SavedSchedule>, Problem> {
        let planned = body.0.judge()?;
        let made =
            act(key, move |acting, by| async move { acting.manage_schedules.create(planned, &(&by).into()).await });
        let made = made.await?;
        let location = format!("/api/v1/admin/schedules/{}", made.id);
        Ok(Answer::created(SavedSchedule::new(made), &location))
    }

    /// Change a schedule
    ///
    /// All of it, from the revision that was seen. What it had waiting goes. Scope: `admin`.
    #[oai(path = "/schedules/:id", method = "put", operation_id = "changeSchedule")]
    async fn change(
        &self,
        key: Key<Admin>,
        id: Path<ScheduleId>,
        body: Json<PlannedSchedule>,
    ) -> Result<Answer<SavedSchedule>, Problem> {
        let revision = body.0.revision()?;
        let planned = body.0.judge()?;
        let changed = act(key, move |acting, by| async move {
            acting.manage_schedules.update(id.0, revision, planned, &(&by).into()).await
        });
        Ok(Answer::ok(SavedSchedule::new(changed.await?)))
    }

    /// Pause a schedule
    ///
    /// It runs neither what it had waiting nor what it misses meanwhile. Scope: `admin`.
    #[oai(path = "/schedules/:id/pause", method = "post", operation_id = "pauseSchedule")]
    async fn pause(&self, key: Key<Admin>, id: Path<ScheduleId>) -> Result<Answer<SavedSchedule>, Problem> {
        let paused =
            act(key, move |acting, by| async move { acting.manage_schedules.pause(id.0, &(&by).into()).await });
        Ok(Answer::ok(SavedSchedule::new(paused.await?)))
    }

    /// Resume a schedule
    ///
    /// From its next occurrence on. Scope: `admin`.
    #[oai(path = "/schedules/:id/resume", method = "post", operation_id = "resumeSchedule")]
    async fn resume(&self, key: Key<Admin>, id: Path<ScheduleId>) -> Result<Answer<SavedSchedule>, Problem> {
        let resumed =
            act(key, move |acting, by| async move { acting.manage_schedules.resume(id.0, &(&by).into()).await });
        Ok(Answer::ok(SavedSchedule::new(resumed.await?)))
    }

    /// Run a schedule once more
    ///
    /// Now, or at the time that is given; its other runs stay as they are. Scope: `admin`.
    #[oai(path = "/schedules/:id/run", method = "post", operation_id = "runSchedule")]
    async fn run(
        &self,
        key: Key<Admin>,
        id: Path<ScheduleId>,
        body: Json<ExtraRun, Optional>,
    ) -> Result<Answer<SavedSchedule>, Problem> {
        let at = body.0.judge()?;
        let planned =
            act(key, move |acting, by| async move { acting.manage_schedules.run_extra(id.0, at, &(&by).into()).await });
        Ok(Answer::ok(SavedSchedule::new(planned.await?)))
    }

    /// Remove a schedule
    ///
    /// With what it had waiting. Scope: `admin`.
    #[oai(path = "/schedules/:id", method = "delete", operation_id = "removeSchedule")]
    async fn remove(&self, key: Key<Admin>, id: Path<ScheduleId>) -> Result<Done, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let removed = service.acts.run(async move { acting.manage_schedules.remove(id.0, &(&by).into()).await });
        removed.await??;
        Ok(Done)
    }
}

async fn act<F>(key: Key<Admin>, run: impl FnOnce(UseCasesHandle, Administrator) -> F) -> Result<Schedule, Problem>
where
    F: Future<Output = Result<Schedule, ScheduleError>> + Send + 'static,
{
    let (service, by) = key.administrator()?;
    Ok(service.acts.run(run(Arc::clone(&service.use_cases), by)).await??)
}
