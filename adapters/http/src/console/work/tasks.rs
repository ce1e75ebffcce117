//! Background work: the list by states, one task, and trying it again or removing it.

use super::flush;
use crate::{
    console::{
        MAILS, Said, TASKS,
        act::{self, administrator},
        deeds::Deed,
        detail::{self, Again, Detail},
        found,
        list::Shown,
        view::{Act, Cell, Facts, time},
    },
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::{
    List, Lists,
    lists::{Owned, TaskSort, Tasks},
    ports::TaskView,
    use_cases::TaskChange,
};
use backstop_domain::{AccountId, TaskId, TaskState};
use poem::Response;
use std::sync::Arc;

impl Shown for Tasks {
    const PATH: &'static str = TASKS;
    const COLUMNS: &'static [(&'static str, Option<TaskSort>)] = &[
        ("kind", None),
        ("state", None),
        ("owner", None),
        ("created", Some(TaskSort::Created)),
        ("due", Some(TaskSort::Due)),
        ("attempts", None),
        ("detail", None),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.tasks
    }

    fn row(entry: &Owned<TaskView>, said: &Said, visit: &Visit) -> Vec<Cell> {
        let task = &entry.of;
        vec![
            Cell::link(page(task.id), said.value("task", task.kind.as_str())),
            said.badge("task", task.state.as_str()),
            Cell::owner(entry.owner.as_ref(), task.concerns.account.map(AccountId::uuid)),
            time(visit, Some(task.created_at)),
            time(visit, Some(task.due_at)),
            Cell::text(attempts(task)),
            Cell::some(task.error.as_ref().or(task.summary.as_ref()).cloned()),
        ]
    }

    async fn acts(said: &Said, visit: &Visit) -> Result<Vec<Act>, Problem> {
        Ok(vec![flush::act(said, visit).await?])
    }
}

fn page(id: TaskId) -> String {
    format!("{TASKS}/{id}")
}

fn attempts(task: &TaskView) -> String {
    format!("{} / {}", task.attempt, task.attempts)
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let detail = about(&visit).await?.1;
    detail::show(visit, detail).await
}

async fn about(visit: &Visit) -> Result<(TaskView, Detail), Problem> {
    let said = Said::of(visit);
    let cw = said.cw;
    let (viewer, lists) = (visit.viewer()?, &visit.service().use_cases.lists);
    let entry = lists.tasks.one.run(viewer, detail::id(visit)?).await?.ok_or_else(detail::missing)?;
    let task = entry.of;
    let kind = said.value("task", task.kind.as_str());
    let mut detail = Detail::new(TASKS, cw.list("tasks"), cw.work.task_title, kind.clone());
    let set = match task.concerns.batch {
        Some(batch) => found::set(visit, batch).await?.0,
        None => Cell::Nothing,
    };
    let schedule = match task.concerns.schedule {
        Some(schedule) => found::schedule(visit, schedule, None).await?,
        None => Cell::Nothing,
    };
    detail.facts = Facts::default()
        .and(cw.label("kind"), Cell::text(kind))
        .and(cw.label("state"), said.badge("task", task.state.as_str()))
        .and(cw.label("owner"), Cell::owner(entry.owner.as_ref(), task.concerns.account.map(AccountId::uuid)))
        .and(cw.label("batch"), set)
        .and(cw.label("of_schedule"), schedule)
        .and(cw.label("attempts"), Cell::text(attempts(&task)))
        .and(cw.label("result"), Cell::some(task.summary.clone()))
        .and(cw.label("error"), Cell::some(task.error.clone()))
        .time(visit, cw.label("created"), Some(task.created_at))
        .time(visit, cw.label("due"), Some(task.due_at))
        .time(visit, cw.label("begun"), task.begun_at)
        .time(visit, cw.label("ended"), task.ended_at)
        .and(cw.label("worker"), task.worker.map_or(Cell::Nothing, |worker| Cell::Typed(worker.to_string())))
        .and(cw.label("id"), Cell::Typed(task.id.to_string()));
    if lists.mails.one.run(viewer, task.id.uuid()).await?.is_some() {
        detail.links.push((format!("{MAILS}/{}", task.id), cw.work.task_mail));
    }
    if task.state == TaskState::Failed {
        let retry = Act::new("retry", page(task.id), cw.work.task_retry, cw.work.task_retry_button);
        let remove = Act::new("remove", page(task.id), cw.work.task_remove, cw.work.task_remove_button);
        detail.acts = vec![
            retry.what(cw.work.task_retry_what),
            remove.what(cw.work.task_remove_what).asking(cw.work.task_remove_sure),
        ];
    }
    Ok((task, detail))
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let (task, detail) = about(&visit).await?;
    let (acting, id) = (Arc::clone(&visit.service().use_cases), task.id);
    let (changed, deed, to) = match form.text("act") {
        "retry" => {
            let retried = async move { acting.console.manage_tasks.retry(id, &by).await };
            (visit.service().acts.run(retried).await??, Deed::TaskRetried, page(id))
        }
        "remove" if !form.is_ticked("sure") => {
            let message = Message::warn(Said::of(&visit).w.tick_first);
            return detail::show_again(visit, detail, Again::new("remove", &form, message, &["sure"])).await;
        }
        "remove" => {
            let removed = async move { acting.console.manage_tasks.remove(id, &by).await };
            (visit.service().acts.run(removed).await??, Deed::TaskRemoved, TASKS.to_owned())
        }
        _ => return Err(detail::missing()),
    };
    match changed {
        TaskChange::Done => Ok(act::done(visit, &to, deed, 1)),
        TaskChange::NotFailed => Ok(act::done(visit, &page(id), Deed::TaskNotFailed, 0)),
        TaskChange::Missing => Err(detail::missing()),
    }
}
