//! Batches: stored whole, one standing an account, and changed together with their codes.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{BatchChange, BatchInserted, Marked, Revocation, Superseded};
use backstop_domain::{Account, Batch, BatchId, CodeStatus, Expiry};

/// What is inserted is read back the same, every field of it.
pub async fn a_batch_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let made_at = at(7);
    for (expiry, name, issued) in [(Expiry::Never, "readable", 1), (Expiry::Days(365), "my-profile_2", 50)] {
        let account = store.account().await;
        let id = BatchId::new(uuid());
        let issued = store.issue_as(Batch::new(id, account.id, profile(name), issued, expiry, made_at)).await;
        assert_eq!(store.read_batch(id).await, issued.batch);
    }
}

/// "Stores a batch with all its codes": each is found by its tag, live, with its verifier.
pub async fn a_batch_comes_with_all_its_codes(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(50).await;
    for code in &issued.codes {
        let found = store.stores.codes.find(account.id, core::slice::from_ref(&code.tag)).await.unwrap();
        let found = found.expect("the code is there");
        assert_eq!((found.id, found.status), (code.id, CodeStatus::Active));
        assert_eq!(found.verifier.as_str(), code.verifier.as_str());
    }
}

/// "… or neither": when one code can't be stored, nothing of the batch is, even if the caller commits.
pub async fn a_batch_that_can_not_be_stored_leaves_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let batch = a_batch(account.id, 3, at(1));
    let mut codes = some_codes(3);
    codes[2].id = codes[0].id;
    let mut unit = store.lock(account.id).await;
    assert!(unit.batches().insert(&batch, &codes).await.is_err());
    let _ = unit.commit().await;
    assert_eq!(store.stores.history.batch(batch.id).await.unwrap(), None);
    for code in &codes {
        assert_eq!(store.status(account.id, code).await, None);
    }
}

/// "At most one batch of an account stands …: a second one is `AnotherStands`".
pub async fn a_second_standing_batch_is_refused(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(2).await;
    let second = a_batch(account.id, 2, at(2));
    assert_eq!(store.insert(&second, &some_codes(2)).await, BatchInserted::AnotherStands);
    let (_, _) = store.owner(2).await;
}

/// An expired or exhausted batch stands still: only superseding, invalidating or deleting makes room.
pub async fn an_expired_or_exhausted_batch_stands_still(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let made_at = at(1);
    let batch = Batch::new(BatchId::new(uuid()), account.id, profile("classic"), 1, Expiry::Days(1), made_at);
    let issued = store.issue_as(batch).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    let later = a_batch(account.id, 1, at(400 * 86_400));
    assert_eq!(store.insert(&later, &some_codes(1)).await, BatchInserted::AnotherStands);
}

/// "… then nothing is stored".
pub async fn a_refused_batch_is_not_stored(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, first) = store.owner(2).await;
    let (second, codes) = (a_batch(account.id, 2, at(2)), some_codes(2));
    store.insert(&second, &codes).await;
    assert_eq!(store.stores.history.batch(second.id).await.unwrap(), None);
    for code in &codes {
        assert_eq!(store.status(account.id, code).await, None);
    }
    assert_eq!(store.read_batch(first.batch.id).await, first.batch);
    assert_eq!(store.statuses(&first).await, [Some(CodeStatus::Active); 2]);
}

/// "… and the unit stays usable": it can still supersede the old batch and store the new one.
pub async fn a_refused_batch_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(2).await;
    let (second, codes) = (a_batch(account.id, 2, at(2)), some_codes(2));
    let mut unit = store.lock(account.id).await;
    unit.batches().insert(&second, &codes).await.unwrap();
    assert!(unit.batches().supersede(account.id, at(2)).await.unwrap().is_some());
    assert_eq!(unit.batches().insert(&second, &codes).await.unwrap(), BatchInserted::Done);
    store.assert_usable(unit).await;
    assert_eq!(store.read_batch(second.id).await, second);
}

/// A batch that was superseded, invalidated or deleted does not stand, so that another may.
pub async fn a_batch_that_does_not_stand_makes_room(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for way in WAYS {
        let (account, issued) = store.owner(2).await;
        let mut unit = store.lock(account.id).await;
        retire(unit.as_mut(), account.id, issued.batch.id, way, at(2)).await;
        let next = a_batch(account.id, 1, at(3));
        assert_eq!(unit.batches().insert(&next, &some_codes(1)).await.unwrap(), BatchInserted::Done);
        unit.commit().await.unwrap();
        assert_eq!(store.read_batch(next.id).await, next);
    }
}

/// A batch of an account that does not exist is a fault, and is not stored.
pub async fn a_batch_needs_its_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let batch = a_batch(an_account().id, 2, at(1));
    let mut unit = store.lock(batch.account).await;
    assert!(unit.batches().insert(&batch, &some_codes(2)).await.is_err());
    let _ = unit.rollback().await;
    assert_eq!(store.stores.history.batch(batch.id).await.unwrap(), None);
}

const MIXED: [CodeStatus; 5] =
    [CodeStatus::Used, CodeStatus::Invalidated, CodeStatus::Deleted, CodeStatus::Active, CodeStatus::Active];

