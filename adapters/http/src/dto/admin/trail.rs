//! The audit trail and the e-mail log.

use super::page_of;
use crate::dto::fields::{Instant, Word};
use backstop_application::{
    lists::{AuditTrail, Mails, Owned},
    ports::{MailRecord, MailStatus},
};
use backstop_domain::{AccountId, Actor, ActorKind, AuditEntry, AuditKind, BatchId, RequestId, Timestamp};
use std::borrow::Cow;
use uuid::Uuid;

object! {
    /// Something that was done.
    AuditLine gives {
        /// The entry's id.
        id: Uuid,
        /// When it was done.
        at: Instant,
        /// What was done.
        kind: Word<AuditKind>,
        /// By what kind of somebody.
        actor: Word<ActorKind>,
        /// The client that did it, if one did.
        client: Option<Uuid>,
        /// The name of the schedule that did it, if one did.
        schedule: Option<String>,
        /// The account that it was about. Of somebody who was erased this is an id that stands for nobody.
        account: Option<Uuid>,
        /// That account's subject, while it is there.
        subject: Option<String>,
        /// The set of codes that it was about.
        batch: Option<Uuid>,
        /// How many it was about.
        count: Option<u32>,
        /// Why it went as it did.
        reason: Option<String>,
        /// From which address.
        ip: Option<String>,
        /// The browser, as it calls itself.
        user_agent: Option<String>,
        /// In which request.
        request: Option<Uuid>,
    }
}

page_of! {
    /// Some of the audit trail.
    AuditPage of AuditLine from AuditTrail
}

impl AuditLine {
    pub(crate) fn new(entry: Owned<AuditEntry>, _now: Timestamp) -> Self {
        let Owned { of, owner } = entry;
        let (client, schedule) = match &of.actor {
            Actor::Client(client) => (Some(client.uuid()), None),
            Actor::Schedule { name, .. } => (None, Some(name.clone())),
            // Applications don't learn who runs the service.
            Actor::CommandLine | Actor::Owner | Actor::Service | Actor::Staff(_) => (None, None),
        };
        Self {
            id: of.id.uuid(),
            at: Instant(of.at),
            kind: Word(of.kind),
            actor: Word(of.actor.kind()),
            client,
            schedule,
            account: of.account.map(AccountId::uuid),
            subject: owner.map(|owner| owner.subject.as_str().to_owned()),
            batch: of.batch.map(BatchId::uuid),
            count: of.count,
            reason: of.reason.map(Cow::into_owned),
            ip: of.origin.ip.map(|ip| ip.to_string()),
            user_agent: of.origin.user_agent,
            request: of.origin.request.map(RequestId::uuid),
        }
    }

    /// What the columns of a table are called.
    pub(crate) const COLUMNS: [&'static str; 14] = [
        "id",
        "at",
        "kind",
        "actor",
        "client",
        "schedule",
        "account",
        "subject",
        "batch",
        "count",
        "reason",
        "ip",
        "user_agent",
        "request",
    ];

    /// The row of a table, in the order of the columns.
    pub(crate) fn cells(&self) -> [String; 14] {
        fn some<T: ToString>(value: Option<&T>) -> String {
            value.map(ToString::to_string).unwrap_or_default()
        }
        [
            self.id.to_string(),
            self.at.0.to_string(),
            self.kind.0.to_string(),
            self.actor.0.to_string(),
            some(self.client.as_ref()),
            some(self.schedule.as_ref()),
            some(self.account.as_ref()),
            some(self.subject.as_ref()),
            some(self.batch.as_ref()),
            some(self.count.as_ref()),
            some(self.reason.as_ref()),
            some(self.ip.as_ref()),
            some(self.user_agent.as_ref()),
            some(self.request.as_ref()),
        ]
    }
}

object! {
    /// A mail: to whom it went and what became of it, and nothing of what it said but its subject line.
    MailEntry gives {
        /// The id of the task that sends it.
        task: Uuid,
        /// The account that it was for.
        account: Option<Uuid>,
        /// That account's subject.
        subject: Option<String>,
        /// Where it went.
        address: String,
        /// Its subject line.
        subject_line: String,
        /// What became of it.
        status: Word<MailStatus>,
        /// How often it was tried.
        attempts: u32,
        /// Why the last attempt that failed did.
        error: Option<String>,
        /// When it was made.
        created_at: Instant,
        /// When it was last tried.
        tried_at: Instant,
    }
}

page_of! {
    /// Some of the e-mail log.
    MailsPage of MailEntry from Mails
}

impl MailEntry {
    pub(crate) fn new(entry: Owned<MailRecord>, _now: Timestamp) -> Self {
        let Owned { of, owner } = entry;
        Self {
            task: of.task.uuid(),
            account: of.account.map(AccountId::uuid),
            subject: owner.map(|owner| owner.subject.as_str().to_owned()),
            address: of.address.as_str().to_owned(),
            subject_line: of.subject,
            status: Word(of.status),
            attempts: of.attempts,
            error: of.error,
            created_at: Instant(of.created_at),
            tried_at: Instant(of.tried_at),
        }
    }
}
