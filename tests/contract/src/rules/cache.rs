//! Caches: nothing older than the last write is ever answered after it.

use crate::{CacheHarness, Caches, fixture::*};
use backstop_application::ports::{Cache, CacheEntry, CacheVersion};
use backstop_domain::{AccountId, Timestamp};
use core::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{collections::HashSet, sync::Arc};
use tokio::{
    sync::Barrier,
    task::{JoinError, JoinSet, yield_now},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);

fn account() -> AccountId {
    AccountId::new(uuid())
}

async fn version(cache: &dyn Cache, account: AccountId) -> CacheVersion {
    timeout(PATIENCE, cache.version(account)).await.expect("the cache answers").unwrap()
}

async fn get(cache: &dyn Cache, key: &str, now: Timestamp) -> Option<Vec<u8>> {
    timeout(PATIENCE, cache.get(key, now)).await.expect("the cache answers").unwrap()
}

async fn forget(cache: &dyn Cache, account: AccountId) {
    timeout(PATIENCE, cache.forget(account)).await.expect("the cache answers").unwrap();
}

/// Puts an entry that lasts for five minutes.
async fn put_under(cache: &dyn Cache, key: &str, account: AccountId, version: CacheVersion, bytes: &[u8]) {
    let entry = CacheEntry { account, version, until: at(300), bytes: bytes.to_vec() };
    timeout(PATIENCE, cache.put(key, &entry, at(0))).await.expect("the cache answers").unwrap();
}

async fn put(cache: &dyn Cache, key: &str, account: AccountId, bytes: &[u8]) {
    let version = version(cache, account).await;
    put_under(cache, key, account, version, bytes).await;
}

async fn one(harness: &dyn CacheHarness) -> (Arc<dyn Cache>, Caches) {
    let caches = harness.fresh().await;
    (Arc::clone(&caches.one), caches)
}

/// "Byte for byte": nothing, every byte there is, and much.
pub async fn an_entry_is_answered_byte_for_byte(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    let every: Vec<u8> = (0..=u8::MAX).collect();
    for bytes in [Vec::new(), every.clone(), every.repeat(400)] {
        put(cache.as_ref(), "key", ann, &bytes).await;
        assert_eq!(get(cache.as_ref(), "key", at(1)).await, Some(bytes));
    }
}

/// A key under which nothing was put has no answer, also for an account that has a version.
pub async fn what_was_never_put_is_not_answered(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    assert_eq!(get(cache.as_ref(), "key", at(0)).await, None);
    put(cache.as_ref(), "other", account(), b"x").await;
    assert_eq!(get(cache.as_ref(), "key", at(0)).await, None);
}

/// "Keys are compared byte for byte": case, composition, space and length matter.
pub async fn keys_are_compared_byte_for_byte(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    let keys = ["ann", "Ann", "ann ", "ann:1", "ann:11", "\u{e9}", "e\u{301}", "{ann}", "ann*", &"a".repeat(1_100)];
    for key in keys {
        put(cache.as_ref(), key, ann, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(get(cache.as_ref(), key, at(1)).await.as_deref(), Some(key.as_bytes()), "{key:?}");
    }
}

/// "What was put last under this key".
pub async fn the_last_entry_of_a_key_is_answered(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    put(cache.as_ref(), "key", ann, b"first").await;
    put(cache.as_ref(), "key", ann, b"second").await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await.as_deref(), Some(&b"second"[..]));
}

/// "Until the account is forgotten everybody gets the same", whatever is put and read meanwhile.
pub async fn an_account_keeps_its_version(harness: &dyn CacheHarness) {
    let (cache, caches) = one(harness).await;
    let ann = account();
    let first = version(cache.as_ref(), ann).await;
    put_under(cache.as_ref(), "key", ann, first, b"x").await;
    get(cache.as_ref(), "key", at(1)).await;
    forget(cache.as_ref(), account()).await;
    assert_eq!(version(cache.as_ref(), ann).await, first);
    assert_eq!(version(caches.other.as_ref(), ann).await, first);
}

/// However many ask at once for an account's first version, they get one.
pub async fn one_version_is_made_by_many(harness: &dyn CacheHarness) {
    let caches = harness.fresh().await;
    for _ in 0..10 {
        let ann = account();
        let start = Arc::new(Barrier::new(RACERS));
        let mut tasks = JoinSet::new();
        for racer in 0..RACERS {
            let cache = Arc::clone(if racer % 2 == 0 { &caches.one } else { &caches.other });
            let start = Arc::clone(&start);
            tasks.spawn(async move {
                start.wait().await;
                version(cache.as_ref(), ann).await
            });
        }
        let made: HashSet<CacheVersion> = tasks.join_all().await.into_iter().collect();
        assert_eq!(made.len(), 1);
    }
}

