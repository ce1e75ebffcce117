//! A store with some of everything in it, for rules of lists.

mod filters;

use crate::{StoreHarness, fixture::*, work::a_full_task};
use backstop_application::ports::{
    Claiming, Direction, Listed, MailStatus, Place, Portion, Register, Revocation, Sight, SortColumn as _, Which,
};
use backstop_domain::{
    Account, Actor, AuditKind, Batch, BatchId, CleanUp, Duty, EmailAddress, Expiry, Origin, RequestId, Role, RunStatus,
    ScheduleId, Scope, SuspensionReason, TaskKind, clean_up::StartedBy, task::Ending,
};
use std::sync::Arc;

/// When everything has happened, and a set of codes has expired.
pub(crate) const NOW: i64 = 5 * 86_400;

/// A list of the kit's shelf: what it is called, and what one can look for in it.
pub(crate) trait Looked: Listed {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>>;

    /// Everything, and then filters that leave some of it.
    fn filters(shelf: &Shelf) -> Vec<Self::Filter>;
}

pub(crate) struct Shelf {
    pub(crate) store: Fixture,
    pub(crate) user: Account,
    pub(crate) staff: Account,
    pub(crate) batch: Batch,
    schedule: ScheduleId,
    request: RequestId,
}

fn ip(text: &str) -> Origin {
    Origin { ip: Some(text.parse().unwrap()), ..Origin::default() }
}

impl Shelf {
    pub(crate) async fn new(harness: &dyn StoreHarness) -> Self {
        let store = Fixture::new(harness).await;
        let [mut user, mut staff, mut auditor, mut other] = core::array::from_fn(|_| an_account());
        staff.role = Role::Admin;
        auditor.role = Role::Auditor;
        auditor.suspended = Some(SuspensionReason::Admin);
        other.suspended = Some(SuspensionReason::NotMe);
        other.created_at = at(7);
        for (account, address) in
            [(&mut user, "Zoë@Example.org"), (&mut staff, "zo@example.org"), (&mut auditor, "z@example.org")]
        {
            account.email = EmailAddress::parse(address).ok();
            account.modified_at = at(3);
        }
        for account in [&user, &staff, &auditor, &other] {
            store.put(account).await;
        }
        let shelf = Self {
            batch: Self::put_batches(&store, &user, &staff, &auditor, &other).await,
            schedule: ScheduleId::new(uuid()),
            request: RequestId::new(uuid()),
            store,
            user,
            staff,
        };
        shelf.put_trail().await;
        shelf.put_work().await;
        shelf
    }

    async fn put_batches(
        store: &Fixture,
        user: &Account,
        staff: &Account,
        auditor: &Account,
        other: &Account,
    ) -> Batch {
        let first = store.issue(user, 2).await;
        store.supersede(user.id, at(3)).await;
        let of = |account: &Account, expiry, made| {
            Batch::new(BatchId::new(uuid()), account.id, profile("readable"), 3, expiry, at(made))
        };
        let second = store.issue_as(of(user, Expiry::Never, 4)).await;
        store.consume(user.id, &second.codes[0], at(5)).await;
        store.issue_as(of(staff, Expiry::Days(10), 4)).await;
        let over = store.issue_as(of(auditor, Expiry::Days(2), 4)).await;
        store.consume(auditor.id, &over.codes[1], at(6)).await;
        let gone = store.issue(other, 2).await;
        let mut unit = store.lock(other.id).await;
        unit.codes().revoke(other.id, gone.codes[0].id, Revocation::Delete, at(7)).await.unwrap();
        unit.codes().revoke(other.id, gone.codes[1].id, Revocation::Invalidate, at(7)).await.unwrap();
        unit.recoveries().insert(&a_recovery(&second, [Duty::NewCodes].into_iter().collect())).await.unwrap();
        unit.commit().await.unwrap();
        store.read_batch(first.batch.id).await
    }

    async fn put_trail(&self) {
        let (client, _) = a_client("of the trail");
        let mut unit = self.store.begin().await;
        for (kind, account, second, actor, origin) in [
            (AuditKind::Generated, Some(&self.user), 1, Actor::Client(client.id), ip("192.0.2.7")),
            (AuditKind::Redeemed, Some(&self.user), 1, Actor::Owner, ip("192.0.2.9")),
            (AuditKind::Redeemed, Some(&self.staff), 2, Actor::Owner, ip("2001:db8::1")),
            (AuditKind::RedeemRefused, None, 2, Actor::Client(client.id), ip("2001:db8:0:0:9::1")),
            (AuditKind::Purged, None, 3, Actor::Service, Origin::default()),
        ] {
            let mut entry = an_entry(kind, account.map(|account| account.id));
            (entry.at, entry.actor, entry.origin) = (at(second), actor, origin);
            entry.origin.request = (second == 1).then_some(self.request);
            unit.audit().append(entry).await.unwrap();
        }
        for (account, second, status) in [
            (Some(&self.user), 1, MailStatus::Sent),
            (Some(&self.user), 1, MailStatus::Failed),
            (Some(&self.staff), 2, MailStatus::Waiting),
            (None, 3, MailStatus::Sent),
        ] {
            let mut mail = a_mail(account.map(|account| account.id), at(second));
            mail.status = status;
            if second == 3 {
                mail.address = EmailAddress::parse("other@example.org").unwrap();
            }
            unit.mail_log().write(&mail).await.unwrap();
        }
        unit.commit().await.unwrap();
    }

