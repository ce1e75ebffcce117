//! Taking single codes back.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{CodeChange, Consumed, Revocation};
use backstop_domain::{AccountId, CodeId, CodeStatus, Counters, Timestamp};

async fn revoke(store: &Fixture, account: AccountId, code: CodeId, how: Revocation, now: Timestamp) -> CodeChange {
    let mut unit = store.lock(account).await;
    let change = unit.codes().revoke(account, code, how, now).await.unwrap();
    unit.commit().await.unwrap();
    change
}

fn counted(issued: u32, invalidated: u32, removed: u32) -> Counters {
    Counters { issued, used: 0, invalidated, removed, purged: 0 }
}

/// "Invalidates a live code …; the batch's counters move with it."
pub async fn a_live_code_is_invalidated(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let change = revoke(&store, account.id, issued.codes[0].id, Revocation::Invalidate, at(2)).await;
    let batch = store.read_batch(issued.batch.id).await;
    assert_eq!(batch.counters, counted(2, 1, 0));
    assert_eq!(change, CodeChange::Changed { status: CodeStatus::Invalidated, batch });
    assert_eq!(store.statuses(&issued).await, [Some(CodeStatus::Invalidated), Some(CodeStatus::Active)]);
}

/// "… or deletes a live or invalidated one; the batch's counters move with it."
pub async fn a_live_or_invalidated_code_is_deleted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    revoke(&store, account.id, issued.codes[0].id, Revocation::Invalidate, at(2)).await;
    for (code, after) in issued.codes.iter().zip([counted(2, 0, 1), counted(2, 0, 2)]) {
        let change = revoke(&store, account.id, code.id, Revocation::Delete, at(3)).await;
        let batch = store.read_batch(issued.batch.id).await;
        assert_eq!(batch.counters, after);
        assert_eq!(change, CodeChange::Changed { status: CodeStatus::Deleted, batch });
    }
    assert_eq!(store.statuses(&issued).await, [Some(CodeStatus::Deleted); 2]);
}

/// "Any other code is `Already`, and unchanged": used, deleted, and for invalidating an invalidated one.
pub async fn a_code_that_is_not_live_stays_as_it_is(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(3).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    revoke(&store, account.id, issued.codes[1].id, Revocation::Delete, at(2)).await;
    revoke(&store, account.id, issued.codes[2].id, Revocation::Invalidate, at(2)).await;
    let before = store.read_batch(issued.batch.id).await;
    let cases = [
        (0, Revocation::Invalidate, CodeStatus::Used),
        (0, Revocation::Delete, CodeStatus::Used),
        (1, Revocation::Invalidate, CodeStatus::Deleted),
        (1, Revocation::Delete, CodeStatus::Deleted),
        (2, Revocation::Invalidate, CodeStatus::Invalidated),
    ];
    for (code, how, status) in cases {
        let change = revoke(&store, account.id, issued.codes[code].id, how, at(9)).await;
        assert_eq!(change, CodeChange::Already { status, batch: before.clone() }, "{how:?}");
        assert_eq!(store.status(account.id, &issued.codes[code]).await, Some(status));
        assert_eq!(store.read_batch(issued.batch.id).await, before);
    }
}

/// "A code of another account is `Missing`", and unchanged.
pub async fn a_code_of_another_account_is_not_revoked(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, theirs) = store.owner(1).await;
    let (account, _) = store.owner(1).await;
    for code in [theirs.codes[0].id, CodeId::new(uuid())] {
        for how in [Revocation::Invalidate, Revocation::Delete] {
            assert_eq!(revoke(&store, account.id, code, how, at(2)).await, CodeChange::Missing);
        }
    }
    assert_eq!(store.statuses(&theirs).await, [Some(CodeStatus::Active)]);
    assert_eq!(store.read_batch(theirs.batch.id).await, theirs.batch);
}

/// Counters never drift: each code is counted once, where it is, and once more where the batch is deleted.
pub async fn counters_tell_where_the_codes_are(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(8).await;
    for (way, code) in issued.codes[..6].iter().enumerate() {
        match way % 3 {
            0 => assert!(matches!(store.consume(account.id, code, at(2)).await, Consumed::Won { .. })),
            1 => drop(revoke(&store, account.id, code.id, Revocation::Invalidate, at(2)).await),
            _ => drop(revoke(&store, account.id, code.id, Revocation::Delete, at(2)).await),
        }
        assert_counted(&store, &issued).await;
    }
    let mut unit = store.lock(account.id).await;
    unit.batches().delete(account.id, issued.batch.id, at(3)).await.unwrap();
    unit.commit().await.unwrap();
    assert_counted(&store, &issued).await;
}

async fn assert_counted(store: &Fixture, issued: &Issued) {
    let statuses = store.statuses(issued).await;
    let count = |status| u32::try_from(statuses.iter().filter(|s| **s == Some(status)).count()).unwrap();
    let counters = store.read_batch(issued.batch.id).await.counters;
    let found = Counters {
        issued: issued.batch.counters.issued,
        used: count(CodeStatus::Used),
        invalidated: count(CodeStatus::Invalidated),
        removed: count(CodeStatus::Deleted),
        purged: 0,
    };
    assert_eq!(counters, found);
    assert_eq!(counters.live(), count(CodeStatus::Active));
}
