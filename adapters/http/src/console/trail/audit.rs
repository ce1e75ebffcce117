//! The audit trail: the list, and one entry of it.

use crate::{
    console::{
        AUDIT, Said,
        detail::{self, Detail},
        found,
        list::{Known, Shown, address},
        view::{Cell, Facts, time},
    },
    problems::Problem,
    site::visit::Visit,
};
use backstop_application::{
    List, Lists,
    lists::{AuditSort, AuditTrail, Owned},
};
use backstop_domain::{Actor, AuditEntry, AuditKind};
use poem::Response;

impl Shown for AuditTrail {
    const PATH: &'static str = AUDIT;
    const COLUMNS: &'static [(&'static str, Option<AuditSort>)] = &[
        ("at", Some(AuditSort::At)),
        ("kind", None),
        ("actor", None),
        ("owner", None),
        ("from_address", None),
        ("detail", None),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.audit
    }

    async fn known(entries: &[Owned<AuditEntry>], visit: &Visit) -> Result<Known, Problem> {
        let mut known = Known::default();
        for entry in entries {
            learn(&mut known, &entry.of.actor, visit).await?;
        }
        Ok(known)
    }

    fn row(entry: &Owned<AuditEntry>, said: &Said, visit: &Visit) -> Vec<Cell> {
        Self::row_knowing(entry, &Known::default(), said, visit)
    }

    fn row_knowing(entry: &Owned<AuditEntry>, known: &Known, said: &Said, visit: &Visit) -> Vec<Cell> {
        let of = &entry.of;
        let detail = reason(of, said).or_else(|| of.count.map(|count| count.to_string()));
        vec![
            time(visit, Some(of.at)),
            Cell::link(format!("{AUDIT}/{}", of.id), said.value("kind", of.kind.as_str())),
            who(&of.actor, known, said),
            Cell::owner(entry.owner.as_ref(), of.account.map(backstop_domain::AccountId::uuid)),
            Cell::some(of.origin.ip.map(|ip| ip.to_string())),
            Cell::some(detail),
        ]
    }

    fn links(said: &Said, filters: &str, _is_acting: bool) -> Vec<(String, &'static str)> {
        let ww = said.cw.work;
        let file = |format| {
            let beside = if filters.is_empty() { '?' } else { '&' };
            format!("{AUDIT}/export{filters}{beside}format={format}")
        };
        vec![(file("csv"), ww.export_csv), (file("jsonl"), ww.export_json)]
    }
}

/// Looks up what somebody is called, once for each.
async fn learn(known: &mut Known, actor: &Actor, visit: &Visit) -> Result<(), Problem> {
    let (id, name) = match actor {
        Actor::Staff(id) if known.name(id.uuid()).is_none() => (id.uuid(), found::name_of_account(visit, *id).await?),
        Actor::Client(id) if known.name(id.uuid()).is_none() => (id.uuid(), found::name_of_client(visit, *id).await?),
        _ => return Ok(()),
    };
    if let Some(name) = name {
        known.0.insert(id, name);
    }
    Ok(())
}

/// Who did it; whoever was erased is an id that stands for nobody.
fn who(actor: &Actor, known: &Known, said: &Said) -> Cell {
    match actor {
        Actor::Staff(id) => found::account(*id, known.name(id.uuid())),
        Actor::Client(id) => found::client(*id, known.name(id.uuid())),
        Actor::Schedule { name, .. } => Cell::text((said.cw.work.by_schedule)(name)),
        Actor::CommandLine | Actor::Service | Actor::Owner => Cell::text(said.value("actor", actor.kind().as_str())),
    }
}

/// Why it went as it did. Words that mean several things are told apart by what was done.
fn reason(entry: &AuditEntry, said: &Said) -> Option<String> {
    let place = match entry.kind {
        AuditKind::Suspended => "suspended",
        AuditKind::AccountCreated => "role",
        _ => "reason",
    };
    entry.reason.as_deref().map(|reason| said.value(place, reason))
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let cw = said.cw;
    let lists = &visit.service().use_cases.lists;
    let entry = lists.audit.one.run(visit.viewer()?, detail::id(&visit)?).await?.ok_or_else(detail::missing)?;
    let Owned { of, owner } = entry;
    let mut known = Known::default();
    learn(&mut known, &of.actor, &visit).await?;
    let set = match of.batch {
        Some(batch) => found::set(&visit, batch).await?.0,
        None => Cell::Nothing,
    };
    let saved_by = match &of.actor {
        Actor::Schedule { saved_by, .. } => Some(saved_by.clone()),
        _ => None,
    };
    let listed = |name, text: String| Cell::link(address(AUDIT, [(name, &*text)]), text.clone());
    let mut detail = Detail::new(AUDIT, cw.list("audit"), cw.work.entry_title, said.value("kind", of.kind.as_str()));
    detail.facts = Facts::default()
        .time(&visit, cw.label("at"), Some(of.at))
        .and(cw.label("kind"), Cell::text(said.value("kind", of.kind.as_str())))
        .and(cw.label("actor"), who(&of.actor, &known, &said))
        .and(cw.label("actor_kind"), Cell::text(said.value("actor", of.actor.kind().as_str())))
        .and(cw.label("saved_by"), Cell::some(saved_by))
        .and(cw.label("owner"), Cell::owner(owner.as_ref(), of.account.map(backstop_domain::AccountId::uuid)))
        .and(cw.label("batch"), set)
        .and(cw.label("count"), of.count.map_or(Cell::Nothing, Cell::number))
        .and(cw.label("reason"), Cell::some(reason(&of, &said)))
        .and(cw.label("from_address"), of.origin.ip.map_or(Cell::Nothing, |ip| listed("from_address", ip.to_string())))
        .and(cw.browser, Cell::some(of.origin.user_agent.clone().filter(|text| !text.is_empty())))
        .and(
            cw.label("request"),
            of.origin.request.map_or(Cell::Nothing, |request| listed("request", request.to_string())),
        )
        .and(cw.label("id"), Cell::Typed(of.id.to_string()));
    if let Some(account) = of.account {
        detail.links.push((address(AUDIT, [("account", &*account.to_string())]), cw.work.entry_account));
    }
    detail::show(visit, detail).await
}
