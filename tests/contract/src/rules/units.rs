//! Units of work: all or nothing, one after the other for one account.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{
    AccountUpdated, BatchChange, CodeChange, Consumed, Consumption, Marked, PortResult, Revocation, UnitOfWork,
};
use backstop_domain::{Account, AuditKind, CodeStatus, Duties, Duty, SuspensionReason, history::Window};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};
use tokio::time::timeout;

/// How long a unit is watched before it counts as waiting. Longer proves more; shorter never fails a sound store.
const WATCHED: Duration = Duration::from_millis(200);

/// One unit that does a bit of everything.
struct Deed {
    owner: Account,
    issued: Issued,
    newcomer: Account,
}

impl Deed {
    async fn prepare(store: &Fixture) -> Self {
        let (owner, issued) = store.owner(3).await;
        Self { owner, issued, newcomer: an_account() }
    }

    async fn act(&self, unit: &mut dyn UnitOfWork) {
        let owner = self.owner.id;
        let consumption = Consumption { account: owner, code: self.issued.codes[0].id, at: at(2) };
        assert!(matches!(unit.codes().consume(&consumption).await.unwrap(), Consumed::Won { .. }));
        unit.recoveries().insert(&a_recovery(&self.issued, [Duty::NewCodes].into_iter().collect())).await.unwrap();
        unit.accounts().insert(&self.newcomer).await.unwrap();
        unit.accounts().verify_setup(owner, at(2)).await.unwrap();
        unit.batches().mark_viewed(owner, self.issued.batch.id, at(2)).await.unwrap();
        unit.audit().append(an_entry(AuditKind::Redeemed, Some(owner))).await.unwrap();
    }

    /// For each thing the unit did, whether others see it.
    async fn traces(&self, store: &Fixture) -> [bool; 7] {
        let state = store.stores.accounts.state(&self.owner.subject).await.unwrap().unwrap();
        let batch = store.read_batch(self.issued.batch.id).await;
        [
            store.status(self.owner.id, &self.issued.codes[0]).await == Some(CodeStatus::Used),
            batch.counters.used == 1,
            batch.viewed_at.is_some(),
            state.open != Duties::NONE,
            state.account.setup_verified_at.is_some(),
            store.read_account(self.newcomer.id).await.is_some(),
            store.audit_of(self.owner.id).await.len() == 1,
        ]
    }
}

const NOTHING: [bool; 7] = [false; 7];
const EVERYTHING: [bool; 7] = [true; 7];

/// "What the stores of a unit did becomes visible to others when it commits, and only then"; readers see "committed
/// data only", and do not wait for the unit.
pub async fn work_becomes_visible_with_the_commit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let deed = Deed::prepare(&store).await;
    let mut unit = store.lock(deed.owner.id).await;
    deed.act(unit.as_mut()).await;
    assert_eq!(store.soon("reading beside a unit", deed.traces(&store)).await, NOTHING);
    unit.commit().await.unwrap();
    assert_eq!(deed.traces(&store).await, EVERYTHING);
}

/// Rollback "undoes everything".
pub async fn a_rolled_back_unit_leaves_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let deed = Deed::prepare(&store).await;
    let mut unit = store.lock(deed.owner.id).await;
    deed.act(unit.as_mut()).await;
    unit.rollback().await.unwrap();
    assert_eq!(deed.traces(&store).await, NOTHING);
}

/// "Dropping a unit undoes it, as `rollback` does, only later": at the latest when the account can be locked again.
pub async fn a_dropped_unit_leaves_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let deed = Deed::prepare(&store).await;
    let mut unit = store.lock(deed.owner.id).await;
    deed.act(unit.as_mut()).await;
    drop(unit);
    let next = store.lock(deed.owner.id).await;
    assert_eq!(deed.traces(&store).await, NOTHING);
    next.rollback().await.unwrap();
}

/// Polls a future a number of times, then abandons it.
async fn abandon_after(polls: usize, future: impl Future<Output = PortResult<()>>) {
    let mut future: Pin<Box<_>> = Box::pin(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        future.as_mut().poll(context).map(drop)
    })
    .await;
}

/// "After an error nothing of it is true, or all of it is and the answer was lost; never a part": a commit that is
/// abandoned half-way stands for the error.
pub async fn a_commit_is_all_or_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for polls in 0..RACERS {
        let deed = Deed::prepare(&store).await;
        let mut unit = store.lock(deed.owner.id).await;
        deed.act(unit.as_mut()).await;
        abandon_after(polls, unit.commit()).await;
        store.lock(deed.owner.id).await.rollback().await.unwrap();
        let traces = deed.traces(&store).await;
        assert!(traces == NOTHING || traces == EVERYTHING, "after {polls} polls: {traces:?}");
    }
}

/// A unit sees what its own stores did before, across stores.
pub async fn a_unit_sees_its_own_work(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = an_account();
    let (batch, codes) = (a_batch(account.id, 2, at(1)), some_codes(2));
    let mut unit = store.begin().await;
    unit.accounts().insert(&account).await.unwrap();
    unit.batches().insert(&batch, &codes).await.unwrap();
    let revoked = unit.codes().revoke(account.id, codes[0].id, Revocation::Delete, at(2)).await.unwrap();
    assert!(matches!(revoked, CodeChange::Changed { .. }));
    let consumption = Consumption { account: account.id, code: codes[1].id, at: at(2) };
    let won = unit.codes().consume(&consumption).await.unwrap();
    assert_eq!(won, Consumed::Won { batch: batch.id, remaining: 0 });
    unit.accounts().set_suspended(account.id, Some(SuspensionReason::Admin), at(2)).await.unwrap();
    assert_eq!(unit.accounts().get(account.id).await.unwrap().unwrap().suspended, Some(SuspensionReason::Admin));
    unit.commit().await.unwrap();
    let counters = store.read_batch(batch.id).await.counters;
    assert_eq!((counters.used, counters.removed, counters.live()), (1, 1, 0));
}

