use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::{Answer, Done, Json},
    dto::{Flushed, WhatToFlush},
    params::Path,
    problems::{Kind, Problem},
};
use backstop_application::use_cases::TaskChange;
use backstop_domain::TaskId;
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct AdminTasks;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl AdminTasks {
    /// Queue a failed task again
    ///
    /// With all its attempts. Scope: `admin`.
    #[oai(path = "/tasks/:id/retry", method = "post", operation_id = "retryTask")]
    async fn retry(&self, key: Key<Admin>, id: Path<TaskId>) -> Result<Done, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let change = service.acts.run(async move { acting.console.manage_tasks.retry(id.0, &by).await });
        done(change.await??)
    }

    /// Remove a failed task
    ///
    /// For good. Scope: `admin`.
    #[oai(path = "/tasks/:id", method = "delete", operation_id = "removeTask")]
    async fn remove(&self, key: Key<Admin>, id: Path<TaskId>) -> Result<Done, Problem> {
        let (service, by) = key.administrator()?;
        let acting = Arc::clone(&service.use_cases);
        let change = service.acts.run(async move { acting.console.manage_tasks.remove(id.0, &by).await });
        done(change.await??)
    }

    /// Clear tasks away
    ///
    /// With the same choices as `backstop flush-tasks`, of the tasks that the lists show. Scope: `admin`.
    #[oai(path = "/tasks/flush", method = "post", operation_id = "flushTasks")]
    async fn flush(&self, key: Key<Admin>, body: Json<WhatToFlush>) -> Result<Answer<Flushed>, Problem> {
        let (service, by) = key.administrator()?;
        let (acting, flush) = (Arc::clone(&service.use_cases), body.0.flush());
        let cleared = service.acts.run(async move { acting.console.manage_tasks.flush(flush, &by).await });
        Ok(Answer::ok(Flushed { cleared: u32::try_from(cleared.await??).unwrap_or(u32::MAX) }))
    }
}

fn done(change: TaskChange) -> Result<Done, Problem> {
    match change {
        TaskChange::Done => Ok(Done),
        TaskChange::NotFailed => Err(Problem::new(Kind::TaskNotFailed, "The task was not given up.")),
        TaskChange::Missing => Err(Problem::new(Kind::NotFound, "There is no such task.")),
    }
}
