//! Schedules: the list, one of them with what it has ahead, and pausing, running and removing it.

use super::{by_its_clock, rhythm};
use crate::{
    console::{
        RUNS, SCHEDULES, Said, TASKS,
        act::{self, administrator},
        deeds::Deed,
        detail::{self, Again, Detail, Preview},
        list::{Shown, address},
        view::{Act, Cell, Facts, Field, Input, time},
    },
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::{
    List, Lists,
    lists::{ScheduleSort, Schedules},
    use_cases::ScheduleError,
};
use backstop_domain::{Schedule, ScheduleId, Timestamp, schedule::Zone};
use poem::Response;
use std::sync::Arc;

/// So many runs are told ahead.
pub(super) const AHEAD: usize = 5;

impl Shown for Schedules {
    const PATH: &'static str = SCHEDULES;
    const COLUMNS: &'static [(&'static str, Option<ScheduleSort>)] = &[
        ("name", Some(ScheduleSort::Name)),
        ("of", None),
        ("rhythm", None),
        ("enabled", None),
        ("next", None),
        ("last_run", None),
        ("last_status", None),
        ("created", Some(ScheduleSort::Created)),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.schedules
    }

    fn row(schedule: &Schedule, said: &Said, visit: &Visit) -> Vec<Cell> {
        let last = schedule.last.as_ref();
        vec![
            Cell::link(page(schedule.id), schedule.name.as_str()),
            Cell::text(said.value("of", schedule.of.as_str())),
            Cell::text(rhythm(schedule.calendar.rhythm, said)),
            said.yes_or_no(schedule.enabled),
            time(visit, schedule.next_run()),
            time(visit, last.map(|last| last.at)),
            last.map_or(Cell::Nothing, |last| said.badge("run", last.status.as_str())),
            time(visit, Some(schedule.created_at)),
        ]
    }

    fn links(said: &Said, _filters: &str, is_acting: bool) -> Vec<(String, &'static str)> {
        if is_acting { vec![(format!("{SCHEDULES}/new"), said.cw.work.schedule_new)] } else { Vec::new() }
    }
}

pub(super) fn page(id: ScheduleId) -> String {
    format!("{SCHEDULES}/{id}")
}

/// The schedule in the address.
pub(super) async fn seen(visit: &Visit) -> Result<Schedule, Problem> {
    let lists = &visit.service().use_cases.lists;
    lists.schedules.one.run(visit.viewer()?, detail::id(visit)?).await?.ok_or_else(detail::missing)
}

/// What comes, by the clock that the schedule goes by.
pub(super) fn ahead(runs: Vec<Timestamp>, zone: &Zone, empty: &'static str, visit: &Visit) -> Preview {
    let ww = Said::of(visit).cw.work;
    let lines = runs.into_iter().map(|at| by_its_clock(at, zone, visit)).collect();
    Preview { title: ww.next_runs, lines, empty, button: ww.preview_button }
}

pub(super) fn none_ahead(is_enabled: bool, said: &Said) -> &'static str {
    if is_enabled { said.cw.work.next_none } else { said.cw.work.next_none_paused }
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let schedule = seen(&visit).await?;
    let detail = about(&schedule, &visit);
    detail::show(visit, detail).await
}

fn about(schedule: &Schedule, visit: &Visit) -> Detail {
    let said = Said::of(visit);
    let cw = said.cw;
    let mut detail = Detail::new(SCHEDULES, cw.list("schedules"), cw.work.schedule_title, schedule.name.as_str());
    detail.warning = (!schedule.enabled).then(|| cw.work.schedule_is_paused.to_owned());
    let runs = schedule.next_runs().take(AHEAD).collect();
    detail.preview = Some(ahead(runs, &schedule.calendar.zone, none_ahead(schedule.enabled, &said), visit));
    detail.facts = facts(schedule, visit, &said);
    let id = schedule.id.to_string();
    detail.links = vec![
        (address(RUNS, [("schedule", &*id)]), cw.work.schedule_runs),
        (address(TASKS, [("schedule", &*id)]), cw.work.schedule_tasks),
    ];
    if visit.administrator().is_some() {
        detail.links.insert(0, (format!("{}/edit", page(schedule.id)), cw.work.schedule_edit));
    }
    detail.acts = acts(schedule, &said);
    detail
}

pub(super) fn facts(schedule: &Schedule, visit: &Visit, said: &Said) -> Facts {
    let cw = said.cw;
    let last = schedule.last.as_ref();
    let calendar = &schedule.calendar;
    Facts::default()
        .and(cw.label("name"), Cell::text(schedule.name.as_str()))
        .and(cw.label("of"), Cell::text(said.value("of", schedule.of.as_str())))
        .and(cw.label("retention_days"), Cell::number(schedule.retention_days))
        .and(cw.label("rhythm"), Cell::text(rhythm(calendar.rhythm, said)))
        .and(
            cw.label("first_run_at"),
            calendar.begins().map_or(Cell::Nothing, |at| by_its_clock(at, &calendar.zone, visit)),
        )
        .and(cw.label("time_zone"), Cell::text(calendar.zone.name()))
        .and(cw.label("delete_empty"), said.yes_or_no(schedule.delete_empty))
        .and(cw.label("log_run"), said.yes_or_no(schedule.log_run))
        .and(cw.label("report"), Cell::text(said.value("report", schedule.report.as_str())))
        .and(cw.label("enabled"), said.yes_or_no(schedule.enabled))
        .time(visit, cw.label("last_run"), last.map(|last| last.at))
        .and(cw.label("last_status"), last.map_or(Cell::Nothing, |last| said.badge("run", last.status.as_str())))
        .and(cw.label("last_error"), Cell::some(last.and_then(|last| last.error.clone())))
        .and(cw.label("total_removed"), Cell::number(schedule.total_removed))
        .and(cw.label("saved_by"), Cell::text(&*schedule.saved_by))
        .time(visit, cw.label("modified"), Some(schedule.modified_at))
        .time(visit, cw.label("created"), Some(schedule.created_at))
        .and(cw.label("id"), Cell::Typed(schedule.id.to_string()))
}