/// "A version is never made twice, not for another account nor after forgetting or loss."
pub async fn versions_are_never_made_twice(harness: &dyn CacheHarness) {
    let (cache, caches) = one(harness).await;
    let accounts = [account(), account(), account()];
    let mut made = HashSet::new();
    for _ in 0..20 {
        for ann in accounts {
            assert!(made.insert(version(cache.as_ref(), ann).await), "a version was made twice");
            forget(cache.as_ref(), ann).await;
        }
    }
    harness.flush(&caches).await;
    for ann in accounts {
        assert!(made.insert(version(cache.as_ref(), ann).await), "a version was made twice");
    }
}

/// "Every entry that was put under it … is dead", under whichever key.
pub async fn forgetting_kills_every_entry_of_the_account(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    for key in ["page 1", "page 2", "state"] {
        put(cache.as_ref(), key, ann, b"old").await;
    }
    forget(cache.as_ref(), ann).await;
    for key in ["page 1", "page 2", "state"] {
        assert_eq!(get(cache.as_ref(), key, at(1)).await, None, "{key}");
    }
    version(cache.as_ref(), ann).await;
    assert_eq!(get(cache.as_ref(), "state", at(1)).await, None, "a new version does not revive what was old");
    put(cache.as_ref(), "state", ann, b"new").await;
    assert_eq!(get(cache.as_ref(), "state", at(1)).await.as_deref(), Some(&b"new"[..]));
}

/// "Entries of other accounts stay."
pub async fn forgetting_leaves_others_alone(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let (ann, bob) = (account(), account());
    put(cache.as_ref(), "ann", ann, b"a").await;
    put(cache.as_ref(), "bob", bob, b"b").await;
    forget(cache.as_ref(), ann).await;
    assert_eq!(get(cache.as_ref(), "bob", at(1)).await.as_deref(), Some(&b"b"[..]));
}

/// "An account without a version is no fault", nor is one forgotten twice.
pub async fn forgetting_an_unknown_account_is_no_fault(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    forget(cache.as_ref(), ann).await;
    put(cache.as_ref(), "key", ann, b"x").await;
    forget(cache.as_ref(), ann).await;
    forget(cache.as_ref(), ann).await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
}

/// "… or will be": what a slow reader puts under the version that it read before the account was forgotten.
pub async fn a_late_entry_is_dead(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    for made_anew in [false, true] {
        let ann = account();
        let before = version(cache.as_ref(), ann).await;
        forget(cache.as_ref(), ann).await;
        if made_anew {
            version(cache.as_ref(), ann).await;
        }
        put_under(cache.as_ref(), "key", ann, before, b"old").await;
        assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
        version(cache.as_ref(), ann).await;
        assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
    }
}

/// "It does nothing when the entry's version is not its account's version now": what is fresh stays.
pub async fn a_late_entry_displaces_nothing(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let ann = account();
    let before = version(cache.as_ref(), ann).await;
    forget(cache.as_ref(), ann).await;
    put(cache.as_ref(), "key", ann, b"new").await;
    put_under(cache.as_ref(), "key", ann, before, b"old").await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await.as_deref(), Some(&b"new"[..]));
}

/// "A version that is missing is equal to none": an account that nobody asked about has no entries.
pub async fn a_missing_version_is_equal_to_none(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let (ann, bob) = (account(), account());
    let of_bob = version(cache.as_ref(), bob).await;
    for made_up in [of_bob, CacheVersion::new(uuid::Uuid::nil()), CacheVersion::new(uuid())] {
        put_under(cache.as_ref(), "key", ann, made_up, b"x").await;
        assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
    }
}

/// A key may come to stand for another account, as a subject does that is erased and created again: its entry then
/// lives and dies with the account that it names, and with no other.
pub async fn an_entry_dies_with_the_account_that_it_names(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    let (erased, new) = (account(), account());
    put(cache.as_ref(), "subject", erased, b"erased").await;
    put(cache.as_ref(), "subject", new, b"new").await;
    forget(cache.as_ref(), erased).await;
    assert_eq!(get(cache.as_ref(), "subject", at(1)).await.as_deref(), Some(&b"new"[..]));
    version(cache.as_ref(), erased).await;
    forget(cache.as_ref(), new).await;
    assert_eq!(get(cache.as_ref(), "subject", at(1)).await, None);
}

