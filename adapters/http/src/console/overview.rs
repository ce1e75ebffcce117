//! The first page of the console: how the service stands, and what should be done about it.

use super::{
    ACCOUNTS, CLIENTS, HOME, MAILS, RUNS, SCHEDULES, SETTINGS, Said, TASKS,
    chart::{self, Chart},
    view::{Cell, Head, Row, heads, time},
    words::ConsoleWords,
    you::{self, Advice},
};
use crate::{
    problems::Problem,
    site::{
        answer::{Frame, Page, standing},
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::{
    ports::RunRecord,
    use_cases::{ServiceOverview, Total, Warning},
};
use backstop_domain::TaskState;
use poem::Response;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    advice: Vec<Advice>,
    warnings: Vec<WarningView>,
    charts: Vec<Chart>,
    days: Vec<Vec<String>>,
    accounts: Vec<Count>,
    queue: Vec<Count>,
    oldest: Option<Cell>,
    heads: Vec<Head>,
    rows: Vec<Row>,
}

impl Page for OverviewPage {}

struct WarningView {
    text: String,
    /// Where more is told of it.
    to: Option<String>,
    tone: &'static str,
}

/// How many there are of something, and where they are listed.
struct Count {
    number: String,
    what: &'static str,
    to: String,
    is_bad: bool,
}

pub(super) async fn lead_on(visit: Visit) -> Result<Response, Problem> {
    Ok(visit.lead_to(HOME))
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::Top);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    let (advice, _) = you::advice(&visit).await?;
    let overview = visit.service().use_cases.overview.run(visit.viewer()?).await?;
    let said = Said::of(&visit);
    let Said { w, say, cw } = said;
    let (status, wait) = standing(message.as_ref(), false);
    let page = OverviewPage {
        message,
        advice,
        warnings: overview.warnings.iter().map(|warning| told(warning, &visit, cw)).collect(),
        charts: chart::all(&overview.days, &said),
        days: chart::table(&overview.days, &said),
        accounts: accounts(&overview, cw),
        queue: queue(&overview, cw),
        oldest: overview.queue.oldest_due.map(|at| time(&visit, Some(at))),
        heads: heads(&[cw.label("of"), cw.label("started"), cw.label("status"), cw.label("removed")]),
        rows: overview.runs.iter().map(|run| row(run, &said, &visit)).collect(),
        f: visit.frame(HOME).await?,
        w,
        say,
        cw,
    };
    Ok(visit.page(status, wait, &page))
}

fn row(record: &RunRecord, said: &Said, visit: &Visit) -> Row {
    let cells = vec![
        Cell::link(format!("{RUNS}/{}", record.run.id), said.value("of", record.run.of.as_str())),
        time(visit, Some(record.run.started_at)),
        said.badge("run", record.status.as_str()),
        Cell::text((said.cw.number)(record.removed)),
    ];
    Row { cells, ..Row::default() }
}

fn number(total: Total, cw: &ConsoleWords) -> String {
    let more = if matches!(total, Total::AtLeast(_)) { "+" } else { "" };
    format!("{}{more}", (cw.number)(total.number().into()))
}

fn accounts(overview: &ServiceOverview, cw: &'static ConsoleWords) -> Vec<Count> {
    let counts = &overview.accounts;
    let all = [
        (counts.without_codes, cw.accounts_none, "none"),
        (counts.with_few, cw.accounts_few, "few"),
        (counts.expiring, cw.accounts_expiring, "expiring"),
    ];
    let count = |(total, what, codes): (Option<Total>, _, _)| Count {
        number: total.map_or_else(|| cw.too_many_to_count.to_owned(), |total| number(total, cw)),
        what,
        to: format!("{ACCOUNTS}?codes={codes}"),
        is_bad: false,
    };
    all.into_iter().map(count).collect()
}

fn queue(overview: &ServiceOverview, cw: &'static ConsoleWords) -> Vec<Count> {
    let counts = &overview.queue;
    let all = [
        (counts.queued, cw.tasks_queued, TaskState::Queued),
        (counts.running, cw.tasks_running, TaskState::Running),
        (counts.failed, cw.tasks_failed, TaskState::Failed),
    ];
    let count = |(total, what, state): (Total, _, TaskState)| Count {
        number: number(total, cw),
        what,
        to: format!("{TASKS}?state={state}"),
        is_bad: state == TaskState::Failed && total.number() > 0,
    };
    all.into_iter().map(count).collect()
}

fn told(warning: &Warning, visit: &Visit, cw: &ConsoleWords) -> WarningView {
    let teller = visit.teller();
    let to = match warning {
        Warning::PartOut { .. } => None,
        Warning::MailFailing { in_log: true, .. } => Some(format!("{MAILS}?status=failed")),
        Warning::MailFailing { .. } => Some(format!("{TASKS}?state=failed")),
        Warning::QueueStanding { .. } => Some(format!("{TASKS}?state=queued&sort=due&order=asc")),
        Warning::ScheduleLate { schedule, .. } => Some(format!("{SCHEDULES}/{schedule}")),
        Warning::CleanUpFailed { run, .. } => Some(format!("{RUNS}/{run}")),
        Warning::ClientKeyOld { client, .. } | Warning::ClientKeyUnused { client, .. } => {
            Some(format!("{CLIENTS}/{client}"))
        }
        Warning::KeyOld { .. } | Warning::NobodyGetsReports => Some(SETTINGS.to_owned()),
    };
    let is_out = matches!(warning, Warning::PartOut { is_vital: true, .. });
    WarningView {
        text: (cw.warning)(warning, &|at| teller.tell(at).said),
        to,
        tone: if is_out { "loss" } else { "warn" },
    }
}
