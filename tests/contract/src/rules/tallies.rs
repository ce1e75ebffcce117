//! How much happened when.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{Counting, Run, RunChunk, Sight};
use backstop_domain::{
    Account, Actor, AuditEntry, AuditKind, BatchId, CleanUp, Counted, Quarter, Role, RunStatus, Tally, Timestamp,
    clean_up::StartedBy, letter::BatchLine,
};
use jiff::SignedDuration;

/// The quarters that rules are about, and a moment in one of them.
fn quarter(number: u32) -> Quarter {
    Quarter::of(at(0)).later(number)
}

fn within(number: u32) -> Timestamp {
    quarter(number).begins() + SignedDuration::from_micros(123_457)
}

/// The last moment of a quarter.
fn last_of(number: u32) -> Timestamp {
    micros_before(quarter(number + 1).begins(), 1)
}

fn tally(number: u32, of: Counted, how_many: u64) -> Tally {
    Tally { quarter: quarter(number), of, number: how_many }
}

async fn happened(store: &Fixture, at: Timestamp, kind: AuditKind, account: Option<&Account>, count: Option<u32>) {
    let account = account.map(|account| account.id);
    store.record(AuditEntry { at, count, ..an_entry(kind, account) }).await;
}

async fn count(store: &Fixture, until: Timestamp, most: u32) -> Timestamp {
    let counting = Counting { from: quarter(0), until, most };
    store.soon("counting", store.stores.tallies.count(&counting)).await.unwrap()
}

async fn since(store: &Fixture, number: u32) -> Vec<Tally> {
    store.stores.tallies.since(quarter(number), Sight::Everything).await.unwrap()
}

/// Something of each kind that is counted, and of others, in two quarters.
async fn a_morning(store: &Fixture) -> Vec<Tally> {
    let account = store.account().await;
    for (time, kind, number) in [
        (within(0), AuditKind::Generated, Some(10)),
        (last_of(0), AuditKind::Generated, Some(5)),
        (within(0), AuditKind::Redeemed, None),
        (within(1), AuditKind::Redeemed, None),
        (last_of(1), AuditKind::Redeemed, Some(7)),
        (within(1), AuditKind::RedeemRefused, None),
        (within(1), AuditKind::BatchRemoved, Some(4)),
        (within(1), AuditKind::Viewed, None),
        (within(1), AuditKind::Purged, Some(100)),
        (within(1), AuditKind::CodeDeleted, Some(1)),
    ] {
        happened(store, time, kind, Some(&account), number).await;
    }
    happened(store, within(1), AuditKind::RedeemRefused, None, None).await;
    vec![
        tally(0, Counted::Issued, 15),
        tally(0, Counted::Redeemed, 1),
        tally(1, Counted::Redeemed, 2),
        tally(1, Counted::Refused, 2),
        tally(1, Counted::Purged, 4),
    ]
}

/// "An entry of the trail counts as `Counted::told_by` says, in the quarter of its time"; answers come "by quarters and
/// what was counted, without zeros".
pub async fn what_happened_is_counted_by_quarters(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(since(&store, 0).await, []);
    let mut expected = a_morning(&store).await;
    assert_eq!(since(&store, 0).await, expected);
    assert_eq!(count(&store, last_of(9), 100).await, quarter(9).begins());
    assert_eq!(since(&store, 0).await, expected);
    assert_eq!(since(&store, 1).await, expected.split_off(2));
    assert_eq!(since(&store, 2).await, []);
}

/// "What is not counted yet is counted for the answer."
pub async fn counted_or_not_the_answer_is_the_same(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut expected = a_morning(&store).await;
    for quarters in 1..4 {
        assert_eq!(count(&store, within(9), 1).await, quarter(quarters).begins());
        assert_eq!(since(&store, 0).await, expected);
    }
    happened(&store, within(3), AuditKind::Redeemed, None, None).await;
    expected.push(tally(3, Counted::Redeemed, 1));
    assert_eq!(since(&store, 0).await, expected);
}

/// "Its counts stay whatever becomes of what they were counted from."
pub async fn counts_outlive_what_was_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let expected = a_morning(&store).await;
    count(&store, within(5), 100).await;
    let mut unit = store.begin().await;
    assert!(unit.clean_ups().take_audit(within(5), 100).await.unwrap().rows > 9);
    unit.commit().await.unwrap();
    assert_eq!(since(&store, 0).await, expected);
    // What has gone does not come back as nothing.
    count(&store, within(9), 100).await;
    assert_eq!(since(&store, 0).await, expected);
}

/// "Each quarter is counted once, however many count at the same time."
pub async fn each_quarter_is_counted_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let expected = a_morning(&store).await;
    let counted = store.race(RACERS, |store, _| async move { count(&store, within(5), 2).await }).await;
    assert!(counted.iter().all(|until| *until > quarter(0).begins() && *until <= quarter(5).begins()), "{counted:?}");
    assert_eq!(since(&store, 0).await, expected);
    count(&store, within(5), 100).await;
    assert_eq!(since(&store, 0).await, expected);
}

/// At most so many quarters are counted, the oldest first, and it is told up to when.
pub async fn no_more_quarters_are_counted_than_asked_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for (most, until) in [(1, 1), (3, 4), (100, 7), (100, 7)] {
        assert_eq!(count(&store, within(7), most).await, quarter(until).begins());
    }
}

