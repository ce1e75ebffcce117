//! The purge: codes that are over go, and their batches' counters stay right.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{CodeChunk, Revocation, TakenOf};
use backstop_domain::{Account, Batch, BatchId, CleanUp, CodeStatus, Counters, Expiry, letter::BatchLine};
use core::time::Duration;
use jiff::SignedDuration;
use tokio::time::timeout;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const ALL: u32 = u32::MAX;

/// How long a unit is watched before it counts as waiting.
const WATCHED: Duration = Duration::from_millis(200);

/// Five codes: used at 2, invalidated at 3, deleted at 4, and two that are live.
async fn mixed(store: &Fixture) -> (Account, Issued) {
    let (account, issued) = store.owner(5).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    let mut unit = store.lock(account.id).await;
    for (code, how, second) in [(1, Revocation::Invalidate, 3), (2, Revocation::Delete, 4)] {
        unit.codes().revoke(account.id, issued.codes[code].id, how, at(second)).await.unwrap();
    }
    unit.commit().await.unwrap();
    (account, issued)
}

fn left(statuses: &[Option<CodeStatus>]) -> Vec<bool> {
    statuses.iter().map(Option::is_some).collect()
}

/// "Removes codes that are over, as `backstop_domain::retention` says": what ended at that time or before.
pub async fn codes_that_are_over_are_taken(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = mixed(&store).await;
    for (until, gone) in [(micros_before(at(2), 1), 0), (at(2), 1), (at(3), 2), (at(3), 2), (at(4), 3), (at(99), 3)] {
        store.take(a_chunk(until, ALL)).await;
        let there: Vec<bool> = (0..5).map(|code| code >= gone).collect();
        assert_eq!(left(&store.statuses(&issued).await), there, "{until}");
    }
}

/// "A live code that has not expired is never taken", one that has from its expiry on.
pub async fn a_live_code_that_has_not_expired_stays(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, expiring) = store.owner(3).await;
    let forever =
        Batch::new(BatchId::new(uuid()), store.account().await.id, profile("classic"), 3, Expiry::Never, at(1));
    let forever = store.issue_as(forever).await;
    let end = expiring.batch.expires_at.unwrap();
    assert_eq!(store.take(a_chunk(micros_before(end, 1), ALL)).await, []);
    assert_eq!(store.statuses(&expiring).await, [Some(CodeStatus::Active); 3]);
    assert_eq!(rows(&store.take(a_chunk(end, ALL)).await), 3);
    assert_eq!(store.statuses(&expiring).await, [None; 3]);
    assert_eq!(store.take(a_chunk(end + 9_999 * DAY, ALL)).await, []);
    assert_eq!(store.statuses(&forever).await, [Some(CodeStatus::Active); 3]);
}

/// Retention counts from the event: a code of an old batch that ended today stays, however it ended.
pub async fn the_time_counts_from_the_end_of_a_code(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let today = at(1) + 20 * DAY;
    for way in WAYS {
        let (account, issued) = store.owner(2).await;
        let mut unit = store.lock(account.id).await;
        retire(unit.as_mut(), account.id, issued.batch.id, way, today).await;
        unit.commit().await.unwrap();
        assert_eq!(store.take(a_chunk(micros_before(today, 1), ALL)).await, [], "{way:?}");
        assert_eq!(rows(&store.take(a_chunk(today, ALL)).await), 2, "{way:?}");
    }
}

/// "At most so many to the row", be they ended or expired.
pub async fn no_more_codes_are_taken_than_asked_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(store.used_up(5, at(2)).await.1);
        all.push(store.owner(5).await.1);
    }
    let chunk = a_chunk(at(1) + 30 * DAY, 7);
    assert_eq!(store.take(CodeChunk { most: 0, ..chunk }).await, []);
    for (taken, gone) in [(7, 7), (7, 14), (7, 21), (7, 28), (2, 30), (0, 30)] {
        assert_eq!(rows(&store.take(chunk).await), taken);
        let mut there = 0;
        for issued in &all {
            there += store.statuses(issued).await.into_iter().flatten().count();
        }
        assert_eq!(there, 30 - gone);
    }
}

