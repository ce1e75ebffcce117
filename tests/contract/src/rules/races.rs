//! What must hold when many do it at once.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{
    AccountInserted, BatchChange, BatchInserted, ClientInserted, CodeChange, Consumed, Consumption, Marked,
    PortErrorKind, Revocation, UnitOfWork,
};
use backstop_domain::{
    AccountId, AuditKind, BatchStatus, CodeId, CodeStatus, EmailAddress, SuspensionReason, history::Window,
};
use core::sync::atomic::{AtomicBool, Ordering};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::Barrier;

fn count<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().filter(|x| *x == one).count()
}

/// "Of any number of parallel calls for one code exactly one is `Won`", and the others find it used.
pub async fn one_code_is_won_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for _ in 0..4 {
        let (account, issued) = store.owner(3).await;
        let code = issued.codes[0].id;
        let found =
            store.race(RACERS, |s, _| async move { s.try_consume(account.id, code, at(2)).await.unwrap() }).await;
        let won = Consumed::Won { batch: issued.batch.id, remaining: 2 };
        assert_eq!((count(&found, &won), count(&found, &Consumed::AlreadyUsed)), (1, RACERS - 1));
        assert_eq!(store.read_batch(issued.batch.id).await.counters.used, 1);
    }
}

/// Different codes of one batch are all won, and no count is lost.
pub async fn parallel_wins_are_all_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let racers = u32::try_from(RACERS).unwrap();
    let (account, issued) = store.owner(racers).await;
    let ids: Vec<CodeId> = issued.codes.iter().map(|c| c.id).collect();
    let found = store
        .race(RACERS, |store, racer| {
            let code = ids[racer];
            async move { store.try_consume(account.id, code, at(2)).await.unwrap() }
        })
        .await;
    let left: BTreeSet<u32> = found
        .into_iter()
        .map(|consumed| match consumed {
            Consumed::Won { remaining, .. } => remaining,
            lost => panic!("{lost:?}"),
        })
        .collect();
    assert_eq!(left, (0..racers).collect());
    assert_eq!(store.read_batch(issued.batch.id).await.counters.used, racers);
}

/// "At most one batch of an account stands …, decided by the store itself": also when nobody locked the account.
pub async fn one_of_many_batches_stands(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let found = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.begin().await;
            let inserted = unit.batches().insert(&a_batch(account, 2, at(1)), &some_codes(2)).await.unwrap();
            unit.commit().await.unwrap();
            inserted
        })
        .await;
    assert_eq!(count(&found, &BatchInserted::Done), 1);
    assert_eq!(store.stores.history.page(account, None).await.unwrap().total, 1);
}

/// Many who supersede and insert under the account's lock all succeed, one after the other; one batch stands.
pub async fn generations_follow_each_other(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(2).await;
    let id = account.id;
    let superseded = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.lock(id).await;
            let superseded = unit.batches().supersede(id, at(2)).await.unwrap().expect("a batch stands");
            let inserted = unit.batches().insert(&a_batch(id, 2, at(2)), &some_codes(2)).await.unwrap();
            assert_eq!(inserted, BatchInserted::Done);
            unit.commit().await.unwrap();
            superseded.batch
        })
        .await;
    assert_eq!(superseded.into_iter().collect::<BTreeSet<_>>().len(), RACERS, "each batch is superseded once");
    let page = store.stores.history.page(id, Some(Window { offset: 0, limit: 100 })).await.unwrap();
    assert_eq!(page.batches.len(), RACERS + 1);
    let statuses: Vec<_> = page.batches.iter().map(|b| b.status(at(3))).collect();
    assert_eq!((count(&statuses, &BatchStatus::Active), count(&statuses, &BatchStatus::Superseded)), (1, RACERS));
}

/// "`true` for exactly one call in an account's life."
pub async fn one_of_many_verifies_the_setup(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let found = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.lock(account).await;
            let first = unit.accounts().verify_setup(account, at(2)).await.unwrap();
            unit.commit().await.unwrap();
            first
        })
        .await;
    assert_eq!(count(&found, &true), 1);
}

/// One of many suspends an account; one of many marks a batch as seen; one of many revokes a code.
pub async fn a_change_has_one_winner(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let (account, batch, code) = (account.id, issued.batch.id, issued.codes[0].id);
    let found = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.lock(account).await;
            let suspended =
                unit.accounts().set_suspended(account, Some(SuspensionReason::Failures), at(2)).await.unwrap();
            let viewed = unit.batches().mark_viewed(account, batch, at(2)).await.unwrap() == Marked::Now;
            let revoked = unit.codes().revoke(account, code, Revocation::Delete, at(2)).await.unwrap();
            let revoked = matches!(revoked, CodeChange::Changed { .. });
            unit.commit().await.unwrap();
            [suspended, viewed, revoked]
        })
        .await;
    for change in 0..3 {
        assert_eq!(found.iter().filter(|won| won[change]).count(), 1, "change {change}");
    }
    assert_eq!(store.read_batch(batch).await.counters.removed, 1);
}