/// Only "quarters that had ended then" are counted: what happens in the others is not lost.
pub async fn a_quarter_that_goes_on_is_not_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    happened(&store, within(2), AuditKind::Redeemed, None, None).await;
    assert_eq!(count(&store, last_of(2), 100).await, quarter(2).begins());
    happened(&store, last_of(2), AuditKind::Redeemed, None, None).await;
    assert_eq!(since(&store, 0).await, [tally(2, Counted::Redeemed, 2)]);
    assert_eq!(count(&store, quarter(3).begins(), 100).await, quarter(3).begins());
    assert_eq!(since(&store, 0).await, [tally(2, Counted::Redeemed, 2)]);
}

/// "Nothing is counted of the quarters before this one."
pub async fn nothing_is_counted_before_the_first_quarter(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    happened(&store, within(0), AuditKind::Redeemed, None, None).await;
    happened(&store, within(4), AuditKind::Redeemed, None, None).await;
    let counting = Counting { from: quarter(4), until: within(8), most: 2 };
    assert_eq!(store.stores.tallies.count(&counting).await.unwrap(), quarter(6).begins());
    assert_eq!(since(&store, 0).await, [tally(4, Counted::Redeemed, 1)]);
}

async fn ran(store: &Fixture, of: CleanUp, ended_at: Timestamp, lines: &[BatchLine]) {
    let run = Run { of, ..a_run(StartedBy::CommandLine, within(0)) };
    let mut unit = store.begin().await;
    unit.runs().begin(&run).await.unwrap();
    let removed = lines.iter().map(|line| u64::from(line.removed_codes)).sum();
    unit.runs().add(run.id, &RunChunk { removed, range: None, batches: lines.to_vec() }).await.unwrap();
    unit.runs().end(run.id, ended_at, RunStatus::Completed, None).await.unwrap();
    unit.commit().await.unwrap();
}

fn taken_from(account: &Account, codes: u32) -> BatchLine {
    BatchLine { subject: account.subject.clone(), ..a_line(BatchId::new(uuid()), codes, 0) }
}

/// "Rows that a run of the clean-up of codes removed count as purged, in the quarter in which it ended."
pub async fn what_clean_ups_took_counts_as_purged(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    ran(&store, CleanUp::Codes, within(1), &[taken_from(&account, 3), taken_from(&account, 4)]).await;
    ran(&store, CleanUp::Codes, last_of(1), &[taken_from(&account, 5)]).await;
    ran(&store, CleanUp::Codes, within(2), &[]).await;
    ran(&store, CleanUp::Audit, within(1), &[taken_from(&account, 50)]).await;
    let mut unit = store.begin().await;
    let unfinished = a_run(StartedBy::CommandLine, within(1));
    unit.runs().begin(&unfinished).await.unwrap();
    unit.runs().add(unfinished.id, &RunChunk { removed: 9, ..RunChunk::default() }).await.unwrap();
    unit.commit().await.unwrap();
    let expected = [tally(1, Counted::Purged, 12)];
    assert_eq!(since(&store, 0).await, expected);
    count(&store, within(5), 100).await;
    assert_eq!(since(&store, 0).await, expected);
}

/// "Applications are shown nothing of those who ran the service when it was counted."
pub async fn applications_are_shown_no_counts_of_staff(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [user, admin, auditor] = [Role::User, Role::Admin, Role::Auditor].map(|role| Account { role, ..an_account() });
    for account in [&user, &admin, &auditor] {
        store.put(account).await;
    }
    for (codes, account) in [(10, &user), (20, &admin), (40, &auditor)] {
        happened(&store, within(0), AuditKind::Generated, Some(account), Some(codes)).await;
    }
    happened(&store, within(0), AuditKind::RedeemRefused, None, None).await;
    happened(&store, within(0), AuditKind::RedeemRefused, Some(&admin), None).await;
    let by_staff = an_entry(AuditKind::BatchRemoved, Some(user.id));
    store.record(AuditEntry { at: within(0), count: Some(6), actor: Actor::Staff(admin.id), ..by_staff }).await;
    ran(&store, CleanUp::Codes, within(0), &[taken_from(&user, 1), taken_from(&admin, 2), taken_from(&auditor, 4)])
        .await;
    ran(&store, CleanUp::Codes, within(1), &[taken_from(&admin, 8)]).await;
    let all = [
        tally(0, Counted::Issued, 70),
        tally(0, Counted::Refused, 2),
        tally(0, Counted::Purged, 13),
        tally(1, Counted::Purged, 8),
    ];
    let of_users = [tally(0, Counted::Issued, 10), tally(0, Counted::Refused, 1), tally(0, Counted::Purged, 1)];
    for _counted in [false, true] {
        assert_eq!(since(&store, 0).await, all);
        let shown = store.stores.tallies.since(quarter(0), Sight::ForClients).await.unwrap();
        assert_eq!(shown, of_users);
        count(&store, within(5), 100).await;
    }
}

/// "Forgets what was counted of the quarters before, and tells how many counts these were."
pub async fn counts_before_a_quarter_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut expected = a_morning(&store).await;
    count(&store, within(5), 100).await;
    assert_eq!(store.stores.tallies.forget(quarter(0)).await.unwrap(), 0);
    assert_eq!(since(&store, 0).await, expected);
    assert_eq!(store.stores.tallies.forget(quarter(1)).await.unwrap(), 2);
    assert_eq!(since(&store, 0).await, expected.split_off(2));
    // It is not counted again either.
    count(&store, within(5), 100).await;
    assert_eq!(store.stores.tallies.forget(quarter(9)).await.unwrap(), 3);
    assert_eq!(since(&store, 0).await, []);
}