/// An account with a batch that has codes of each status, as [`MIXED`] says.
async fn mixed(store: &Fixture) -> (Account, Issued) {
    let (account, mut issued) = store.owner(5).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    let mut unit = store.lock(account.id).await;
    unit.codes().revoke(account.id, issued.codes[1].id, Revocation::Invalidate, at(2)).await.unwrap();
    unit.codes().revoke(account.id, issued.codes[2].id, Revocation::Delete, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    issued.batch = store.read_batch(issued.batch.id).await;
    assert_eq!(store.statuses(&issued).await, MIXED.map(Some));
    (account, issued)
}

fn with_live(status: CodeStatus) -> [Option<CodeStatus>; 5] {
    MIXED.map(|s| Some(if s == CodeStatus::Active { status } else { s }))
}

/// "Supersedes the account's standing batch and invalidates its live codes", and only these.
pub async fn superseding_invalidates_live_codes(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, mut issued) = mixed(&store).await;
    let (_, neighbour) = store.owner(2).await;
    let mut unit = store.lock(account.id).await;
    let superseded = unit.batches().supersede(account.id, at(3)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(superseded, Some(Superseded { batch: issued.batch.id, invalidated: 2 }));
    issued.batch.supersede(at(3));
    assert_eq!(store.read_batch(issued.batch.id).await, issued.batch);
    assert_eq!(store.statuses(&issued).await, with_live(CodeStatus::Invalidated));
    assert_eq!(store.read_batch(neighbour.batch.id).await, neighbour.batch);
    assert_eq!(store.statuses(&neighbour).await, [Some(CodeStatus::Active); 2]);
}

/// "`None` when no batch stands."
pub async fn superseding_needs_a_standing_batch(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let bare = store.account().await;
    store.supersede(account.id, at(2)).await;
    for id in [account.id, bare.id, an_account().id] {
        let mut unit = store.lock(id).await;
        assert_eq!(unit.batches().supersede(id, at(3)).await.unwrap(), None);
        unit.commit().await.unwrap();
    }
    assert_eq!(store.read_batch(issued.batch.id).await.superseded_at, Some(at(2)));
}

/// "Revokes a batch: its live codes become invalidated, used and removed ones stay."
pub async fn invalidating_a_batch_invalidates_live_codes(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, mut issued) = mixed(&store).await;
    let mut unit = store.lock(account.id).await;
    let change = unit.batches().invalidate(account.id, issued.batch.id, at(3)).await.unwrap();
    unit.commit().await.unwrap();
    issued.batch.invalidate(at(3));
    assert_eq!(change, BatchChange::Changed { batch: issued.batch.clone(), codes: 2 });
    assert_eq!(store.read_batch(issued.batch.id).await, issued.batch);
    assert_eq!(store.statuses(&issued).await, with_live(CodeStatus::Invalidated));
}

/// "A batch that was superseded, invalidated or deleted before is `Already`, and unchanged."
pub async fn a_batch_is_invalidated_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for way in WAYS {
        let (account, issued) = mixed(&store).await;
        let id = issued.batch.id;
        let mut unit = store.lock(account.id).await;
        retire(unit.as_mut(), account.id, id, way, at(3)).await;
        unit.commit().await.unwrap();
        let (before, statuses) = (store.read_batch(id).await, store.statuses(&issued).await);
        let mut unit = store.lock(account.id).await;
        let change = unit.batches().invalidate(account.id, id, at(4)).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(change, BatchChange::Already(before.clone()));
        assert_eq!(store.read_batch(id).await, before);
        assert_eq!(store.statuses(&issued).await, statuses);
    }
}

/// "Marks a batch for the purge: its live codes become deleted, used and invalidated ones stay."
pub async fn deleting_a_batch_deletes_live_codes(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, mut issued) = mixed(&store).await;
    let mut unit = store.lock(account.id).await;
    let change = unit.batches().delete(account.id, issued.batch.id, at(3)).await.unwrap();
    unit.commit().await.unwrap();
    issued.batch.delete(at(3));
    assert_eq!(change, BatchChange::Changed { batch: issued.batch.clone(), codes: 2 });
    assert_eq!(store.read_batch(issued.batch.id).await, issued.batch);
    assert_eq!(store.statuses(&issued).await, with_live(CodeStatus::Deleted));
}

/// A superseded or invalidated batch can be deleted as well; its codes are not live, and stay as they are.
pub async fn a_revoked_batch_can_be_deleted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for superseded in [true, false] {
        let (account, issued) = mixed(&store).await;
        let id = issued.batch.id;
        let mut unit = store.lock(account.id).await;
        if superseded {
            unit.batches().supersede(account.id, at(3)).await.unwrap();
        } else {
            unit.batches().invalidate(account.id, id, at(3)).await.unwrap();
        }
        let change = unit.batches().delete(account.id, id, at(4)).await.unwrap();
        unit.commit().await.unwrap();
        let batch = store.read_batch(id).await;
        assert_eq!(batch.deleted_at, Some(at(4)));
        assert_eq!(change, BatchChange::Changed { batch, codes: 0 });
        assert_eq!(store.statuses(&issued).await, with_live(CodeStatus::Invalidated));
    }
}

