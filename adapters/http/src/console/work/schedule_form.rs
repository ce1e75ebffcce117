//! What is typed about a schedule, when it is made and later, and when it would run.

use super::schedules::{AHEAD, ahead, facts, none_ahead, page, seen};
use crate::{
    console::{
        SCHEDULES, Said,
        act::{self, administrator},
        deeds::Deed,
        detail::{self, Again, Detail, Preview},
        view::{Act, Field, Input},
    },
    planned,
    problems::{Kind, Problem},
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::use_cases::{Administrator, Planned, ScheduleError};
use backstop_domain::{
    CleanUp, ReportWhen, Schedule,
    schedule::{Beat, Calendar, Rhythm},
};
use jiff::{ToSpan as _, civil::DateTime};
use poem::Response;
use std::sync::Arc;

/// Those that have names, and the one that is counted.
const RHYTHMS: [&str; 8] = ["once", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", EVERY];
const EVERY: &str = "every";

/// What stands in the form before anything is typed.
struct Values {
    name: String,
    of: CleanUp,
    retention_days: u32,
    first: String,
    rhythm: Rhythm,
    zone: String,
    delete_empty: bool,
    log_run: bool,
    report: ReportWhen,
    enabled: bool,
    /// Of a change: what was seen, so that nobody's change is lost.
    revision: Option<String>,
}

/// As fields for a date and a time have it.
fn wall_clock(at: DateTime) -> String {
    let is_whole = at.second() == 0 && at.subsec_nanosecond() == 0;
    if is_whole { at.strftime("%Y-%m-%dT%H:%M").to_string() } else { at.to_string() }
}

impl Values {
    /// What the settings say, from the coming night on.
    fn usual(visit: &Visit) -> Self {
        let usual = visit.service().use_cases.manage_schedules.usual();
        let zone = &visit.site.settings.time_zone;
        let today = zone.date(visit.now);
        let night = today.checked_add(1.day()).unwrap_or(today).at(2, 30, 0, 0);
        Self {
            name: String::new(),
            of: CleanUp::Codes,
            retention_days: usual.retention_days,
            first: wall_clock(night),
            rhythm: "daily".parse().unwrap_or(Rhythm::Once),
            zone: zone.name().to_owned(),
            delete_empty: true,
            log_run: usual.log_runs,
            report: ReportWhen::WhenRemoved,
            enabled: true,
            revision: None,
        }
    }

    fn of(schedule: &Schedule, revision: &str) -> Self {
        Self {
            name: schedule.name.as_str().to_owned(),
            of: schedule.of,
            retention_days: schedule.retention_days,
            first: wall_clock(schedule.calendar.first),
            rhythm: schedule.calendar.rhythm,
            zone: schedule.calendar.zone.name().to_owned(),
            delete_empty: schedule.delete_empty,
            log_run: schedule.log_run,
            report: schedule.report,
            enabled: schedule.enabled,
            revision: Some(revision.to_owned()),
        }
    }

    fn fields(self, said: &Said, visit: &Visit) -> Vec<Field> {
        let (cw, ww) = (said.cw, said.cw.work);
        let named = self.rhythm.to_string();
        let (every, beat) = match self.rhythm {
            Rhythm::Every(interval) if !RHYTHMS.contains(&&*named) => (interval.count().to_string(), interval.beat()),
            Rhythm::Every(_) | Rhythm::Once => (String::new(), Beat::Days),
        };
        let rhythm = if RHYTHMS.contains(&&*named) { named } else { EVERY.to_owned() };
        let least = visit.service().use_cases.manage_schedules.usual().audit_min_retention_days;
        let choice = |place: &'static str, words: &[&str]| {
            words.iter().map(|word| ((*word).to_owned(), said.value(place, word))).collect::<Vec<_>>()
        };
        let kinds: Vec<&str> = CleanUp::ALL.iter().map(|of| of.as_str()).collect();
        let reports: Vec<&str> = ReportWhen::ALL.iter().map(|when| when.as_str()).collect();
        let mut number = Field::line("retention_days", cw.label("retention_days"), self.retention_days.to_string());
        number.input = Input::Line("number");
        let mut count = Field::line("every", cw.label("every"), every);
        count.input = Input::Line("number");
        let first = Field {
            value: self.first,
            ..Field::new("first_run_at", cw.label("first_run_at"), Input::Line("datetime-local"))
        };
        let mut fields = vec![
            Field::line("name", cw.label("name"), self.name),
            Field::choice("of", cw.label("of"), choice("of", &kinds), self.of.as_str()),
            number.hint((ww.retention_hint)(least)),
            first.hint(ww.first_run_hint),
            Field::choice("rhythm", cw.label("rhythm"), choice("rhythm", &RHYTHMS), rhythm),
            count.hint(ww.every_hint),
            Field::choice("beat", cw.label("beat"), choice("beat", &Beat::ALL.map(Beat::as_str)), beat.as_str()),
            Field::line("time_zone", cw.label("time_zone"), self.zone).hint(ww.time_zone_hint),
            Field::tick("delete_empty", ww.delete_empty_tick, self.delete_empty),
            Field::tick("log_run", ww.log_run_tick, self.log_run),
            Field::choice("report", cw.label("report"), choice("report", &reports), self.report.as_str()),
            Field::tick("enabled", ww.enabled_tick, self.enabled),
        ];
        fields.extend(self.revision.map(|revision| Field::hidden("revision", revision)));
        fields
    }
}

type Wrong = Vec<(&'static str, &'static str)>;

/// What was typed, or which fields can't be what is asked for, with why.
fn read(form: &Form, said: &Said) -> Result<Planned, Wrong> {
    let ww = said.cw.work;
    let rhythm = match form.text("rhythm") {
        EVERY => format!("every {} {}", form.text("every").trim(), form.text("beat")),
        named => named.to_owned(),
    };
    let stated = planned::Stated {
        name: form.text("name"),
        retention_days: form.text("retention_days").trim().parse().ok(),
        first_run_at: form.text("first_run_at").trim(),
        rhythm: &rhythm,
        time_zone: Some(form.text("time_zone").trim()),
    };
    let mut wrong = Wrong::new();
    let read = stated.read().map_err(|all| wrong.extend(all.iter().map(|one| (one.field, why(one.field, said)))));
    let of = form.text("of").parse::<CleanUp>().map_err(|_| wrong.push(("of", ww.bad_choice)));
    let report = form.text("report").parse::<ReportWhen>().map_err(|_| wrong.push(("report", ww.bad_choice)));
    match (read, of, report) {
        (Ok(read), Ok(of), Ok(report)) => Ok(Planned {
            name: read.name,
            of,
            retention_days: read.retention_days,
            calendar: read.calendar,
            delete_empty: form.is_ticked("delete_empty"),
            log_run: form.is_ticked("log_run"),
            report,
            enabled: form.is_ticked("enabled"),
        }),
        _ => Err(wrong),
    }
}

fn why(field: &str, said: &Said) -> &'static str {
    let ww = said.cw.work;
    match field {
        "name" => ww.bad_schedule_name,
        "retention_days" => ww.bad_days,
        "first_run_at" => ww.bad_first_run,
        "rhythm" => ww.bad_rhythm,
        _ => ww.bad_zone,
    }
}