/// "An account that does not exist is no fault: the unit opens, and its stores find nothing."
pub async fn a_missing_account_can_be_locked(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = store.owner(1).await;
    let nobody = an_account();
    let (code, batch) = (issued.codes[0].id, issued.batch.id);
    let mut unit = store.lock(nobody.id).await;
    assert_eq!(unit.accounts().get(nobody.id).await.unwrap(), None);
    assert_eq!(unit.accounts().update(&nobody).await.unwrap(), AccountUpdated::Missing);
    let consumption = Consumption { account: nobody.id, code, at: at(2) };
    assert_eq!(unit.codes().consume(&consumption).await.unwrap(), Consumed::Missing);
    let revoked = unit.codes().revoke(nobody.id, code, Revocation::Delete, at(2)).await.unwrap();
    assert_eq!(revoked, CodeChange::Missing);
    assert_eq!(unit.batches().supersede(nobody.id, at(2)).await.unwrap(), None);
    assert_eq!(unit.batches().invalidate(nobody.id, batch, at(2)).await.unwrap(), BatchChange::Missing);
    assert_eq!(unit.batches().mark_viewed(nobody.id, batch, at(2)).await.unwrap(), Marked::Missing);
    unit.recoveries().settle(nobody.id, Duties::NONE).await.unwrap();
    assert_eq!(unit.accounts().erase(nobody.id).await.unwrap(), None);
    store.assert_usable(unit).await;
}

/// "A second unit that locks the same account waits until the first has ended", by commit, rollback or drop, and
/// waits at once, not at its first change.
pub async fn a_second_unit_of_an_account_waits_for_the_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for way in 0..3 {
        let (account, _) = store.owner(1).await;
        let first = store.lock(account.id).await;
        let mut second = store.stores.storage.begin_locking(account.id);
        assert!(timeout(WATCHED, &mut second).await.is_err(), "the second unit opens beside the first");
        match way {
            0 => first.commit().await.unwrap(),
            1 => first.rollback().await.unwrap(),
            _ => drop(first),
        }
        let second = store.soon("locking after the first unit", second).await.unwrap();
        second.rollback().await.unwrap();
    }
}

/// The unit that waited sees what the first one did, and not what was true when it began to wait.
pub async fn a_unit_that_waited_sees_what_the_first_did(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let mut first = store.lock(account.id).await;
    first.accounts().set_suspended(account.id, Some(SuspensionReason::NotMe), at(2)).await.unwrap();
    first.batches().supersede(account.id, at(2)).await.unwrap();
    let mut second = store.stores.storage.begin_locking(account.id);
    assert!(timeout(WATCHED, &mut second).await.is_err(), "the second unit opens beside the first");
    first.commit().await.unwrap();
    let mut second = store.soon("locking after the first unit", second).await.unwrap();
    let seen = second.accounts().get(account.id).await.unwrap().unwrap();
    assert_eq!(seen.suspended, Some(SuspensionReason::NotMe));
    assert_eq!(second.batches().supersede(account.id, at(3)).await.unwrap(), None);
    second.rollback().await.unwrap();
    assert_eq!(store.read_batch(issued.batch.id).await.superseded_at, Some(at(2)));
}

/// "Units that lock different accounts need not wait for each other", unless the harness says that its store locks as
/// a whole.
pub async fn units_of_other_accounts_do_not_wait(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    if store.locks_whole_store {
        return;
    }
    let (one, _) = store.owner(1).await;
    let (other, issued) = store.owner(1).await;
    let first = store.lock(one.id).await;
    assert!(matches!(store.consume(other.id, &issued.codes[0], at(2)).await, Consumed::Won { .. }));
    first.commit().await.unwrap();
}

/// Who gives up waiting for a lock leaves none behind.
pub async fn giving_up_on_a_lock_leaves_none_behind(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(1).await;
    for _ in 0..4 {
        let first = store.lock(account.id).await;
        {
            let mut abandoned = store.stores.storage.begin_locking(account.id);
            let _ = timeout(Duration::from_millis(20), &mut abandoned).await;
        }
        first.commit().await.unwrap();
        store.lock(account.id).await.rollback().await.unwrap();
    }
}

/// Many units, one after the other and abandoned in every way, leave the store able to work.
pub async fn ended_units_hold_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(1).await;
    for round in 0..40 {
        let mut unit = if round % 2 == 0 { store.begin().await } else { store.lock(account.id).await };
        unit.audit().append(an_entry(AuditKind::Viewed, Some(account.id))).await.unwrap();
        match round % 4 {
            0 | 1 => drop(unit),
            2 => unit.rollback().await.unwrap(),
            _ => unit.commit().await.unwrap(),
        }
    }
    assert_eq!(store.audit_of(account.id).await.len(), 10);
    let page = store.stores.history.page(account.id, Some(Window { offset: 0, limit: 5 })).await.unwrap();
    assert_eq!(page.total, 1);
}
