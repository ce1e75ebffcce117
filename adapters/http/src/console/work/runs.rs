//! Clean-ups: the list, and one of them with its report.

use crate::{
    console::{
        ACCOUNTS, RUNS, Said,
        detail::{self, Detail},
        found,
        list::{Shown, address},
        view::{Cell, Facts, Row, Table, heads, time},
    },
    problems::Problem,
    site::visit::Visit,
};
use backstop_application::{
    List, Lists,
    lists::{RunSort, Runs},
    ports::RunRecord,
    use_cases::RunWithLines,
};
use backstop_domain::{RunId, clean_up::StartedBy, letter::BatchLine};
use poem::Response;

impl Shown for Runs {
    const PATH: &'static str = RUNS;
    const COLUMNS: &'static [(&'static str, Option<RunSort>)] = &[
        ("started", Some(RunSort::Started)),
        ("of", None),
        ("started_by", None),
        ("status", None),
        ("removed", None),
        ("removed_batches", None),
        ("ended", None),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.runs
    }

    fn row(entry: &RunRecord, said: &Said, visit: &Visit) -> Vec<Cell> {
        let run = &entry.run;
        let started_by = match &run.started_by {
            StartedBy::Schedule { name, .. } => Cell::text(name),
            StartedBy::CommandLine => Cell::text(said.value("actor", "command_line")),
        };
        vec![
            time(visit, Some(run.started_at)),
            Cell::link(format!("{RUNS}/{}", run.id), said.value("of", run.of.as_str())),
            started_by,
            said.badge("run", entry.status.as_str()),
            Cell::number(entry.removed),
            Cell::number(entry.removed_batches),
            time(visit, entry.ended_at),
        ]
    }
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let cw = said.cw;
    let id = RunId::new(detail::id(&visit)?);
    let report = visit.service().use_cases.lists.show_run.run(visit.viewer()?, id).await?;
    let report = report.ok_or_else(detail::missing)?;
    let run = &report.record.run;
    let mut detail = Detail::new(RUNS, cw.list("clean-ups"), cw.work.run_title, said.value("of", run.of.as_str()));
    detail.facts = facts(&report.record, &visit, &said).await?;
    if let StartedBy::Schedule { id, .. } = &run.started_by {
        detail.links.push((address(RUNS, [("schedule", &*id.to_string())]), cw.work.run_others));
    }
    if report.batches > 0 || !report.lines.is_empty() {
        detail.tables.push(lines(&report, &visit, &said).await?);
    }
    detail::show(visit, detail).await
}

async fn facts(record: &RunRecord, visit: &Visit, said: &Said) -> Result<Facts, Problem> {
    let (run, cw) = (&record.run, said.cw);
    let (started_by, saved_by) = match &run.started_by {
        StartedBy::Schedule { id, name, saved_by } => {
            (found::schedule(visit, *id, Some(name)).await?, Some(saved_by.clone()))
        }
        StartedBy::CommandLine => (Cell::text(said.value("actor", "command_line")), None),
    };
    Ok(Facts::default()
        .and(cw.label("of"), Cell::text(said.value("of", run.of.as_str())))
        .and(cw.label("status"), said.badge("run", record.status.as_str()))
        .and(cw.label("error"), Cell::some(record.error.clone()))
        .and(cw.label("started_by"), started_by)
        .and(cw.label("saved_by"), Cell::some(saved_by))
        .time(visit, cw.label("started"), Some(run.started_at))
        .time(visit, cw.label("ended"), record.ended_at)
        .and(cw.label("retention_days"), Cell::number(run.retention_days))
        .time(visit, cw.label("taken_until"), Some(run.until))
        .and(cw.label("removed"), Cell::number(record.removed))
        .and(cw.label("removed_batches"), Cell::number(record.removed_batches))
        .time(visit, cw.label("oldest"), record.range.map(|(oldest, _)| oldest))
        .time(visit, cw.label("newest"), record.range.map(|(_, newest)| newest))
        .and(cw.label("id"), Cell::Typed(run.id.to_string())))
}

/// What went, set by set, as in the report by mail.
async fn lines(report: &RunWithLines, visit: &Visit, said: &Said) -> Result<Table, Problem> {
    let cw = said.cw;
    let columns = [
        cw.label("owner"),
        cw.label("batch"),
        cw.label("created"),
        cw.label("expires"),
        cw.label("removed"),
        cw.label("left"),
        cw.label("batch_removed"),
    ];
    let mut table = Table::new("lines", cw.work.run_lines, heads(&columns), cw.none_there);
    table.caption = (cw.work.run_sets)(report.batches, report.lines.len());
    for line in &report.lines {
        table.rows.push(Row { cells: cells(line, visit, said).await?, ..Row::default() });
    }
    Ok(table)
}

async fn cells(line: &BatchLine, visit: &Visit, said: &Said) -> Result<Vec<Cell>, Problem> {
    let (set, owner) = found::set(visit, line.batch).await?;
    let owner = match owner {
        Some(owner) => Cell::link(format!("{ACCOUNTS}/{}", owner.account), owner.subject.as_str()),
        None => found::subject(visit, &line.subject).await?,
    };
    Ok(vec![
        owner,
        set,
        time(visit, Some(line.made_at)),
        line.expires_at.map_or(Cell::text(said.w.never), |at| time(visit, Some(at))),
        Cell::number(line.removed_codes),
        Cell::number(line.left),
        said.yes_or_no(line.batch_removed),
    ])
}
