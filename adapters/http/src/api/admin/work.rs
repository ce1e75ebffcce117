use super::{no_such_entry, one, page};
use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::Answer,
    dto::admin::{RunReport, RunsPage, ScheduleEntry, SchedulesPage, TaskEntry, TasksPage},
    params::Path,
    problems::Problem,
};
use backstop_domain::RunId;
use poem::Request;
use poem_openapi::OpenApi;
use uuid::Uuid;

/// What is done in the background.
pub(crate) struct WorkDone;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl WorkDone {
    /// List clean-ups
    ///
    /// The runs of clean-ups, the newest first. Scope: `admin`.
    #[oai(path = "/clean-ups", method = "get", operation_id = "adminListCleanUps")]
    async fn runs(&self, key: Key<Admin>, request: &Request) -> Result<Answer<RunsPage>, Problem> {
        page(&key, &key.service.use_cases.lists.runs, request, RunsPage::new).await
    }

    /// Show the report of a clean-up
    ///
    /// One run, with what it took from each set of codes. Scope: `admin`.
    #[oai(path = "/clean-ups/:id", method = "get", operation_id = "adminShowCleanUp")]
    async fn run(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<RunReport>, Problem> {
        let report = key.service.use_cases.lists.show_run.run(key.viewer()?, RunId::new(id.0)).await?;
        Ok(Answer::ok(RunReport::new(report.ok_or_else(no_such_entry)?, key.service.clock.now())))
    }

    /// List background work
    ///
    /// What is queued, in hand, done and given up; nothing of what it carries. Scope: `admin`.
    #[oai(path = "/tasks", method = "get", operation_id = "adminListTasks")]
    async fn tasks(&self, key: Key<Admin>, request: &Request) -> Result<Answer<TasksPage>, Problem> {
        page(&key, &key.service.use_cases.lists.tasks, request, TasksPage::new).await
    }

    /// Show a piece of background work
    ///
    /// One task, by its id. Scope: `admin`.
    #[oai(path = "/tasks/:id", method = "get", operation_id = "adminShowTask")]
    async fn task(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<TaskEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.tasks, id.0, TaskEntry::new).await
    }

    /// List schedules
    ///
    /// When what is cleared away. Scope: `admin`.
    #[oai(path = "/schedules", method = "get", operation_id = "adminListSchedules")]
    async fn schedules(&self, key: Key<Admin>, request: &Request) -> Result<Answer<SchedulesPage>, Problem> {
        page(&key, &key.service.use_cases.lists.schedules, request, SchedulesPage::new).await
    }

    /// Show a schedule
    ///
    /// One schedule, by its id. Scope: `admin`.
    #[oai(path = "/schedules/:id", method = "get", operation_id = "adminShowSchedule")]
    async fn schedule(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<ScheduleEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.schedules, id.0, ScheduleEntry::new).await
    }
}
