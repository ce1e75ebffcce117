//! Using codes up: once, in time, by their owner.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{Consumed, Consumption, Revocation};
use backstop_domain::{Batch, BatchId, CodeId, CodeStatus, Counters, Expiry, SuspensionReason, Timestamp};

/// A live code is won: it is used from then on.
pub async fn a_live_code_is_won(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(3).await;
    let won = store.consume(account.id, &issued.codes[1], at(2)).await;
    assert!(matches!(won, Consumed::Won { batch, .. } if batch == issued.batch.id), "{won:?}");
    let expected = [CodeStatus::Active, CodeStatus::Used, CodeStatus::Active].map(Some);
    assert_eq!(store.statuses(&issued).await, expected);
}

/// "The batch's counter `used` moves with it, and `remaining` is what is then left."
pub async fn a_won_code_is_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(4).await;
    let mut unit = store.lock(account.id).await;
    unit.codes().revoke(account.id, issued.codes[0].id, Revocation::Delete, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    for (used, remaining) in [(1, 2), (2, 1), (3, 0)] {
        let won = store.consume(account.id, &issued.codes[used as usize], at(2)).await;
        assert_eq!(won, Consumed::Won { batch: issued.batch.id, remaining });
        let counters = store.read_batch(issued.batch.id).await.counters;
        assert_eq!(counters, Counters { issued: 4, used, invalidated: 0, removed: 1, purged: 0 });
    }
}

/// A used code is `AlreadyUsed`, in the unit that used it and in every later one.
pub async fn a_used_code_is_used_already(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let consumption = Consumption { account: account.id, code: issued.codes[0].id, at: at(2) };
    let mut unit = store.lock(account.id).await;
    assert!(matches!(unit.codes().consume(&consumption).await.unwrap(), Consumed::Won { .. }));
    assert_eq!(unit.codes().consume(&consumption).await.unwrap(), Consumed::AlreadyUsed);
    unit.commit().await.unwrap();
    assert_eq!(store.consume(account.id, &issued.codes[0], at(3)).await, Consumed::AlreadyUsed);
}

/// "… the code is active": an invalidated or deleted one is `Inactive`.
pub async fn a_revoked_code_is_inactive(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    for (code, how) in issued.codes.iter().zip([Revocation::Invalidate, Revocation::Delete]) {
        let mut unit = store.lock(account.id).await;
        unit.codes().revoke(account.id, code.id, how, at(2)).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(store.consume(account.id, code, at(2)).await, Consumed::Inactive, "{how:?}");
    }
}

/// A code of a batch that was superseded, invalidated or deleted is `Inactive`.
pub async fn a_code_goes_with_its_batch(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for way in WAYS {
        let (account, issued) = store.owner(2).await;
        let mut unit = store.lock(account.id).await;
        retire(unit.as_mut(), account.id, issued.batch.id, way, at(2)).await;
        unit.commit().await.unwrap();
        assert_eq!(store.consume(account.id, &issued.codes[0], at(2)).await, Consumed::Inactive);
    }
}

/// "… and `at` lies before the batch's expiry; from the expiry instant on it is `Expired`."
pub async fn a_code_is_refused_from_the_expiry_instant_on(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let batch = Batch::new(BatchId::new(uuid()), account.id, profile("classic"), 2, Expiry::Days(1), at(1));
    let end = batch.expires_at.unwrap();
    let issued = store.issue_as(batch).await;
    assert_eq!(store.consume(account.id, &issued.codes[0], end).await, Consumed::Expired);
    assert_eq!(store.consume(account.id, &issued.codes[0], at(90_000)).await, Consumed::Expired);
    let just_before = micros_before(end, 1);
    assert!(matches!(store.consume(account.id, &issued.codes[0], just_before).await, Consumed::Won { .. }));
}

/// A code without expiry can be used at any time.
pub async fn a_code_without_expiry_never_expires(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let batch = Batch::new(BatchId::new(uuid()), account.id, profile("classic"), 1, Expiry::Never, at(1));
    let issued = store.issue_as(batch).await;
    let far = Timestamp::from_second(200_000_000_000).unwrap();
    assert!(matches!(store.consume(account.id, &issued.codes[0], far).await, Consumed::Won { .. }));
}

