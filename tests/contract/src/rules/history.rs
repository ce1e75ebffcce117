//! An account's batches, page by page.

use crate::{StoreHarness, fixture::*};
use backstop_domain::{Account, Batch, BatchId, Timestamp, history::Window};
use std::collections::HashSet;

/// Makes batches at these times, each superseding the one before, and gives their ids.
async fn generations(store: &Fixture, account: &Account, times: &[Timestamp]) -> Vec<BatchId> {
    let mut ids = Vec::new();
    for made_at in times {
        let batch = a_batch(account.id, 1, *made_at);
        let mut unit = store.lock(account.id).await;
        unit.batches().supersede(account.id, *made_at).await.unwrap();
        unit.batches().insert(&batch, &some_codes(1)).await.unwrap();
        unit.commit().await.unwrap();
        ids.push(batch.id);
    }
    ids
}

async fn page(store: &Fixture, account: &Account, offset: u32, limit: u32) -> (Vec<BatchId>, u64) {
    let page = store.stores.history.page(account.id, Some(Window { offset, limit })).await.unwrap();
    (page.batches.iter().map(|b| b.id).collect(), page.total)
}

/// "The account's batches, newest first, and how many there are"; a window beyond the end shows none.
pub async fn the_newest_batches_come_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let made = generations(&store, &account, &[at(5), at(1), at(9), at(3)]).await;
    let newest_first = [made[2], made[0], made[3], made[1]];
    assert_eq!(page(&store, &account, 0, 10).await, (newest_first.to_vec(), 4));
    assert_eq!(page(&store, &account, 1, 2).await, (newest_first[1..3].to_vec(), 4));
    assert_eq!(page(&store, &account, 3, 2).await, (newest_first[3..].to_vec(), 4));
    assert_eq!(page(&store, &account, 4, 2).await, (vec![], 4));
}

/// The batches of a page are complete.
pub async fn a_page_shows_batches_as_they_are(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(3).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    store.supersede(account.id, at(3)).await;
    let page = store.stores.history.page(account.id, Some(Window { offset: 0, limit: 1 })).await.unwrap();
    assert_eq!(page.batches, [store.read_batch(issued.batch.id).await]);
    assert_eq!(page.batches[0].superseded_at, Some(at(3)));
}

/// "Without a window only their number."
pub async fn without_a_window_there_is_only_the_number(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    generations(&store, &account, &[at(1), at(2)]).await;
    let page = store.stores.history.page(account.id, None).await.unwrap();
    assert_eq!((page.batches, page.total), (vec![], 2));
}

/// One account's history has nothing of another's; an unknown account has none.
pub async fn a_history_is_one_accounts(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (one, first) = store.owner(1).await;
    let (other, second) = store.owner(1).await;
    assert_eq!(page(&store, &one, 0, 10).await, (vec![first.batch.id], 1));
    assert_eq!(page(&store, &other, 0, 10).await, (vec![second.batch.id], 1));
    assert_eq!(page(&store, &an_account(), 0, 10).await, (vec![], 0));
}

/// Batches of the same instant have an order, too: all pages together show each batch once.
pub async fn pages_neither_repeat_nor_skip(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let made = generations(&store, &account, &[at(1); 9]).await;
    let mut seen = Vec::new();
    for offset in (0..9).step_by(2) {
        seen.extend(page(&store, &account, offset, 2).await.0);
    }
    assert_eq!(seen.len(), 9);
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), made.into_iter().collect());
}

/// A batch is found by its id, whosever it is, and an unknown one is not.
pub async fn a_batch_is_found_by_its_id(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, issued) = store.owner(1).await;
    let (_, other) = store.owner(1).await;
    assert_eq!(store.stores.history.batch(issued.batch.id).await.unwrap(), Some(issued.batch));
    assert_eq!(store.stores.history.batch(other.batch.id).await.unwrap(), Some(other.batch));
    assert_eq!(store.stores.history.batch(BatchId::new(uuid())).await.unwrap(), None);
}

/// "Both of one moment": a page never tells of another number than it shows, while batches are made.
pub async fn a_page_is_of_one_moment(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let subject = account.clone();
    store
        .race(RACERS, move |store, racer| {
            let account = subject.clone();
            async move {
                if racer == 0 {
                    let times: Vec<_> = (0..24).map(at).collect();
                    generations(&store, &account, &times).await;
                    return;
                }
                loop {
                    let (shown, total) = page(&store, &account, 0, 100).await;
                    assert_eq!(u64::try_from(shown.len()).unwrap(), total);
                    if total == 24 {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }
        })
        .await;
}

/// "Standing batches with live codes that expire after `from`, at `until` at the latest: by when they expire and their id,
/// from what comes after `after` on, at most so many."
pub async fn sets_that_expire_are_listed_by_their_end(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut made = Vec::new();
    for end in [Some(at(30)), Some(at(20)), None, Some(at(40)), Some(at(30)), Some(at(10))] {
        let account = store.account().await;
        let batch = Batch { expires_at: end, ..a_batch(account.id, 1, at(1)) };
        let mut unit = store.lock(account.id).await;
        unit.batches().insert(&batch, &some_codes(1)).await.unwrap();
        unit.commit().await.unwrap();
        made.push(batch);
    }
    // Replaced, and with no live code: neither is told of.
    let account = store.account().await;
    let replaced = Batch { expires_at: Some(at(25)), ..a_batch(account.id, 1, at(1)) };
    let mut unit = store.lock(account.id).await;
    unit.batches().insert(&replaced, &some_codes(1)).await.unwrap();
    unit.batches().supersede(account.id, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    let (owner, used) = store.owner(1).await;
    store.consume(owner.id, &used.codes[0], at(2)).await;

    let mut both = [made[0].id, made[4].id];
    both.sort();
    let expected = [(at(20), made[1].id), (at(30), both[0]), (at(30), both[1])];
    let places = |found: Vec<Batch>| -> Vec<_> { found.iter().map(|b| (b.expires_at.unwrap(), b.id)).collect() };
    let history = &store.stores.history;
    assert_eq!(places(history.expiring(at(10), at(30), None, 10).await.unwrap()), expected);
    let mut after = None;
    for place in expected {
        assert_eq!(places(history.expiring(at(10), at(30), after, 1).await.unwrap()), [place]);
        after = Some(place);
    }
    assert_eq!(history.expiring(at(10), at(30), after, 1).await.unwrap(), []);
}