/// What comes of what was typed; without it, that it can't be read.
fn preview(planned: Option<&Planned>, seen: Option<&Schedule>, visit: &Visit) -> Preview {
    let said = Said::of(visit);
    let Some(planned) = planned else {
        return Preview {
            title: said.cw.work.next_runs,
            lines: Vec::new(),
            empty: said.cw.work.preview_unread,
            button: said.cw.work.preview_button,
        };
    };
    let runs = match seen {
        Some(schedule) => planned.clone().over(schedule, visit.now).next_runs().take(AHEAD).collect(),
        None => planned.ahead(visit.now, AHEAD),
    };
    let Calendar { zone, .. } = &planned.calendar;
    ahead(runs, zone, none_ahead(planned.enabled, &said), visit)
}

/// What a schedule would be that is saved as it is.
fn as_it_is(schedule: &Schedule) -> Planned {
    Planned {
        name: schedule.name.clone(),
        of: schedule.of,
        retention_days: schedule.retention_days,
        calendar: schedule.calendar.clone(),
        delete_empty: schedule.delete_empty,
        log_run: schedule.log_run,
        report: schedule.report,
        enabled: schedule.enabled,
    }
}

fn new_one(visit: &Visit, preview: Preview) -> Detail {
    let said = Said::of(visit);
    let (cw, ww) = (said.cw, said.cw.work);
    let mut detail = Detail::new(SCHEDULES, cw.list("schedules"), ww.schedule_new, "");
    let create = Act::new("create", format!("{SCHEDULES}/new"), ww.schedule_new, ww.schedule_create_button);
    detail.main = Some(create.fields(Values::usual(visit).fields(&said, visit)).main());
    detail.preview = Some(preview);
    detail
}

fn edit_of(schedule: &Schedule, revision: &str, visit: &Visit, preview: Preview) -> Detail {
    let said = Said::of(visit);
    let (cw, ww) = (said.cw, said.cw.work);
    let mut detail = Detail::new(SCHEDULES, cw.list("schedules"), ww.schedule_edit_title, schedule.name.as_str());
    let save = Act::new("save", format!("{}/edit", page(schedule.id)), ww.schedule_edit_title, cw.save);
    detail.main = Some(save.fields(Values::of(schedule, revision).fields(&said, visit)).main());
    detail.preview = Some(preview);
    detail.links = vec![(page(schedule.id), ww.schedule_back)];
    detail
}

pub(in crate::console) async fn show_new(visit: Visit) -> Result<Response, Problem> {
    if visit.administrator().is_none() {
        return Ok(visit.lead_to(SCHEDULES));
    }
    let said = Said::of(&visit);
    let usual = Values::usual(&visit);
    let calendar = usual.first.parse().ok().map(|first| Calendar {
        first,
        zone: visit.site.settings.time_zone.clone(),
        rhythm: usual.rhythm,
    });
    let runs = calendar.map_or_else(Vec::new, |calendar| calendar.all_from(visit.now).take(AHEAD).collect());
    let preview = ahead(runs, &visit.site.settings.time_zone, said.cw.work.next_none, &visit);
    let detail = new_one(&visit, preview);
    detail::show(visit, detail).await
}

