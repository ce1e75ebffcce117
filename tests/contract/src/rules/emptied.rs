//! Batches that have no code left: their rows go, their records stay.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{BatchInserted, CodeChunk, Marked, RunChunk, Sight, Told};
use backstop_domain::{
    Account, AccountId, Batch, BatchId, BatchStatus, TaskId, Timestamp, clean_up::StartedBy, history::Window,
};

const ALL: u32 = u32::MAX;
const EVERYTHING: Option<Window> = Some(Window { offset: 0, limit: 100 });

/// An account with a batch whose codes are all gone.
async fn emptied(store: &Fixture) -> (Account, Batch) {
    let (account, issued) = store.used_up(2, at(2)).await;
    assert_eq!(rows(&store.take(a_chunk(at(9), ALL)).await), 2);
    (account, store.read_batch(issued.batch.id).await)
}

/// "Removes batches that have no row of a code left": one that is taken in two chunks goes after the second.
pub async fn a_batch_goes_when_its_last_code_went(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.used_up(4, at(2)).await;
    let (two, all) = (a_chunk(at(9), 2), a_chunk(at(9), ALL));
    for _ in 0..2 {
        assert_eq!(store.take_empty(all).await, [], "it has codes left");
        assert_eq!(rows(&store.take(two).await), 2);
    }
    let gone = store.take_empty(all).await;
    assert_eq!(gone.len(), 1);
    let line = &gone[0].line;
    assert_eq!((gone[0].account, line.batch, &line.subject), (account.id, issued.batch.id, &account.subject));
    assert_eq!((line.made_at, line.expires_at), (issued.batch.created_at, issued.batch.expires_at));
    assert_eq!((line.removed_codes, line.left, line.batch_removed), (0, 0, true));
    assert_eq!(store.take_empty(all).await, []);
    assert_eq!(store.stores.accounts.state(&account.subject).await.unwrap().unwrap().standing, None);
}

/// "… and are not active at `chunk.at`": nobody's last batch goes while it could still be used.
pub async fn an_active_batch_stays(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut batch = a_batch(account.id, 2, at(1));
    batch.counters.purged = 2;
    assert_eq!(store.insert(&batch, &[]).await, BatchInserted::Done);
    let chunk = a_chunk(at(9), ALL);
    assert_eq!(batch.status(chunk.at), BatchStatus::Active);
    assert_eq!(store.take_empty(chunk).await, []);
    let standing = store.stores.accounts.state(&account.subject).await.unwrap().unwrap().standing;
    assert_eq!(standing, Some(batch.clone()));
    let end = batch.expires_at.unwrap();
    assert_eq!(store.take_empty(CodeChunk { at: micros_before(end, 1), ..chunk }).await, []);
    assert_eq!(store.take_empty(CodeChunk { at: end, ..chunk }).await.len(), 1);
}

/// "… were made at `chunk.until` or before".
pub async fn a_young_batch_stays(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, batch) = emptied(&store).await;
    let chunk = a_chunk(at(9), ALL);
    assert_eq!(store.take_empty(CodeChunk { until: micros_before(batch.created_at, 1), ..chunk }).await, []);
    assert_eq!(store.take_empty(CodeChunk { until: batch.created_at, ..chunk }).await.len(), 1);
}

/// "… at most so many".
pub async fn no_more_batches_are_taken_than_asked_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for _ in 0..5 {
        emptied(&store).await;
    }
    for expected in [2, 2, 1, 0] {
        assert_eq!(store.take_empty(a_chunk(at(9), 2)).await.len(), expected);
    }
}

/// "In their owner's history they stay as they were", in their place and counted; as rows they are gone.
pub async fn the_history_shows_what_went(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut made = Vec::new();
    for (step, second) in (101..).zip([20, 10, 40, 30]) {
        let mut batch = a_batch(account.id, 1, at(second));
        batch.delivery_digest = Some([7; 32]);
        let mut unit = store.lock(account.id).await;
        unit.batches().supersede(account.id, at(step)).await.unwrap();
        unit.batches().insert(&batch, &some_codes(1)).await.unwrap();
        unit.batches().mark_viewed(account.id, batch.id, at(step)).await.unwrap();
        unit.commit().await.unwrap();
        made.push(batch.id);
    }
    let whole = async || store.stores.history.page(account.id, EVERYTHING).await.unwrap();
    // The first that ended lies between others that stay.
    assert_eq!(rows(&store.take(a_chunk(at(102), ALL)).await), 1);
    let mut before = whole().await;
    assert_eq!(store.take_empty(a_chunk(at(102), ALL)).await.len(), 1);
    assert_eq!(whole().await, before);
    assert_eq!(rows(&store.take(a_chunk(at(104), ALL)).await), 2);
    before = whole().await;
    assert_eq!(store.take_empty(a_chunk(at(104), 1)).await.len(), 1);
    assert_eq!(whole().await, before);
    let newest_first = [made[2], made[3], made[0], made[1]];
    assert_eq!((before.total, before.batches.iter().map(|b| b.id).collect::<Vec<_>>()), (4, newest_first.to_vec()));
    for offset in 0..4 {
        let page = store.stores.history.page(account.id, Some(Window { offset, limit: 1 })).await.unwrap();
        assert_eq!((page.batches.as_slice(), page.total), (&before.batches[offset as usize..=offset as usize], 4));
    }
    assert_eq!(store.stores.history.page(account.id, None).await.unwrap().total, 4);
    for batch in &before.batches {
        assert_eq!(store.stores.history.batch(batch.id).await.unwrap().as_ref(), Some(batch));
    }
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.batches().mark_viewed(account.id, made[0], at(999)).await.unwrap(), Marked::Missing);
    unit.rollback().await.unwrap();
}