fn told(account: &Account, batch: &Batch, removed_codes: u32, left: u32) -> TakenOf {
    let line = BatchLine {
        batch: batch.id,
        subject: account.subject.clone(),
        made_at: batch.created_at,
        expires_at: batch.expires_at,
        removed_codes,
        left,
        batch_removed: false,
    };
    TakenOf { account: account.id, line }
}

/// "… and tells from which batches, each once", also where some of its codes had ended and others had expired.
pub async fn each_batch_is_told_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((one, first), (other, second)) = (mixed(&store).await, store.used_up(2, at(2)).await);
    let mut expected = vec![told(&one, &first.batch, 3, 2), told(&other, &second.batch, 2, 0)];
    let mut taken = store.take(a_chunk(at(9), ALL)).await;
    expected.sort_by_key(|of| of.line.batch);
    taken.sort_by_key(|of| of.line.batch);
    assert_eq!(taken, expected);
    let (account, issued) = mixed(&store).await;
    let taken = store.take(a_chunk(at(1) + 30 * DAY, ALL)).await;
    let of_it: Vec<_> = taken.into_iter().filter(|of| of.account == account.id).collect();
    assert_eq!(of_it, [told(&account, &issued.batch, 5, 0)]);
}

/// "Their batches' counter `purged` rises with it; a live code that expired becomes removed as well", and no other
/// counter moves.
pub async fn taken_codes_move_the_counters(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = mixed(&store).await;
    let before = Counters { issued: 5, used: 1, invalidated: 1, removed: 1, purged: 0 };
    let counters = async || store.read_batch(issued.batch.id).await.counters;
    assert_eq!(counters().await, before);
    store.take(a_chunk(at(3), ALL)).await;
    assert_eq!(counters().await, Counters { purged: 2, ..before });
    store.take(a_chunk(at(1) + 30 * DAY, 1)).await;
    assert_eq!(counters().await, Counters { purged: 3, ..before });
    store.take(a_chunk(at(1) + 30 * DAY, ALL)).await;
    assert_eq!(counters().await, Counters { purged: 5, removed: 3, ..before });
    assert!(counters().await.adds_up());
}

/// What was taken is seen in the batch's `modified_at`; nothing else of it changes.
pub async fn taking_moves_the_time_of_modification(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = store.used_up(2, at(2)).await;
    let before = store.read_batch(issued.batch.id).await;
    let chunk = a_chunk(at(9), 1);
    store.take(chunk).await;
    let counters = Counters { purged: 1, ..before.counters };
    assert_eq!(store.read_batch(issued.batch.id).await, Batch { modified_at: chunk.at, counters, ..before });
}

/// What a unit took is back when it is undone.
pub async fn a_taking_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = store.used_up(2, at(2)).await;
    let before = store.read_batch(issued.batch.id).await;
    let mut unit = store.begin().await;
    assert_eq!(rows(&unit.clean_ups().take_codes(&a_chunk(at(9), ALL)).await.unwrap()), 2);
    assert_eq!(unit.clean_ups().take_empty_batches(&a_chunk(at(9), ALL)).await.unwrap().len(), 1);
    unit.rollback().await.unwrap();
    assert_eq!(store.statuses(&issued).await, [Some(CodeStatus::Used); 2]);
    assert_eq!(store.read_batch(issued.batch.id).await, before);
}

/// "Without `chunk.wait` nobody is waited for": what others hold is left for later, and the rest taken.
pub async fn a_locked_account_is_not_waited_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    if store.locks_whole_store {
        return;
    }
    let ((one, first), (_, second)) = (store.used_up(3, at(2)).await, store.used_up(3, at(3)).await);
    let chunk = CodeChunk { wait: false, ..a_chunk(at(9), 3) };
    let holder = store.lock(one.id).await;
    let taken = store.take(chunk).await;
    assert_eq!(
        taken.iter().map(|of| (of.line.batch, of.line.removed_codes)).collect::<Vec<_>>(),
        [(second.batch.id, 3)]
    );
    assert_eq!(store.take(chunk).await, []);
    assert_eq!(store.take_empty(chunk).await.len(), 1);
    holder.rollback().await.unwrap();
    assert_eq!(rows(&store.take(chunk).await), 3);
    let holder = store.lock(one.id).await;
    assert_eq!(store.take_empty(chunk).await, []);
    holder.rollback().await.unwrap();
    assert_eq!(store.take_empty(chunk).await.iter().map(|of| of.line.batch).collect::<Vec<_>>(), [first.batch.id]);
}