pub(in crate::console) async fn show_edit(visit: Visit) -> Result<Response, Problem> {
    let schedule = seen(&visit).await?;
    if visit.administrator().is_none() {
        return Ok(visit.lead_to(&page(schedule.id)));
    }
    let preview = preview(Some(&as_it_is(&schedule)), Some(&schedule), &visit);
    let detail = edit_of(&schedule, &schedule.revision.to_string(), &visit, preview);
    detail::show(visit, detail).await
}

/// What was wrong, told above the form.
fn told(wrong: &Wrong, said: &Said) -> Message {
    let why: Vec<&str> = wrong.iter().map(|(_, why)| *why).collect();
    Message::warn(said.cw.not_saved).more(why.join(" "))
}

/// The fields that are wrong; of a rhythm, the number too.
fn fields(wrong: &Wrong) -> Vec<&'static str> {
    let mut fields: Vec<&str> = wrong.iter().map(|(field, _)| *field).collect();
    if fields.contains(&"rhythm") {
        fields.push("every");
    }
    fields
}

pub(in crate::console) async fn create(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let said = Said::of(&visit);
    let planned = read(&form, &said);
    let preview = preview(planned.as_ref().ok(), None, &visit);
    let wrong = match planned {
        Ok(_) if form.is_ticked("preview") => {
            let detail = new_one(&visit, preview);
            return detail::show_typed(visit, detail, &form).await;
        }
        Ok(planned) => {
            let acting = Arc::clone(&visit.service().use_cases);
            let created = async move { acting.manage_schedules.create(planned, &(&by).into()).await };
            match visit.service().acts.run(created).await? {
                Ok(schedule) => return Ok(act::done(visit, &page(schedule.id), Deed::ScheduleCreated, 1)),
                Err(ScheduleError::NameTaken) => vec![("name", said.cw.work.schedule_name_taken)],
                Err(error) => return Err(error.into()),
            }
        }
        Err(wrong) => wrong,
    };
    let (message, names) = (told(&wrong, &said), fields(&wrong));
    let detail = new_one(&visit, preview);
    detail::show_again(visit, detail, Again::new("create", &form, message, &names)).await
}

pub(in crate::console) async fn change(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let said = Said::of(&visit);
    let schedule = seen(&visit).await?;
    let unread = |_| Problem::new(Kind::InvalidRequest, "The form does not say which revision was seen.");
    // As it was seen, however often what comes of it is looked at: a change of somebody else is told when it is saved.
    let revision = form.drawn("revision")?.to_owned();
    let number: u32 = revision.parse().map_err(unread)?;
    let planned = read(&form, &said);
    let shown = preview(planned.as_ref().ok(), Some(&schedule), &visit);
    let wrong = match planned {
        Ok(_) if form.is_ticked("preview") => {
            let detail = edit_of(&schedule, &revision, &visit, shown);
            return detail::show_typed(visit, detail, &form).await;
        }
        Ok(planned) => match save(&visit, &schedule, number, planned.clone(), by).await? {
            Ok(()) => return Ok(act::done(visit, &page(schedule.id), Deed::ScheduleChanged, 1)),
            Err(ScheduleError::Changed) => return meanwhile(visit, &form, &planned).await,
            Err(ScheduleError::NameTaken) => vec![("name", said.cw.work.schedule_name_taken)],
            Err(ScheduleError::Unknown) => return Err(detail::missing()),
            Err(error) => return Err(error.into()),
        },
        Err(wrong) => wrong,
    };
    let (message, names) = (told(&wrong, &said), fields(&wrong));
    let detail = edit_of(&schedule, &revision, &visit, shown);
    detail::show_again(visit, detail, Again::new("save", &form, message, &names)).await
}

async fn save(
    visit: &Visit,
    schedule: &Schedule,
    revision: u32,
    planned: Planned,
    by: Administrator,
) -> Result<Result<(), ScheduleError>, Problem> {
    let (acting, id) = (Arc::clone(&visit.service().use_cases), schedule.id);
    let saved = async move { acting.manage_schedules.update(id, revision, planned, &(&by).into()).await.map(|_| ()) };
    visit.service().acts.run(saved).await
}

/// Somebody else saved it: what was typed stays in the form, how it is now stands below, and whoever saves again has seen
/// both.
async fn meanwhile(visit: Visit, form: &Form, planned: &Planned) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let schedule = seen(&visit).await?;
    let shown = preview(Some(planned), Some(&schedule), &visit);
    let mut detail = edit_of(&schedule, &schedule.revision.to_string(), &visit, shown);
    detail.facts = facts(&schedule, &visit, &said);
    let ww = said.cw.work;
    let message = Message::warn((ww.changed_by)(&schedule.saved_by)).more(ww.changed_by_more);
    detail::show_again(visit, detail, Again::new("save", form, message, &[])).await
}
