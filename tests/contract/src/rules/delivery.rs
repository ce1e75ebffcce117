//! Codes are handed over once, by a batch that stands.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{
    Delivered,
    DeliveredBy::{self, Download, Email},
};
use backstop_domain::{AccountId, Batch, BatchId, SuspensionReason, Timestamp};
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use tokio::sync::Barrier;

/// The second in which mails fail here.
const FAILED: i64 = 20;

const BOTH: [DeliveredBy; 2] = [Download, Email];

async fn deliver(store: &Fixture, account: AccountId, batch: BatchId, how: DeliveredBy, now: Timestamp) -> Delivered {
    let mut unit = store.lock(account).await;
    let delivered = unit.batches().mark_delivered(account, batch, how, now).await.unwrap();
    unit.commit().await.unwrap();
    delivered
}

async fn mark(store: &Fixture, batch: BatchId, how: DeliveredBy) -> Option<Timestamp> {
    let batch = store.read_batch(batch).await;
    match how {
        Download => batch.downloaded_at,
        Email => batch.emailed_at,
    }
}

/// A batch keeps the hash of its delivery token, or that it has none.
pub async fn a_batch_keeps_its_delivery_digest(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for digest in [None, Some([0xa5; 32])] {
        let mut batch = a_batch(store.account().await.id, 2, at(1));
        batch.delivery_digest = digest;
        let issued = store.issue_as(batch).await;
        assert_eq!(store.read_batch(issued.batch.id).await.delivery_digest, digest);
    }
}

/// "Exactly one is `Now`, the others are `Before`", and the first time stays.
pub async fn a_batch_is_delivered_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (account, issued) = store.owner(2).await;
        for (second, delivered) in [(3, Delivered::Now), (4, Delivered::Before), (5, Delivered::Before)] {
            assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(second)).await, delivered);
            assert_eq!(mark(&store, issued.batch.id, how).await, Some(at(3)));
        }
    }
}

/// "… whatever became of the batch since."
pub async fn a_delivery_is_remembered_when_the_batch_is_gone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        for way in WAYS {
            let (account, issued) = store.owner(2).await;
            assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(3)).await, Delivered::Now);
            let mut unit = store.lock(account.id).await;
            retire(unit.as_mut(), account.id, issued.batch.id, way, at(4)).await;
            unit.commit().await.unwrap();
            assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(5)).await, Delivered::Before, "{way:?}");
        }
    }
}

/// "It is `Now` only while the batch stands …; otherwise it is `Gone`."
pub async fn a_batch_that_does_not_stand_is_not_delivered(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        for way in WAYS {
            let (account, issued) = store.owner(2).await;
            let mut unit = store.lock(account.id).await;
            retire(unit.as_mut(), account.id, issued.batch.id, way, at(3)).await;
            unit.commit().await.unwrap();
            assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(4)).await, Delivered::Gone, "{way:?}");
            assert_eq!(mark(&store, issued.batch.id, how).await, None);
        }
    }
}

/// "… and its account is not suspended"; after the lift it can be downloaded.
pub async fn a_suspended_account_gets_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (account, issued) = store.owner(2).await;
        store.suspend(account.id, Some(SuspensionReason::NotMe)).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(3)).await, Delivered::Gone);
        store.suspend(account.id, None).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(4)).await, Delivered::Now);
    }
}

/// "`Missing`: the account has no such batch", and the one of another account is left alone.
pub async fn a_batch_of_another_account_is_not_delivered(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (_, theirs) = store.owner(2).await;
        let account = store.account().await;
        for batch in [theirs.batch.id, BatchId::new(uuid())] {
            assert_eq!(deliver(&store, account.id, batch, how, at(3)).await, Delivered::Missing);
        }
        assert_eq!(store.read_batch(theirs.batch.id).await, theirs.batch);
    }
}

async fn end(store: &Fixture, account: AccountId, batch: Option<BatchId>, now: Timestamp) -> Option<BatchId> {
    let mut unit = store.lock(account).await;
    let ended = unit.batches().end_delivery(account, batch, now).await.unwrap();
    unit.commit().await.unwrap();
    ended
}

