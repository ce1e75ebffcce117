//! Sets of codes: the list, one of them with its codes, and what can be done with it.

use crate::{
    console::{
        ACCOUNTS, AUDIT, BATCHES, CODES, Said,
        act::{self, administrator, came_of},
        deeds::Deed,
        detail::{self, Again, Detail},
        list::{Shown, address},
        view::{Act, Cell, Facts, Picking, Row, Table, heads, short, time},
    },
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::{
    List, Lists,
    lists::{BatchSort, Batches, CodeFilter, CodeSort, CodesOf, Owned},
    ports::{Direction, Revocation},
    use_cases::{Administrator, ListRequest, PageSize, ReviseCodes},
};
use backstop_domain::{AccountId, Batch, BatchId, CodeId};
use poem::Response;
use std::sync::Arc;

impl Shown for Batches {
    const PATH: &'static str = BATCHES;
    const COLUMNS: &'static [(&'static str, Option<BatchSort>)] = &[
        ("whose", None),
        ("id", None),
        ("status", None),
        ("left", None),
        ("created", Some(BatchSort::Created)),
        ("expires", Some(BatchSort::Expires)),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.batches
    }

    fn row(entry: &Owned<Batch>, said: &Said, visit: &Visit) -> Vec<Cell> {
        let mut row = vec![Cell::owner(entry.owner.as_ref(), Some(entry.of.account.uuid()))];
        row.extend(cells(&entry.of, said, visit));
        row
    }
}

/// A set as a row, without whose it is.
pub(super) fn cells(batch: &Batch, said: &Said, visit: &Visit) -> Vec<Cell> {
    let counters = &batch.counters;
    vec![
        Cell::to(BATCHES, batch.id.uuid()),
        said.badge("batch", batch.status(visit.now).as_str()),
        Cell::text(format!("{} / {}", batch.remaining(visit.now), counters.issued)),
        time(visit, Some(batch.created_at)),
        batch.expires_at.map_or(Cell::text(said.w.never), |at| time(visit, Some(at))),
    ]
}

fn page(id: BatchId) -> String {
    format!("{BATCHES}/{id}")
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let detail = about(&visit).await?.1;
    detail::show(visit, detail).await
}

async fn about(visit: &Visit) -> Result<(Owned<Batch>, Detail), Problem> {
    let said = Said::of(visit);
    let cw = said.cw;
    let (viewer, lists) = (visit.viewer()?, &visit.service().use_cases.lists);
    let entry = lists.batches.one.run(viewer, detail::id(visit)?).await?.ok_or_else(detail::missing)?;
    let batch = &entry.of;
    let owner = entry.owner.as_ref().map_or_else(String::new, |owner| owner.subject.as_str().to_owned());
    let mut detail = Detail::new(BATCHES, cw.list("batches"), cw.set_title, owner);
    detail.facts = facts(&entry, visit, &said);
    let asked = ListRequest {
        filter: CodeFilter { of: CodesOf::Batch(batch.id), status: None },
        sort: CodeSort::Id,
        direction: Direction::Ascending,
        size: PageSize::new(PageSize::MOST).unwrap_or(PageSize::USUAL),
        cursor: None,
    };
    let codes = lists.codes.entries.run(viewer, &asked).await?;
    let columns = [cw.label("number"), cw.label("status"), cw.label("since"), cw.label("id")];
    let mut table = Table::new("set-codes", cw.set_codes, heads(&columns), cw.set_codes_gone);
    table.caption = (cw.total)(codes.total.number(), true);
    table.rows = (1..)
        .zip(&codes.entries)
        .map(|(number, code)| Row {
            cells: vec![
                Cell::number(number),
                said.badge("code", code.of.status.as_str()),
                time(visit, code.of.since),
                Cell::to(CODES, code.of.id.uuid()),
            ],
            pick: Some((code.of.id.to_string(), (cw.pick_code)(number))),
            act: None,
        })
        .collect();
    table.picking = Some(Picking {
        to: page(batch.id),
        what: cw.picked_what,
        buttons: vec![("invalidate-codes", cw.picked_invalidate), ("delete-codes", cw.picked_delete)],
    });
    detail.tables.push(table);
    let account = batch.account.to_string();
    detail.links = vec![
        (format!("{ACCOUNTS}/{account}"), cw.account_title),
        (address(AUDIT, [("account", &*account)]), cw.list("audit")),
    ];
    detail.acts = acts(batch, visit, &said);
    Ok((entry, detail))
}

