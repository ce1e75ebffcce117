//! Clearing tasks away, with the choices of `backstop flush-tasks`.

use crate::{
    console::{
        Said, TASKS,
        act::{self, administrator},
        deeds::Deed,
        detail,
        list::{self, Shown},
        view::{Act, Field},
    },
    dto::FLUSHES,
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::{
    lists::{ScheduleFilter, Schedules, TaskFilter, Tasks},
    use_cases::{ListRequest, PageSize, Total},
};
use backstop_domain::{TaskKind, TaskState};
use poem::Response;
use std::sync::Arc;

/// How many there are that can go.
pub(in crate::console) struct Standing {
    pub(in crate::console) failed: u32,
    pub(in crate::console) schedules: u32,
    pub(in crate::console) waiting: u32,
}

async fn number<L: Shown>(visit: &Visit, filter: L::Filter) -> Result<u32, Problem> {
    let size = PageSize::new(1).unwrap_or(PageSize::USUAL);
    let asked = ListRequest::<L> { filter, sort: L::SORT, direction: L::DIRECTION, size, cursor: None };
    let total: Total = L::of(&visit.service().use_cases.lists).entries.run(visit.viewer()?, &asked).await?.total;
    Ok(total.number())
}

async fn standing(visit: &Visit) -> Result<Standing, Problem> {
    let in_state = |state, kind| TaskFilter { state: Some(state), kind, ..TaskFilter::default() };
    Ok(Standing {
        failed: number::<Tasks>(visit, in_state(TaskState::Failed, None)).await?,
        schedules: number::<Schedules>(visit, ScheduleFilter::default()).await?,
        waiting: number::<Tasks>(visit, in_state(TaskState::Queued, Some(TaskKind::CleanUp))).await?,
    })
}

pub(super) async fn act(said: &Said, visit: &Visit) -> Result<Act, Problem> {
    let ww = said.cw.work;
    let choices = FLUSHES.iter().map(|(name, _)| ((*name).to_owned(), said.value("flush", name)));
    let which = Field::choice("which", ww.flush_which, choices.collect(), "failed");
    let act = Act::new("flush", TASKS, ww.flush, ww.flush_button).what(ww.flush_what).fields(vec![which]);
    Ok(act.asking((ww.flush_sure)(&standing(visit).await?)))
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    if form.text("act") != "flush" {
        return Err(detail::missing());
    }
    let said = Said::of(&visit);
    let Some((_, flush)) = FLUSHES.iter().find(|(name, _)| *name == form.text("which")) else {
        let message = Message::warn(said.cw.work.flush_unknown);
        return list::show_again::<Tasks>(visit, "flush", &form, message, &["which"]).await;
    };
    if !form.is_ticked("sure") {
        let message = Message::warn(said.w.tick_first);
        return list::show_again::<Tasks>(visit, "flush", &form, message, &["sure"]).await;
    }
    let (acting, flush) = (Arc::clone(&visit.service().use_cases), *flush);
    let cleared = async move { acting.console.manage_tasks.flush(flush, &by).await };
    let cleared = visit.service().acts.run(cleared).await??;
    Ok(act::done(visit, TASKS, Deed::Flushed, cleared))
}