/// One of many invalidates a batch, and each code is counted once.
pub async fn a_batch_is_invalidated_by_one(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(5).await;
    let batch = issued.batch.id;
    let found = store
        .race(RACERS, |store, _| async move {
            let mut unit = store.lock(account.id).await;
            let change = unit.batches().invalidate(account.id, batch, at(2)).await.unwrap();
            unit.commit().await.unwrap();
            matches!(change, BatchChange::Changed { codes: 5, .. })
        })
        .await;
    assert_eq!(count(&found, &true), 1);
    assert_eq!(store.read_batch(batch).await.counters.invalidated, 5);
}

/// One of many accounts gets a subject, the others are `SubjectTaken`.
pub async fn a_subject_goes_to_one_of_many(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let wanted = an_account().subject;
    let found = store
        .race(RACERS, |store, _| {
            let mut account = an_account();
            account.subject = wanted.clone();
            async move {
                let mut unit = store.begin().await;
                let inserted = unit.accounts().insert(&account).await.unwrap();
                unit.commit().await.unwrap();
                inserted
            }
        })
        .await;
    let (done, taken) = (count(&found, &AccountInserted::Done), count(&found, &AccountInserted::SubjectTaken));
    assert_eq!((done, taken), (1, RACERS - 1));
}

/// One of many accounts gets an e-mail address, the others are `EmailTaken`.
pub async fn an_email_goes_to_one_of_many(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let found = store
        .race(RACERS, |store, racer| {
            let mut account = an_account();
            let text = if racer % 2 == 0 { "wanted@example.org" } else { "WANTED@example.org" };
            account.email = EmailAddress::parse(text).ok();
            async move {
                let mut unit = store.begin().await;
                let inserted = unit.accounts().insert(&account).await.unwrap();
                unit.commit().await.unwrap();
                inserted
            }
        })
        .await;
    let (done, taken) = (count(&found, &AccountInserted::Done), count(&found, &AccountInserted::EmailTaken));
    assert_eq!((done, taken), (1, RACERS - 1));
}

/// One of many clients gets a name, the others are `NameTaken`.
pub async fn a_client_name_goes_to_one_of_many(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let found = store
        .race(RACERS, |store, _| async move {
            let (client, key) = a_client("wanted");
            let mut unit = store.begin().await;
            let inserted = unit.clients().insert(&client, &key).await.unwrap();
            unit.commit().await.unwrap();
            inserted
        })
        .await;
    let (done, taken) = (count(&found, &ClientInserted::Done), count(&found, &ClientInserted::NameTaken));
    assert_eq!((done, taken), (1, RACERS - 1));
}

/// Every win has its audit entry, and every entry its win; a win that is rolled back has left neither.
pub async fn every_win_has_its_entry(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(4).await;
    let (account, ids) = (account.id, issued.codes.iter().map(|c| c.id).collect::<Vec<_>>());
    let wins = store
        .race(RACERS, |store, racer| {
            let code = ids[racer % 4];
            async move {
                let mut kept = false;
                for changes_its_mind in [true, false] {
                    let mut unit = store.lock(account).await;
                    let consumed = unit.codes().consume(&Consumption { account, code, at: at(2) }).await.unwrap();
                    kept = matches!(consumed, Consumed::Won { .. });
                    let kind = if kept { AuditKind::Redeemed } else { AuditKind::RedeemRefused };
                    unit.audit().append(an_entry(kind, Some(account))).await.unwrap();
                    if changes_its_mind {
                        unit.rollback().await.unwrap();
                    } else {
                        unit.commit().await.unwrap();
                    }
                }
                kept
            }
        })
        .await;
    let entries = store.audit_of(account).await;
    let wins = count(&wins, &true);
    assert_eq!(entries.iter().filter(|e| e.kind == AuditKind::Redeemed).count(), wins);
    let used = count(&store.statuses(&issued).await, &Some(CodeStatus::Used));
    assert_eq!((used, store.read_batch(issued.batch.id).await.counters.used as usize), (wins, wins));
}

/// What ends the life of codes.
#[derive(Clone, Copy, Debug)]
enum End {
    Invalidated,
    Deleted,
    BatchInvalidated,
    BatchDeleted,
    Superseded,
    Suspended,
    Erased,
}