fn facts(entry: &Owned<Batch>, visit: &Visit, said: &Said) -> Facts {
    let (batch, cw) = (&entry.of, said.cw);
    let counters = &batch.counters;
    Facts::default()
        .and(cw.account_title, Cell::owner(entry.owner.as_ref(), Some(batch.account.uuid())))
        .and(cw.label("status"), said.badge("batch", batch.status(visit.now).as_str()))
        .and(cw.label("left"), Cell::number(batch.remaining(visit.now)))
        .and(said.w.issued, Cell::number(counters.issued))
        .and(said.w.used, Cell::number(counters.used))
        .and(said.w.invalidated, Cell::number(counters.invalidated))
        .and(said.w.removed, Cell::number(counters.removed))
        .and(cw.label("purged"), Cell::number(counters.purged))
        .and(cw.label("profile"), Cell::text(batch.profile.as_str()))
        .time(visit, cw.label("created"), Some(batch.created_at))
        .time(visit, cw.label("modified"), Some(batch.modified_at))
        .and(cw.label("expires"), batch.expires_at.map_or(Cell::text(said.w.never), |at| time(visit, Some(at))))
        .time(visit, cw.label("superseded_at"), batch.superseded_at)
        .time(visit, cw.label("invalidated_at"), batch.invalidated_at)
        .time(visit, cw.label("deleted_at"), batch.deleted_at)
        .time(visit, said.w.viewed, batch.viewed_at)
        .time(visit, said.w.downloaded_fact, batch.downloaded_at)
        .time(visit, said.w.emailed_fact, batch.emailed_at)
        .time(visit, cw.label("email_failed"), batch.email_failed_at)
        .and(cw.label("id"), Cell::Typed(batch.id.to_string()))
}

fn acts(batch: &Batch, visit: &Visit, said: &Said) -> Vec<Act> {
    let cw = said.cw;
    let (to, left) = (|| page(batch.id), batch.remaining(visit.now));
    let rows = batch.counters.issued.saturating_sub(batch.counters.purged);
    let mut acts = Vec::new();
    if batch.stands() {
        let act = Act::new("invalidate", to(), cw.set_invalidate, cw.set_invalidate_button);
        acts.push(act.what(cw.set_invalidate_what).asking((cw.set_invalidate_sure)(left)));
    }
    if batch.deleted_at.is_none() {
        let act = Act::new("delete", to(), cw.set_delete, cw.set_delete_button);
        acts.push(act.what(cw.set_delete_what).asking((cw.set_delete_sure)(left)));
    }
    let act = Act::new("remove", to(), cw.set_remove, cw.set_remove_button);
    acts.push(act.what(cw.set_remove_what).asking((cw.set_remove_sure)(rows)));
    acts
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let (entry, detail) = about(&visit).await?;
    let (account, batch) = (entry.of.account, entry.of.id);
    let act = form.text("act").to_owned();
    let to = page(batch);
    match &*act {
        "invalidate-codes" => revise(visit, picked(&form), account, Revocation::Invalidate, by, &to).await,
        "delete-codes" => revise(visit, picked(&form), account, Revocation::Delete, by, &to).await,
        "invalidate" | "delete" | "remove" if !form.is_ticked("sure") => {
            let message = Message::warn(Said::of(&visit).w.tick_first);
            detail::show_again(visit, detail, Again::new(&act, &form, message, &["sure"])).await
        }
        "invalidate" => revoke(visit, account, batch, Revocation::Invalidate, by).await,
        "delete" => revoke(visit, account, batch, Revocation::Delete, by).await,
        "remove" => {
            let acting = Arc::clone(&visit.service().use_cases);
            let removed = async move { acting.console.remove_batch.run(account, batch, &by).await };
            let removed = came_of(visit.service().acts.run(removed).await?)?.unwrap_or_default();
            Ok(act::done(visit, &format!("{ACCOUNTS}/{account}"), Deed::SetRemoved, removed.into()))
        }
        _ => Err(detail::missing()),
    }
}

async fn revoke(
    visit: Visit,
    account: AccountId,
    batch: BatchId,
    how: Revocation,
    by: Administrator,
) -> Result<Response, Problem> {
    let acting = Arc::clone(&visit.service().use_cases);
    let revoked = async move { acting.revoke_batch.run(account, batch, how, by.caller()).await };
    came_of(visit.service().acts.run(revoked).await?)?;
    let deed = match how {
        Revocation::Invalidate => Deed::SetInvalidated,
        Revocation::Delete => Deed::SetMarked,
    };
    Ok(act::done(visit, &page(batch), deed, 1))
}

fn picked(form: &Form) -> Vec<CodeId> {
    form.all("pick").filter_map(|id| id.parse().ok()).take(ReviseCodes::MOST).collect()
}

/// Those codes of the account that were picked; back to where they were picked.
pub(super) async fn revise(
    visit: Visit,
    picked: Vec<CodeId>,
    account: AccountId,
    how: Revocation,
    by: Administrator,
    to: &str,
) -> Result<Response, Problem> {
    if picked.is_empty() {
        return Ok(act::done(visit, to, Deed::NothingPicked, 0));
    }
    let acting = Arc::clone(&visit.service().use_cases);
    let revised = async move { acting.console.revise_codes.run(account, &picked, how, &by).await };
    let revised = came_of(visit.service().acts.run(revised).await?)?.unwrap_or_default();
    let changed = revised.iter().filter(|code| code.changed).count();
    let deed = match how {
        Revocation::Invalidate => Deed::CodesInvalidated,
        Revocation::Delete => Deed::CodesMarked,
    };
    Ok(act::done(visit, to, deed, u64::try_from(changed).unwrap_or(u64::MAX)))
}

/// How a set is called where it is one of several facts.
pub(super) fn name(id: BatchId) -> Cell {
    Cell::link(page(id), short(id.uuid()))
}
