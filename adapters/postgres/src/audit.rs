use crate::{
    rows::{BY_CLIENT, BY_COMMAND_LINE, BY_OWNER, BY_SCHEDULE, BY_SERVICE, BY_STAFF, Statement},
    tasks,
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{AuditLog, NewTask, PortResult};
use backstop_domain::{AccountId, Actor, AuditEntry, BatchId, Network, Recovery, RequestId};
use sqlx::query;
use uuid::Uuid;

pub(crate) struct PgAuditLog<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl AuditLog for PgAuditLog<'_> {
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()> {
        self.unit.add_entry(entry);
        Ok(())
    }

    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()> {
        self.unit.flush().await?;
        let statement = query(
            "UPDATE audit_entries SET account_id = $2, ip = NULL, network = NULL, user_agent = NULL WHERE account_id = $1",
        );
        self.unit.affected(statement.bind(account.uuid()).bind(tombstone.uuid())).await?;
        let done = query(
            "UPDATE audit_entries SET actor_id = $2, ip = NULL, network = NULL, user_agent = NULL \
             WHERE actor_kind = 'staff' AND actor_id = $1",
        );
        self.unit.affected(done.bind(account.uuid()).bind(tombstone.uuid())).await.map(drop)
    }
}

macro_rules! additions {
    ($($tasks:expr)?) => {
        concat!(
            "WITH written AS (INSERT INTO audit_entries (id, at, kind, actor_kind, actor_id, actor_name, \
             actor_saved_by, account_id, batch_id, count, reason, typed, ip, user_agent, request_id, network) \
             SELECT e.id, e.at, e.kind, e.actor_kind, e.actor_id, e.actor_name, e.actor_saved_by, e.account_id, \
             e.batch_id, e.count, e.reason, e.typed, e.ip, e.user_agent, e.request_id, e.network \
             FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], \
             $8::bigint[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::uuid[], $23::text[], \
             $24::text[], $25::text[]) WITH ORDINALITY \
             AS e (id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, typed, ip, user_agent, \
             request_id, actor_name, actor_saved_by, network, place) ORDER BY e.place), ",
            $($tasks,)?
            "cleared AS (UPDATE accounts SET failures = 0 WHERE id = ANY ($22) AND failures <> 0) \
             INSERT INTO recoveries (id, account_id, batch_id, code_id, at, owed, settled, network) \
             SELECT * FROM unnest($14::uuid[], $15::uuid[], $16::uuid[], $17::uuid[], $18::timestamptz[], \
             $19::smallint[], $20::smallint[], $21::text[])",
        )
    };
}

/// All that a unit held back, in one statement.
pub(crate) fn additions(
    entries: &[AuditEntry],
    recoveries: &[Recovery],
    cleared: &[AccountId],
    tasks: &[NewTask],
) -> Statement {
    // Most units queue nothing, and arrays that are empty cost as well.
    let statement = query(if tasks.is_empty() { additions!() } else { additions!(tasks::queueing!()) });
    let statement = with_recoveries(with_entries(statement, entries), recoveries)
        .bind(each(cleared, |id| id.uuid()))
        .bind(each(entries, |e| by_schedule(e).map(|(name, _)| name.to_owned())))
        .bind(each(entries, |e| by_schedule(e).map(|(_, saved_by)| saved_by.to_owned())))
        .bind(each(entries, |e| e.origin.ip.map(|ip| Network::of(ip).to_string())));
    if tasks.is_empty() { statement } else { tasks::with_tasks(statement, tasks) }
}

pub(crate) fn each<T, U>(items: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    items.iter().map(of).collect()
}

/// The name of the schedule that did it, and who saved that.
fn by_schedule(entry: &AuditEntry) -> Option<(&str, &str)> {
    match &entry.actor {
        Actor::Schedule { name, saved_by } => Some((name, saved_by)),
        _ => None,
    }
}

fn with_entries(statement: Statement, entries: &[AuditEntry]) -> Statement {
    let actor = |entry: &AuditEntry| match &entry.actor {
        Actor::Client(id) => (BY_CLIENT, Some(id.uuid())),
        Actor::CommandLine => (BY_COMMAND_LINE, None),
        Actor::Schedule { .. } => (BY_SCHEDULE, None),
        Actor::Owner => (BY_OWNER, None),
        Actor::Service => (BY_SERVICE, None),
        Actor::Staff(id) => (BY_STAFF, Some(id.uuid())),
    };
    statement
        .bind(each(entries, |e| e.id.uuid()))
        .bind(each(entries, |e| PgTime(e.at)))
        .bind(each(entries, |e| e.kind.as_str()))
        .bind(each(entries, |e| actor(e).0))
        .bind(each(entries, |e| actor(e).1))
        .bind(each::<_, Option<Uuid>>(entries, |e| e.account.map(AccountId::uuid)))
        .bind(each::<_, Option<Uuid>>(entries, |e| e.batch.map(BatchId::uuid)))
        .bind(each(entries, |e| e.count.map(i64::from)))
        .bind(each(entries, |e| e.reason.as_ref().map(ToString::to_string)))
        .bind(each(entries, |e| e.typed.map(|digest| digest.to_vec())))
        .bind(each(entries, |e| e.origin.ip.map(|ip| ip.to_string())))
        .bind(each(entries, |e| e.origin.user_agent.clone()))
        .bind(each::<_, Option<Uuid>>(entries, |e| e.origin.request.map(RequestId::uuid)))
}

fn with_recoveries(statement: Statement, recoveries: &[Recovery]) -> Statement {
    statement
        .bind(each(recoveries, |r| r.id.uuid()))
        .bind(each(recoveries, |r| r.account.uuid()))
        .bind(each(recoveries, |r| r.batch.uuid()))
        .bind(each(recoveries, |r| r.code.uuid()))
        .bind(each(recoveries, |r| PgTime(r.at)))
        .bind(each(recoveries, |r| i16::from(r.owed.bits())))
        .bind(each(recoveries, |r| i16::from(r.settled.bits())))
        .bind(each(recoveries, |r| r.network.map(|network| network.to_string())))
}