impl End {
    async fn act(self, unit: &mut dyn UnitOfWork, account: AccountId, issued: &Issued) {
        let now = at(3);
        match self {
            Self::Invalidated | Self::Deleted => {
                let how = if matches!(self, Self::Deleted) { Revocation::Delete } else { Revocation::Invalidate };
                for code in &issued.codes {
                    unit.codes().revoke(account, code.id, how, now).await.unwrap();
                }
            }
            Self::BatchInvalidated => retire(unit, account, issued.batch.id, Way::Invalidate, now).await,
            Self::BatchDeleted => retire(unit, account, issued.batch.id, Way::Delete, now).await,
            Self::Superseded => retire(unit, account, issued.batch.id, Way::Supersede, now).await,
            Self::Suspended => {
                assert!(unit.accounts().set_suspended(account, Some(SuspensionReason::NotMe), now).await.unwrap());
            }
            Self::Erased => assert!(unit.accounts().erase(account).await.unwrap().is_some()),
        }
    }
}

/// Consumes while somebody else ends it all, then tries every code: none may be won any more, neither those that lost
/// the race nor those kept back from it.
async fn nothing_is_won_after(harness: &dyn StoreHarness, end: End) {
    const RACING: usize = 2;
    const EACH: usize = RACING + 1;
    let store = Fixture::new(harness).await;
    let (owner, issued) = store.owner(u32::try_from((RACERS - 1) * EACH).unwrap()).await;
    let (account, shared) = (owner.id, Arc::new(issued));
    let (ended, over) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(RACERS)));
    let wins = store
        .race(RACERS, |store, racer| {
            let (issued, ended, over) = (Arc::clone(&shared), Arc::clone(&ended), Arc::clone(&over));
            async move {
                if racer == 0 {
                    let mut unit = store.lock(account).await;
                    end.act(unit.as_mut(), account, &issued).await;
                    unit.commit().await.unwrap();
                    ended.store(true, Ordering::SeqCst);
                    over.wait().await;
                    return 0;
                }
                let own = &issued.codes[(racer - 1) * EACH..racer * EACH];
                let mut wins = 0_u32;
                for code in &own[..RACING] {
                    let too_late = ended.load(Ordering::SeqCst);
                    if matches!(consume_patiently(&store, account, code.id).await, Consumed::Won { .. }) {
                        assert!(!too_late, "won after the other's commit");
                        wins += 1;
                    }
                }
                over.wait().await;
                for code in own {
                    let found = store.try_consume(account, code.id, at(4)).await.unwrap();
                    assert!(!matches!(found, Consumed::Won { .. }), "won after the other's commit");
                }
                wins
            }
        })
        .await;
    if matches!(end, End::Erased) {
        return;
    }
    let counters = store.read_batch(shared.batch.id).await.counters;
    assert_eq!(counters.used, wins.iter().sum::<u32>(), "{end:?}");
    let used = count(&store.statuses(&shared).await, &Some(CodeStatus::Used));
    assert_eq!(used, counters.used as usize, "{end:?}");
}

/// "Somebody else was in the way; the same unit may be tried again at once."
async fn consume_patiently(store: &Fixture, account: AccountId, code: CodeId) -> Consumed {
    for _ in 0..100 {
        match store.try_consume(account, code, at(2)).await {
            Ok(found) => return found,
            Err(fault) => assert_eq!(fault.kind(), PortErrorKind::Contention, "{fault}"),
        }
    }
    panic!("always somebody in the way");
}

/// No code is won after the answer to its invalidation.
pub async fn nothing_is_won_after_codes_are_invalidated(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::Invalidated).await;
}

/// No code is won after the answer to its deletion.
pub async fn nothing_is_won_after_codes_are_deleted(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::Deleted).await;
}

/// No code is won after the answer to the invalidation of its batch.
pub async fn nothing_is_won_after_a_batch_is_invalidated(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::BatchInvalidated).await;
}

/// No code is won after the answer to the deletion of its batch.
pub async fn nothing_is_won_after_a_batch_is_deleted(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::BatchDeleted).await;
}

/// No code is won after a newer batch took its batch's place.
pub async fn nothing_is_won_after_a_batch_is_superseded(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::Superseded).await;
}

/// No code is won after its owner was suspended.
pub async fn nothing_is_won_after_a_suspension(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::Suspended).await;
}

/// No code is won after its owner was erased.
pub async fn nothing_is_won_after_an_erasure(harness: &dyn StoreHarness) {
    nothing_is_won_after(harness, End::Erased).await;
}