fn acts(schedule: &Schedule, said: &Said) -> Vec<Act> {
    let ww = said.cw.work;
    let to = || page(schedule.id);
    let mut acts = Vec::new();
    if schedule.enabled {
        let when = Field::new("at", ww.schedule_run_at, Input::Line("datetime-local"))
            .hint((ww.schedule_run_hint)(schedule.calendar.zone.name()));
        let run = Act::new("run", to(), ww.schedule_run, ww.schedule_run_button).what(ww.schedule_run_what);
        acts.push(run.fields(vec![when]));
        let pause = Act::new("pause", to(), ww.schedule_pause, ww.schedule_pause_button);
        acts.push(pause.what(ww.schedule_pause_what));
    } else {
        let resume = Act::new("resume", to(), ww.schedule_resume, ww.schedule_resume_button);
        acts.push(resume.what(ww.schedule_resume_what));
    }
    let remove = Act::new("remove", to(), ww.schedule_remove, ww.schedule_remove_button);
    let sure = (ww.schedule_remove_sure)(schedule.name.as_str());
    acts.push(remove.what(ww.schedule_remove_what).asking(sure));
    acts
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let schedule = seen(&visit).await?;
    let id = schedule.id;
    let acting = Arc::clone(&visit.service().use_cases);
    let name = form.text("act").to_owned();
    match &*name {
        "pause" => {
            let paused = async move { acting.manage_schedules.pause(id, &(&by).into()).await.map(|_| ()) };
            let came = visit.service().acts.run(paused).await?;
            came_of(visit, &schedule, &form, came, Deed::SchedulePaused).await
        }
        "resume" => {
            let resumed = async move { acting.manage_schedules.resume(id, &(&by).into()).await.map(|_| ()) };
            let came = visit.service().acts.run(resumed).await?;
            came_of(visit, &schedule, &form, came, Deed::ScheduleResumed).await
        }
        "run" => {
            let typed = form.text("at").trim().to_owned();
            let at = typed.parse().ok().and_then(|shown| schedule.calendar.zone.instant(shown));
            if at.is_none() && !typed.is_empty() {
                let message = Message::warn(Said::of(&visit).cw.work.bad_time);
                return again(visit, &schedule, Again::new("run", &form, message, &["at"])).await;
            }
            let deed = if at.is_some_and(|at| at > visit.now) { Deed::ScheduleChanged } else { Deed::RunPlanned };
            let planned = async move { acting.manage_schedules.run_extra(id, at, &(&by).into()).await.map(|_| ()) };
            let came = visit.service().acts.run(planned).await?;
            came_of(visit, &schedule, &form, came, deed).await
        }
        "remove" if !form.is_ticked("sure") => {
            let message = Message::warn(Said::of(&visit).w.tick_first);
            again(visit, &schedule, Again::new("remove", &form, message, &["sure"])).await
        }
        "remove" => {
            let removed = async move { acting.manage_schedules.remove(id, &(&by).into()).await };
            let came = visit.service().acts.run(removed).await?;
            came_of(visit, &schedule, &form, came, Deed::ScheduleRemoved).await
        }
        _ => Err(detail::missing()),
    }
}

async fn again(visit: Visit, schedule: &Schedule, again: Again<'_>) -> Result<Response, Problem> {
    let detail = about(schedule, &visit);
    detail::show_again(visit, detail, again).await
}

async fn came_of(
    visit: Visit,
    schedule: &Schedule,
    form: &Form,
    came: Result<(), ScheduleError>,
    deed: Deed,
) -> Result<Response, Problem> {
    let error = match came {
        Ok(()) => {
            let to = if deed == Deed::ScheduleRemoved { SCHEDULES.to_owned() } else { page(schedule.id) };
            return Ok(act::done(visit, &to, deed, 1));
        }
        Err(error) => error,
    };
    let ww = Said::of(&visit).cw.work;
    let message = match error {
        ScheduleError::TooEarly => ww.schedule_too_early,
        ScheduleError::Paused => ww.schedule_paused_run,
        ScheduleError::Changed => ww.schedule_changed_meanwhile,
        ScheduleError::Unknown => return Err(detail::missing()),
        fault @ (ScheduleError::NameTaken | ScheduleError::Fault(_)) => return Err(fault.into()),
    };
    // What it is by now.
    let schedule = seen(&visit).await?;
    again(visit, &schedule, Again::new("run", form, Message::warn(message), &["at"])).await
}