    async fn put_work(&self) {
        let mut unit = self.store.begin().await;
        let mut concerns = a_full_task().concerns;
        for (kind, account, batch, due) in [
            (TaskKind::SendCodes, Some(self.user.id), None, 1),
            (TaskKind::SendMail, Some(self.staff.id), None, 1),
            (TaskKind::SendCodes, None, Some(self.batch.id), 2),
            (TaskKind::SendMail, None, None, 9),
        ] {
            (concerns.account, concerns.batch, concerns.schedule) = (account, batch, Some(self.schedule));
            unit.tasks()
                .push(backstop_application::ports::NewTask { kind, concerns, due_at: at(due), ..a_full_task() })
                .await
                .unwrap();
        }
        for (name, of, enabled) in
            [("b", CleanUp::Codes, true), ("a", CleanUp::Audit, false), ("c", CleanUp::Codes, true)]
        {
            let mut schedule = a_schedule(name);
            (schedule.of, schedule.enabled) = (of, enabled);
            unit.schedules().insert(&schedule).await.unwrap();
        }
        let scheduled =
            StartedBy::Schedule { id: self.schedule, name: "nightly".to_owned(), saved_by: "ann".to_owned() };
        for (second, started_by, ends) in
            [(1, StartedBy::CommandLine, true), (1, scheduled.clone(), false), (2, scheduled, true)]
        {
            let run = a_run(started_by, at(second));
            unit.runs().begin(&run).await.unwrap();
            if ends {
                unit.runs().end(run.id, at(9), RunStatus::Completed, None).await.unwrap();
            }
        }
        for (name, scopes) in [("shop", vec![Scope::Admin]), ("sh_p", vec![Scope::CodesRead]), ("sh%", vec![])] {
            let (mut client, mut key) = a_client(name);
            client.scopes = scopes.into_iter().collect();
            key.revoked_at = Some(at(8));
            unit.clients().insert(&client, &key).await.unwrap();
        }
        unit.commit().await.unwrap();
        let worker = crate::work::a_worker().id;
        let claiming = Claiming { worker, now: at(1), until: at(60), only: None, most: 1 };
        let mut unit = self.store.begin().await;
        let leased = unit.tasks().claim(&claiming).await.unwrap();
        let ending = Ending::Failed { error: "no use".to_owned() };
        unit.tasks().finish(&leased[0].lease, at(2), &ending).await.unwrap();
        unit.commit().await.unwrap();
    }
}

pub(crate) fn which<L: Listed>(filter: L::Filter, sight: Sight) -> Which<L> {
    Which { filter, sight, now: at(NOW) }
}

/// One portion of a list.
pub(crate) async fn portion<L: Looked>(
    store: &Fixture,
    which: &Which<L>,
    (sort, direction): (L::Sort, Direction),
    after: Option<Place>,
    most: u32,
) -> Vec<L::Entry> {
    let portion = Portion { which: which.clone(), sort, direction, after, most };
    L::register(store).portion(&portion).await.unwrap()
}

pub(crate) fn place<L: Listed>(entry: &L::Entry, sort: L::Sort) -> Place {
    Place { rank: L::rank(entry, sort), id: L::id(entry) }
}

/// Every order that a list has.
pub(crate) fn orders<L: Listed>() -> impl Iterator<Item = (L::Sort, Direction)> {
    L::Sort::ALL.iter().flat_map(|sort| [(*sort, Direction::Ascending), (*sort, Direction::Descending)])
}

/// All that a list has, sorted here and not by the store.
pub(crate) async fn all<L: Looked>(store: &Fixture, which: &Which<L>, order: (L::Sort, Direction)) -> Vec<L::Entry> {
    let mut found = portion(store, which, (L::Sort::ALL[0], Direction::Ascending), None, 1_000).await;
    found.sort_by_key(|entry| place::<L>(entry, order.0));
    if order.1 == Direction::Descending {
        found.reverse();
    }
    found
}

/// Runs something for every list.
macro_rules! in_every_list {
    ($check:ident, $shelf:expr) => {{
        use backstop_application::lists::*;
        $check::<Accounts>($shelf).await;
        $check::<Batches>($shelf).await;
        $check::<Codes>($shelf).await;
        $check::<AuditTrail>($shelf).await;
        $check::<Mails>($shelf).await;
        $check::<Runs>($shelf).await;
        $check::<Tasks>($shelf).await;
        $check::<Schedules>($shelf).await;
        $check::<Clients>($shelf).await;
    }};
}
pub(crate) use in_every_list;