async fn taken_by(store: &Fixture, chunk: CodeChunk) -> Vec<TakenOf> {
    let mut unit = store.stores.storage.begin().await.unwrap();
    let taken = unit.clean_ups().take_codes(&chunk).await.unwrap();
    unit.commit().await.unwrap();
    taken
}

/// "Accounts are locked before their codes": with `chunk.wait` whoever holds one is waited for, and what they did counts.
pub async fn a_locked_account_is_waited_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = mixed(&store).await;
    let mut holder = store.lock(account.id).await;
    // The code that was invalidated is deleted now: it ends anew.
    let again = holder.codes().revoke(account.id, issued.codes[1].id, Revocation::Delete, at(50)).await;
    again.unwrap();
    let mut taking = Box::pin(taken_by(&store, a_chunk(at(9), ALL)));
    assert!(timeout(WATCHED, &mut taking).await.is_err(), "codes are taken beside whoever holds their account");
    holder.commit().await.unwrap();
    assert_eq!(rows(&store.soon("taking what was held", taking).await), 2);
    assert_eq!(left(&store.statuses(&issued).await), [false, true, false, true, true]);
}

/// "With it nothing is left when nothing is taken."
pub async fn nothing_is_left_when_nothing_is_taken(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for _ in 0..6 {
        store.used_up(4, at(2)).await;
    }
    let taken: u32 = store
        .race(4, |store, _| async move {
            let mut taken = 0;
            loop {
                let some = rows(&taken_by(&store, a_chunk(at(9), 3)).await);
                if some == 0 {
                    let eligible = store.stores.runs.eligible(CleanUp::Codes, at(9)).await.unwrap();
                    assert_eq!((eligible.rows, eligible.batches), (0, 0));
                    return taken;
                }
                taken += some;
            }
        })
        .await
        .into_iter()
        .sum();
    assert_eq!(taken, 24);
}

/// "Removes a batch that was marked for the purge, with every code that it has left […]. In its owner's history it stays,
/// with all its codes counted as gone."
pub async fn a_marked_batch_is_taken_at_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = mixed(&store).await;
    let (_, other) = store.owner(2).await;
    let mut unit = store.lock(account.id).await;
    unit.batches().delete(account.id, issued.batch.id, at(6)).await.unwrap();
    assert_eq!(unit.clean_ups().take_batch(account.id, issued.batch.id, at(6)).await.unwrap(), Some(5));
    unit.commit().await.unwrap();
    assert_eq!(store.statuses(&issued).await, [None; 5]);
    assert_eq!(store.statuses(&other).await, [Some(CodeStatus::Active); 2]);
    let kept = store.stores.history.batch(issued.batch.id).await.unwrap().unwrap();
    let counters = Counters { issued: 5, used: 1, invalidated: 1, removed: 3, purged: 5 };
    assert_eq!((kept.counters, kept.deleted_at), (counters, Some(at(6))));
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.clean_ups().take_batch(account.id, issued.batch.id, at(7)).await.unwrap(), None, "it is gone");
    unit.rollback().await.unwrap();
}

/// "`None` when the account has no such batch, or it was not marked."
pub async fn what_is_not_marked_is_not_taken_at_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let (stranger, _) = store.owner(2).await;
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.clean_ups().take_batch(account.id, issued.batch.id, at(6)).await.unwrap(), None);
    unit.commit().await.unwrap();
    let mut unit = store.lock(stranger.id).await;
    assert_eq!(unit.clean_ups().take_batch(stranger.id, issued.batch.id, at(6)).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert_eq!(store.statuses(&issued).await, [Some(CodeStatus::Active); 2]);
}