/// "Only before its `until`": until the last microsecond, and not from that instant on.
pub async fn an_entry_ends_with_its_time(harness: &dyn CacheHarness) {
    let (cache, _keep) = one(harness).await;
    put(cache.as_ref(), "key", account(), b"x").await;
    assert!(get(cache.as_ref(), "key", micros_before(at(300), 1)).await.is_some());
    assert_eq!(get(cache.as_ref(), "key", at(300)).await, None);
    assert_eq!(get(cache.as_ref(), "key", at(301)).await, None);
}

/// "All replicas that share a cache see each other's acts at once": there are no local copies.
pub async fn replicas_see_each_others_acts(harness: &dyn CacheHarness) {
    let Caches { one, other, keep: _keep } = harness.fresh().await;
    let ann = account();
    for round in 0..10 {
        put(one.as_ref(), "key", ann, &[round]).await;
        assert_eq!(get(other.as_ref(), "key", at(1)).await, Some(vec![round]));
        assert_eq!(get(one.as_ref(), "key", at(1)).await, Some(vec![round]));
        forget(other.as_ref(), ann).await;
        assert_eq!(get(one.as_ref(), "key", at(1)).await, None);
        assert_eq!(get(other.as_ref(), "key", at(1)).await, None);
    }
}

/// A cache that has lost everything also takes nothing that was computed under a version from before.
pub async fn a_flush_kills_what_was_computed_before_it(harness: &dyn CacheHarness) {
    let (cache, caches) = one(harness).await;
    let ann = account();
    let before = version(cache.as_ref(), ann).await;
    put_under(cache.as_ref(), "key", ann, before, b"old").await;
    harness.flush(&caches).await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
    put_under(cache.as_ref(), "key", ann, before, b"old").await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
    version(cache.as_ref(), ann).await;
    put_under(cache.as_ref(), "key", ann, before, b"old").await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await, None);
    put(cache.as_ref(), "key", ann, b"new").await;
    assert_eq!(get(cache.as_ref(), "key", at(1)).await.as_deref(), Some(&b"new"[..]));
}

/// Writers count up and forget, slow readers fill the cache, and now and then it loses everything: what a reader gets
/// is never older than the last write that was over when it began.
pub async fn a_read_after_a_write_sees_it(harness: &dyn CacheHarness) {
    const WRITES: u64 = 200;
    let caches = harness.fresh().await;
    let counter = || Arc::new(AtomicU64::new(0));
    let (ann, stored, over, reads) = (account(), counter(), counter(), counter());
    let start = Arc::new(Barrier::new(RACERS));
    let mut readers = JoinSet::new();
    for racer in 1..RACERS {
        let cache = Arc::clone(if racer % 2 == 0 { &caches.one } else { &caches.other });
        let (start, stored, over) = (Arc::clone(&start), Arc::clone(&stored), Arc::clone(&over));
        let reads = Arc::clone(&reads);
        readers.spawn(async move {
            start.wait().await;
            let mut seen = 0;
            while seen < WRITES {
                let least = over.load(Ordering::SeqCst);
                seen = read_through(cache.as_ref(), ann, &stored, racer).await;
                assert!(seen >= least, "read {seen} after {least} was written");
                reads.fetch_add(1, Ordering::SeqCst);
                // A cache that answers without waiting would leave the writer no thread to run on.
                yield_now().await;
            }
        });
    }
    start.wait().await;
    for number in 1..=WRITES {
        stored.store(number, Ordering::SeqCst);
        yield_now().await;
        forget(if number % 2 == 0 { caches.one.as_ref() } else { caches.other.as_ref() }, ann).await;
        over.store(number, Ordering::SeqCst);
        if number % 50 == 0 {
            harness.flush(&caches).await;
        }
        // Readers and writer keep step, or all the writing might be over before the first read.
        let before = reads.load(Ordering::SeqCst);
        while reads.load(Ordering::SeqCst) == before && number < WRITES {
            if let Some(ended) = readers.try_join_next() {
                succeeded(ended);
            }
            yield_now().await;
        }
    }
    while let Some(ended) = readers.join_next().await {
        succeeded(ended);
    }
}

fn succeeded(ended: Result<(), JoinError>) {
    if let Err(panicked) = ended {
        std::panic::resume_unwind(panicked.into_panic());
    }
}

/// As whoever reads through the cache must do it; slower ones give writers more time to come in between.
async fn read_through(cache: &dyn Cache, ann: AccountId, stored: &AtomicU64, slowness: usize) -> u64 {
    if let Some(bytes) = get(cache, "key", at(1)).await {
        return u64::from_le_bytes(bytes.try_into().unwrap());
    }
    let version = version(cache, ann).await;
    let read = stored.load(Ordering::SeqCst);
    for _ in 0..slowness {
        yield_now().await;
    }
    put_under(cache, "key", ann, version, &read.to_le_bytes()).await;
    read
}