/// "A batch that was deleted before is `Already`, and unchanged."
pub async fn a_batch_is_deleted_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = mixed(&store).await;
    let id = issued.batch.id;
    let mut unit = store.lock(account.id).await;
    unit.batches().delete(account.id, id, at(3)).await.unwrap();
    unit.commit().await.unwrap();
    let before = store.read_batch(id).await;
    let mut unit = store.lock(account.id).await;
    let change = unit.batches().delete(account.id, id, at(4)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(change, BatchChange::Already(before.clone()));
    assert_eq!(store.read_batch(id).await, before);
}

/// A batch of another account, or of nobody, is `Missing`, and unchanged.
pub async fn a_batch_of_another_account_is_missing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, theirs) = store.owner(2).await;
    let account = store.account().await;
    for batch in [theirs.batch.id, BatchId::new(uuid())] {
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.batches().invalidate(account.id, batch, at(3)).await.unwrap(), BatchChange::Missing);
        assert_eq!(unit.batches().delete(account.id, batch, at(3)).await.unwrap(), BatchChange::Missing);
        assert_eq!(unit.batches().mark_viewed(account.id, batch, at(3)).await.unwrap(), Marked::Missing);
        unit.commit().await.unwrap();
    }
    assert_eq!(store.read_batch(theirs.batch.id).await, theirs.batch);
    assert_eq!(store.statuses(&theirs).await, [Some(CodeStatus::Active); 2]);
}

/// "Notes that the owner saw the codes. The first time stays."
pub async fn a_batch_is_viewed_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    for (second, marked) in [(3, Marked::Now), (4, Marked::Before), (5, Marked::Before)] {
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.batches().mark_viewed(account.id, issued.batch.id, at(second)).await.unwrap(), marked);
        unit.commit().await.unwrap();
        assert_eq!(store.read_batch(issued.batch.id).await.viewed_at, Some(at(3)));
    }
}

/// Whatever changes a batch or one of its codes is seen in the batch's `modified_at`.
pub async fn every_change_moves_the_time_of_modification(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for way in 0..7 {
        let (account, issued) = store.owner(2).await;
        let (batch, code) = (issued.batch.id, issued.codes[0].id);
        let mut unit = store.lock(account.id).await;
        let now = at(100 + way);
        match way {
            0 => assert!(unit.batches().supersede(account.id, now).await.unwrap().is_some()),
            1 => drop(unit.batches().invalidate(account.id, batch, now).await.unwrap()),
            2 => drop(unit.batches().delete(account.id, batch, now).await.unwrap()),
            3 => drop(unit.codes().revoke(account.id, code, Revocation::Invalidate, now).await.unwrap()),
            4 => drop(unit.codes().revoke(account.id, code, Revocation::Delete, now).await.unwrap()),
            5 => assert_eq!(unit.batches().mark_viewed(account.id, batch, now).await.unwrap(), Marked::Now),
            _ => {
                unit.rollback().await.unwrap();
                store.consume(account.id, &issued.codes[0], now).await;
                unit = store.lock(account.id).await;
            }
        }
        unit.commit().await.unwrap();
        assert_eq!(store.read_batch(batch).await.modified_at, now);
    }
}

/// "The account's newest batch, whatever became of it, also after a clean-up removed it."
pub async fn the_newest_batch_stays_the_newest(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let newest = async |account| {
        let mut unit = store.lock(account).await;
        let newest = unit.batches().newest(account).await.unwrap();
        unit.rollback().await.unwrap();
        newest
    };
    assert_eq!(newest(account.id).await, None);
    let mut last = None;
    for (way, second) in WAYS.into_iter().zip(1..) {
        let issued = store.issue_as(a_batch(account.id, 1, at(second))).await;
        assert_eq!(newest(account.id).await, Some(issued.batch.id));
        let mut unit = store.lock(account.id).await;
        retire(&mut *unit, account.id, issued.batch.id, way, at(second)).await;
        assert_eq!(unit.batches().newest(account.id).await.unwrap(), Some(issued.batch.id), "{way:?}");
        unit.commit().await.unwrap();
        last = Some(issued.batch.id);
        assert_eq!(newest(account.id).await, last, "{way:?}");
    }
    store.take(a_chunk(at(9), u32::MAX)).await;
    assert!(!store.take_empty(a_chunk(at(9), u32::MAX)).await.is_empty());
    assert_eq!(newest(account.id).await, last, "of which only the record is left");
    let (other, issued) = store.owner(1).await;
    assert_eq!((newest(account.id).await, newest(other.id).await), (last, Some(issued.batch.id)));
    let mut unit = store.lock(account.id).await;
    let next = a_batch(account.id, 1, at(20));
    assert_eq!(unit.batches().insert(&next, &some_codes(1)).await.unwrap(), BatchInserted::Done);
    assert_eq!(unit.batches().newest(account.id).await.unwrap(), Some(next.id), "as this unit sees it");
    unit.rollback().await.unwrap();
}
