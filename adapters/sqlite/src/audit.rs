use crate::{
    rows::{BY_CLIENT, BY_COMMAND_LINE, BY_OWNER, BY_SCHEDULE, BY_SERVICE, BY_STAFF},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{AuditLog, PortResult};
use backstop_domain::{AccountId, Actor, AuditEntry, BatchId, Network, RequestId};
use sqlx::query;
use std::borrow::Cow;

pub(crate) struct SqliteAuditLog<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl AuditLog for SqliteAuditLog<'_> {
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()> {
        let (actor_kind, actor, schedule) = match entry.actor {
            Actor::Client(id) => (BY_CLIENT, Some(id.uuid()), None),
            Actor::CommandLine => (BY_COMMAND_LINE, None, None),
            Actor::Schedule { name, saved_by } => (BY_SCHEDULE, None, Some((name, saved_by))),
            Actor::Owner => (BY_OWNER, None, None),
            Actor::Service => (BY_SERVICE, None, None),
            Actor::Staff(id) => (BY_STAFF, Some(id.uuid()), None),
        };
        let (name, saved_by) = schedule.unzip();
        let network = entry.origin.ip.map(|ip| Network::of(ip).to_string());
        let statement = query(
            "INSERT INTO audit_entries (id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, \
             typed, ip, user_agent, request_id, actor_name, actor_saved_by, network) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )
        .bind(entry.id.uuid())
        .bind(SqliteTime(entry.at))
        .bind(entry.kind.as_str())
        .bind(actor_kind)
        .bind(actor)
        .bind(entry.account.map(AccountId::uuid))
        .bind(entry.batch.map(BatchId::uuid))
        .bind(entry.count.map(i64::from))
        .bind(entry.reason.map(Cow::into_owned))
        .bind(entry.typed.map(|digest| digest.to_vec()))
        .bind(entry.origin.ip.map(|ip| ip.to_string()))
        .bind(entry.origin.user_agent)
        .bind(entry.origin.request.map(RequestId::uuid))
        .bind(name)
        .bind(saved_by)
        .bind(network);
        self.unit.affected(statement).await.map(drop)
    }

    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()> {
        let statement = query(
            "UPDATE audit_entries SET account_id = ?2, ip = NULL, network = NULL, user_agent = NULL WHERE account_id = ?1",
        );
        self.unit.affected(statement.bind(account.uuid()).bind(tombstone.uuid())).await?;
        let done = query(
            "UPDATE audit_entries SET actor_id = ?2, ip = NULL, network = NULL, user_agent = NULL \
             WHERE actor_kind = 'staff' AND actor_id = ?1",
        );
        self.unit.affected(done.bind(account.uuid()).bind(tombstone.uuid())).await.map(drop)
    }
}