/// "It is won only while the account … is not suspended", whatever the reason; after the lift it is.
pub async fn a_suspended_account_uses_no_code(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(3).await;
    for (code, reason) in issued.codes.iter().zip(SuspensionReason::ALL) {
        store.suspend(account.id, Some(*reason)).await;
        assert_eq!(store.consume(account.id, code, at(3)).await, Consumed::Suspended, "{reason}");
        store.suspend(account.id, None).await;
        assert!(matches!(store.consume(account.id, code, at(3)).await, Consumed::Won { .. }));
    }
}

/// "The account has no such code, or is gone": `Missing`, and the code stays its owner's.
pub async fn a_code_of_another_account_is_missing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (owner, issued) = store.owner(1).await;
    let (other, _) = store.owner(1).await;
    assert_eq!(store.consume(other.id, &issued.codes[0], at(2)).await, Consumed::Missing);
    assert_eq!(store.consume(other.id, &a_code(), at(2)).await, Consumed::Missing);
    assert_eq!(store.consume(an_account().id, &issued.codes[0], at(2)).await, Consumed::Missing);
    assert_eq!(store.status(owner.id, &issued.codes[0]).await, Some(CodeStatus::Active));
    let mut unit = store.lock(owner.id).await;
    unit.accounts().erase(owner.id).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.consume(owner.id, &issued.codes[0], at(2)).await, Consumed::Missing);
}

/// Every way to lose: used, inactive, suspended, missing and expired codes, each with its account.
async fn losers(store: &Fixture) -> Vec<(Issued, Consumption)> {
    let mut all = Vec::new();
    for way in 0..5 {
        let (account, mut issued) = store.owner(2).await;
        let mut consumption = Consumption { account: account.id, code: issued.codes[0].id, at: at(3) };
        match way {
            0 => assert!(matches!(store.consume(account.id, &issued.codes[0], at(2)).await, Consumed::Won { .. })),
            1 => store.supersede(account.id, at(2)).await,
            2 => store.suspend(account.id, Some(SuspensionReason::Failures)).await,
            3 => consumption.code = CodeId::new(uuid()),
            _ => consumption.at = issued.batch.expires_at.unwrap(),
        }
        issued.batch = store.read_batch(issued.batch.id).await;
        all.push((issued, consumption));
    }
    all
}

/// "Anything but `Won` changes nothing".
pub async fn a_lost_attempt_changes_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for (issued, consumption) in losers(&store).await {
        let (statuses, account) = (store.statuses(&issued).await, store.read_account(consumption.account).await);
        let mut unit = store.lock(consumption.account).await;
        let lost = unit.codes().consume(&consumption).await.unwrap();
        unit.commit().await.unwrap();
        assert!(!matches!(lost, Consumed::Won { .. }), "{lost:?}");
        assert_eq!(store.read_batch(issued.batch.id).await, issued.batch, "{lost:?}");
        assert_eq!(store.statuses(&issued).await, statuses, "{lost:?}");
        assert_eq!(store.read_account(consumption.account).await, account, "{lost:?}");
    }
}

/// "… and leaves the unit usable": the refusal is written down in the same unit.
pub async fn a_lost_attempt_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for (_, consumption) in losers(&store).await {
        let mut unit = store.lock(consumption.account).await;
        unit.codes().consume(&consumption).await.unwrap();
        store.assert_usable(unit).await;
    }
}

/// "The account's code as this unit sees it": with what the unit itself did.
pub async fn a_unit_sees_a_code_as_it_is(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let id = issued.codes[0].id;
    let mut unit = store.lock(account.id).await;
    let before = unit.codes().get(account.id, id).await.unwrap().unwrap();
    assert_eq!((before.id, before.account, before.batch), (id, account.id, issued.batch.id));
    assert_eq!((before.status, &before.verifier), (CodeStatus::Active, &issued.codes[0].verifier));
    assert_eq!((&before.profile, before.expires_at), (&issued.batch.profile, issued.batch.expires_at));
    unit.codes().revoke(account.id, id, Revocation::Invalidate, at(2)).await.unwrap();
    let after = unit.codes().get(account.id, id).await.unwrap().unwrap();
    assert_eq!(after.status, CodeStatus::Invalidated);
    let unknown = CodeId::new(uuid());
    assert_eq!(unit.codes().get(account.id, unknown).await.unwrap(), None);
    unit.rollback().await.unwrap();
}

/// "A code of another account is not found."
pub async fn a_code_of_another_account_is_not_seen(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = store.owner(1).await;
    let (other, _) = store.owner(1).await;
    let mut unit = store.lock(other.id).await;
    assert_eq!(unit.codes().get(other.id, issued.codes[0].id).await.unwrap(), None);
    unit.rollback().await.unwrap();
}