/// "Ends the delivery of the batch if it stands, of the standing one when none is named, and tells which that was.
/// … The first end stays. Nothing else of the batch changes."
pub async fn an_ended_delivery_is_gone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        for named in [true, false] {
            let (account, issued) = store.owner(2).await;
            let id = issued.batch.id;
            let batch = named.then_some(id);
            for second in [3, 4] {
                assert_eq!(end(&store, account.id, batch, at(second)).await, Some(id));
            }
            assert_eq!(deliver(&store, account.id, id, how, at(5)).await, Delivered::Gone);
            let expected = Batch { delivery_ended_at: Some(at(3)), ..issued.batch };
            assert_eq!(store.read_batch(id).await, expected);
        }
        let (account, issued) = store.owner(2).await;
        deliver(&store, account.id, issued.batch.id, how, at(3)).await;
        end(&store, account.id, None, at(4)).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(5)).await, Delivered::Before);
    }
}

/// "`None` when that batch does not stand."
pub async fn the_delivery_of_another_batch_is_not_ended(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let ((account, issued), (_, theirs)) = (store.owner(2).await, store.owner(2).await);
        for other in [theirs.batch.id, BatchId::new(uuid())] {
            assert_eq!(end(&store, account.id, Some(other), at(3)).await, None);
        }
        assert_eq!(end(&store, store.account().await.id, None, at(3)).await, None);
        for (account, batch) in [(account.id, issued.batch.id), (theirs.batch.account, theirs.batch.id)] {
            assert_eq!(deliver(&store, account, batch, how, at(4)).await, Delivered::Now);
        }
    }
}

/// "Anything but `Now` changes nothing".
pub async fn a_refused_delivery_changes_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (account, issued) = store.owner(2).await;
        store.suspend(account.id, Some(SuspensionReason::Admin)).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(3)).await, Delivered::Gone);
        assert_eq!(store.read_batch(issued.batch.id).await, issued.batch);
        store.suspend(account.id, None).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(4)).await, Delivered::Now);
        let downloaded = store.read_batch(issued.batch.id).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(5)).await, Delivered::Before);
        assert_eq!(store.read_batch(issued.batch.id).await, downloaded);
    }
}

/// "… and leaves the unit usable."
pub async fn a_refused_delivery_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (account, issued) = store.owner(2).await;
        for refused in [BatchId::new(uuid()), issued.batch.id] {
            deliver(&store, account.id, issued.batch.id, how, at(3)).await;
            let mut unit = store.lock(account.id).await;
            assert_ne!(unit.batches().mark_delivered(account.id, refused, how, at(4)).await.unwrap(), Delivered::Now);
            store.assert_usable(unit).await;
        }
    }
}

/// A download is seen in the batch's `modified_at`.
pub async fn a_delivery_moves_the_time_of_modification(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        let (account, issued) = store.owner(2).await;
        assert_eq!(deliver(&store, account.id, issued.batch.id, how, at(9)).await, Delivered::Now);
        assert_eq!(store.read_batch(issued.batch.id).await.modified_at, at(9));
    }
}

/// "The other way is left as it is."
pub async fn each_way_goes_once_for_itself(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for [first, second] in [[Download, Email], [Email, Download]] {
        let (account, issued) = store.owner(2).await;
        let id = issued.batch.id;
        assert_eq!(deliver(&store, account.id, id, first, at(3)).await, Delivered::Now);
        assert_eq!((mark(&store, id, first).await, mark(&store, id, second).await), (Some(at(3)), None));
        assert_eq!(deliver(&store, account.id, id, second, at(4)).await, Delivered::Now);
        assert_eq!((mark(&store, id, first).await, mark(&store, id, second).await), (Some(at(3)), Some(at(4))));
        assert_eq!(deliver(&store, account.id, id, first, at(5)).await, Delivered::Before);
    }
}

async fn release(store: &Fixture, account: AccountId, batch: BatchId, marked_at: Timestamp) -> bool {
    let mut unit = store.lock(account).await;
    let released = unit.batches().release_email(account, batch, marked_at, at(FAILED)).await.unwrap();
    unit.commit().await.unwrap();
    released
}

/// "Takes the mark back that the codes were e-mailed, if it is the one of that time, so that they can be once more."
pub async fn a_mail_that_never_went_can_go_again(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let id = issued.batch.id;
    for how in BOTH {
        deliver(&store, account.id, id, how, at(3)).await;
    }
    let marked = store.read_batch(id).await;
    assert!(release(&store, account.id, id, at(3)).await);
    let expected = Batch { emailed_at: None, email_failed_at: Some(at(FAILED)), ..marked };
    assert_eq!(store.read_batch(id).await, expected, "nothing else changes");
    assert_eq!(deliver(&store, account.id, id, Email, at(4)).await, Delivered::Now);
    assert_eq!(deliver(&store, account.id, id, Download, at(4)).await, Delivered::Before);
}