async fn forget_history(store: &Fixture, second: i64, most: u32) -> Vec<AccountId> {
    take_history(store, at(second), most).await
}

async fn take_history(store: &Fixture, until: Timestamp, most: u32) -> Vec<AccountId> {
    let mut unit = store.begin().await;
    let mut whose = unit.clean_ups().take_history(until, most).await.unwrap();
    unit.commit().await.unwrap();
    whose.sort();
    whose
}

/// "Removes from their owners' histories the records of batches that went at that time or before, the oldest first, at
/// most so many, and tells of whom, each once."
pub async fn records_go_in_time(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut owners = Vec::new();
    for second in [100, 200, 300] {
        let (account, batch) = emptied(&store).await;
        store.take_empty(CodeChunk { at: at(second), ..a_chunk(at(9), ALL) }).await;
        owners.push((account.id, batch.id));
    }
    let (standing, _) = store.owner(1).await;
    let there = async |batch: BatchId| store.stores.history.batch(batch).await.unwrap().is_some();
    assert_eq!(forget_history(&store, 99, ALL).await, []);
    assert_eq!(forget_history(&store, 250, 1).await, [owners[0].0]);
    assert_eq!(forget_history(&store, 250, ALL).await, [owners[1].0]);
    let left = [there(owners[0].1).await, there(owners[1].1).await, there(owners[2].1).await];
    assert_eq!(left, [false, false, true]);
    assert_eq!(forget_history(&store, 250, ALL).await, []);
    assert_eq!(store.stores.history.page(owners[0].0, None).await.unwrap().total, 0);
    assert_eq!(store.stores.history.page(standing.id, None).await.unwrap().total, 1);
}

/// Erasing removes "its history, its lines of the e-mail log and its notices, and … what runs of clean-ups tell of its
/// batches", and nothing of others.
pub async fn an_erased_account_leaves_no_record(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((account, batch), (other, kept)) = (emptied(&store).await, emptied(&store).await);
    let gone = store.take_empty(a_chunk(at(9), ALL)).await;
    let run = a_run(StartedBy::CommandLine, at(10));
    let mut unit = store.begin().await;
    unit.runs().begin(&run).await.unwrap();
    let lines = gone.iter().map(|of| of.line.clone()).collect();
    unit.runs().add(run.id, &RunChunk { removed: 4, range: None, batches: lines }).await.unwrap();
    unit.commit().await.unwrap();
    let mails = [account.id, other.id].map(|owner| a_mail(Some(owner), at(10)));
    let held = |owner| Told { task: TaskId::new(uuid()), account: owner, at: at(10), held: Some("later".to_owned()) };
    for (mail, owner) in mails.iter().zip([account.id, other.id]) {
        store.write_mail(mail).await;
        assert!(store.note(&held(owner)).await);
    }
    store.erase(account.id).await;
    assert_eq!(store.stores.history.batch(batch.id).await.unwrap(), None);
    assert_eq!(store.stores.history.page(account.id, None).await.unwrap().total, 0);
    assert_eq!(store.stores.history.batch(kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.stores.mails.mails(9).await.unwrap(), mails[1..]);
    let told = store.stores.runs.batches(run.id, 9, Sight::Everything).await.unwrap();
    assert_eq!(told.iter().map(|line| line.batch).collect::<Vec<_>>(), [kept.id]);
    assert_eq!(store.stores.runs.run(run.id).await.unwrap().unwrap().removed, 4, "numbers name nobody");
    let mut unit = store.begin().await;
    assert_eq!(unit.notices().take_held(account.id).await.unwrap(), []);
    assert_eq!(unit.notices().take_held(other.id).await.unwrap().len(), 1);
    unit.rollback().await.unwrap();
}

/// "A batch that stayed when its last code went is such a record since its last change."
pub async fn a_batch_that_stayed_goes_in_time(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut owners = Vec::new();
    for _ in 0..3 {
        let (account, batch) = emptied(&store).await;
        owners.push((account.id, batch));
    }
    let (standing, _) = store.owner(1).await;
    let (half, issued) = store.used_up(2, at(2)).await;
    assert_eq!(rows(&store.take(a_chunk(at(9), 1)).await), 1);
    let changed = owners[0].1.modified_at;
    let before = micros_before(changed, 1);
    let there = async |batch: BatchId| store.stores.history.batch(batch).await.unwrap().is_some();
    assert_eq!(take_history(&store, before, ALL).await, []);
    let first = take_history(&store, changed, 1).await;
    assert_eq!(first.len(), 1);
    let mut gone = [first, take_history(&store, changed, ALL).await].concat();
    gone.sort();
    let mut all: Vec<AccountId> = owners.iter().map(|(account, _)| *account).collect();
    all.sort();
    assert_eq!(gone, all);
    for (account, batch) in &owners {
        assert!(!there(batch.id).await);
        assert_eq!(store.stores.history.page(*account, None).await.unwrap().total, 0);
    }
    assert!(there(issued.batch.id).await, "it has a code left");
    for owner in [half.id, standing.id] {
        assert_eq!(store.stores.history.page(owner, None).await.unwrap().total, 1);
    }
}
