//! Cells about what an entry names and may be gone by now: a link where it is still there, and else what was known of it.

use super::{
    ACCOUNTS, BATCHES, CLIENTS, SCHEDULES,
    view::{Cell, short},
};
use crate::{problems::Problem, site::visit::Visit};
use backstop_application::{
    lists::{AccountFilter, AccountSort, Accounts, Owner, Search},
    ports::{AccountState, Direction},
    use_cases::{ListRequest, PageSize},
};
use backstop_domain::{Account, AccountId, BatchId, ClientId, ScheduleId, Subject};

/// What people call an account.
fn called(account: &Account) -> &str {
    account.email.as_ref().map_or(account.subject.as_str(), |email| email.as_str())
}

/// The name of somebody, if there is such an account.
pub(super) async fn name_of_account(visit: &Visit, id: AccountId) -> Result<Option<String>, Problem> {
    let found = visit.service().use_cases.lists.accounts.one.run(visit.viewer()?, id.uuid()).await?;
    Ok(found.map(|state| called(&state.account).to_owned()))
}

pub(super) async fn name_of_client(visit: &Visit, id: ClientId) -> Result<Option<String>, Problem> {
    let found = visit.service().use_cases.lists.clients.one.run(visit.viewer()?, id.uuid()).await?;
    Ok(found.map(|entry| entry.client.name))
}

pub(super) fn account(id: AccountId, name: Option<&str>) -> Cell {
    name.map_or_else(|| Cell::Typed(short(id.uuid())), |name| Cell::link(format!("{ACCOUNTS}/{id}"), name))
}

pub(super) fn client(id: ClientId, name: Option<&str>) -> Cell {
    name.map_or_else(|| Cell::Typed(short(id.uuid())), |name| Cell::link(format!("{CLIENTS}/{id}"), name))
}

/// A set, and whose it is.
pub(super) async fn set(visit: &Visit, id: BatchId) -> Result<(Cell, Option<Owner>), Problem> {
    let found = visit.service().use_cases.lists.batches.one.run(visit.viewer()?, id.uuid()).await?;
    Ok(found.map_or_else(|| (Cell::Typed(short(id.uuid())), None), |found| (Cell::to(BATCHES, id.uuid()), found.owner)))
}

/// A schedule, by the name it has now, or else by the one that it had.
pub(super) async fn schedule(visit: &Visit, id: ScheduleId, was: Option<&str>) -> Result<Cell, Problem> {
    let found = visit.service().use_cases.lists.schedules.one.run(visit.viewer()?, id.uuid()).await?;
    Ok(match (found, was) {
        (Some(schedule), _) => Cell::link(format!("{SCHEDULES}/{id}"), schedule.name.as_str()),
        (None, Some(name)) => Cell::text(name),
        (None, None) => Cell::Typed(short(id.uuid())),
    })
}

/// Whoever has this subject now.
pub(super) async fn subject(visit: &Visit, subject: &Subject) -> Result<Cell, Problem> {
    let asked = ListRequest::<Accounts> {
        filter: AccountFilter {
            subject: Some(Search::Exactly(subject.as_str().to_owned())),
            ..AccountFilter::default()
        },
        sort: AccountSort::Subject,
        direction: Direction::Ascending,
        size: PageSize::new(1).unwrap_or(PageSize::USUAL),
        cursor: None,
    };
    let found = visit.service().use_cases.lists.accounts.entries.run(visit.viewer()?, &asked).await?;
    let found: Option<&AccountState> = found.entries.first();
    Ok(found.map_or_else(
        || Cell::text(subject.as_str()),
        |state| Cell::link(format!("{ACCOUNTS}/{}", state.account.id), subject.as_str()),
    ))
}