/// "And notes when that mail failed. The next mark clears the note."
pub async fn a_failed_mail_is_noted_until_the_next_mark(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let id = issued.batch.id;
    assert_eq!(store.read_batch(id).await.email_failed_at, None);
    deliver(&store, account.id, id, Email, at(3)).await;
    assert!(release(&store, account.id, id, at(3)).await);
    assert_eq!(store.read_batch(id).await.email_failed_at, Some(at(FAILED)));
    deliver(&store, account.id, id, Download, at(21)).await;
    assert_eq!(store.read_batch(id).await.email_failed_at, Some(at(FAILED)), "the other way is another matter");
    deliver(&store, account.id, id, Email, at(22)).await;
    assert_eq!(store.read_batch(id).await.email_failed_at, None);
}

/// "Otherwise it is `false`, and nothing changes."
pub async fn another_mark_is_not_taken_back(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let (stranger, id) = (store.account().await, issued.batch.id);
    assert!(!release(&store, account.id, id, at(3)).await, "there is none");
    for (how, second) in [(Download, 3), (Email, 5)] {
        deliver(&store, account.id, id, how, at(second)).await;
    }
    let marked = store.read_batch(id).await;
    for (whose, batch, second) in [(account.id, id, 3), (stranger.id, id, 5), (account.id, BatchId::new(uuid()), 5)] {
        assert!(!release(&store, whose, batch, at(second)).await);
    }
    assert_eq!(store.read_batch(id).await, marked);
    assert!(release(&store, account.id, id, at(5)).await);
    assert!(!release(&store, account.id, id, at(5)).await, "once");
}

/// "Of any number of parallel calls for one batch exactly one is `Now`."
pub async fn one_of_many_delivers(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        for _ in 0..4 {
            let (account, issued) = store.owner(2).await;
            let (account, batch) = (account.id, issued.batch.id);
            let found =
                store.race(RACERS, |store, _| async move { deliver(&store, account, batch, how, at(3)).await }).await;
            let count = |outcome| found.iter().filter(|one| **one == outcome).count();
            assert_eq!((count(Delivered::Now), count(Delivered::Before)), (1, RACERS - 1), "{found:?}");
        }
    }
}

/// What ends the time in which a batch can be downloaded.
#[derive(Clone, Copy, Debug)]
enum End {
    Retired(Way),
    Suspended,
}

async fn end_it(store: &Fixture, account: AccountId, batch: BatchId, end: End) {
    let mut unit = store.lock(account).await;
    match end {
        End::Retired(way) => retire(unit.as_mut(), account, batch, way, at(3)).await,
        End::Suspended => {
            let suspended = unit.accounts().set_suspended(account, Some(SuspensionReason::NotMe), at(3)).await;
            assert!(suspended.unwrap());
        }
    }
    unit.commit().await.unwrap();
}

/// Nothing is downloaded after the answer to what ended the batch or suspended its owner, by those who race with it and
/// by those who come after it.
pub async fn nothing_is_delivered_after_the_end(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for how in BOTH {
        for end in WAYS.map(End::Retired).into_iter().chain([End::Suspended]) {
            for comes_after in [false, true] {
                let (account, issued) = store.owner(2).await;
                let (account, batch) = (account.id, issued.batch.id);
                let (ended, over) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(RACERS)));
                let found = store
                    .race(RACERS, |store, racer| {
                        let (ended, over) = (Arc::clone(&ended), Arc::clone(&over));
                        async move {
                            if racer == 0 {
                                end_it(&store, account, batch, end).await;
                                ended.store(true, Ordering::SeqCst);
                            }
                            if comes_after {
                                over.wait().await;
                            }
                            let too_late = ended.load(Ordering::SeqCst);
                            let delivered = deliver(&store, account, batch, how, at(4)).await;
                            assert!(!too_late || delivered != Delivered::Now, "downloaded after the end");
                            delivered
                        }
                    })
                    .await;
                assert!(found.iter().filter(|one| **one == Delivered::Now).count() <= 1, "{end:?} {found:?}");
            }
        }
    }
}
