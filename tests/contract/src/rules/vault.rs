//! Vaults: what was put, until its instant, and nothing else.

use crate::{FreshVault, VaultHarness, fixture::*};
use backstop_application::ports::Vault;
use backstop_domain::{BatchId, Sealed, Timestamp};
use core::{future::Future, time::Duration};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

fn batch() -> BatchId {
    BatchId::new(uuid())
}

fn sealed(first: u8) -> Sealed {
    Sealed::new((0..=u8::MAX).map(|byte| byte.wrapping_add(first)).cycle().take(3_000).collect())
}

async fn soon<T>(asked: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), asked).await.expect("the vault answers")
}

async fn put(vault: &dyn Vault, batch: BatchId, copy: &Sealed, until: Timestamp) {
    soon(vault.put(batch, copy, at(0), until)).await.unwrap();
}

async fn get(vault: &dyn Vault, batch: BatchId, now: Timestamp) -> Option<Sealed> {
    soon(vault.get(batch, now)).await.unwrap()
}

/// "The copy, byte for byte": every byte there is, and no byte at all.
pub async fn what_was_put_is_found(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    for copy in [sealed(0), sealed(7), Sealed::new(vec![]), Sealed::new(vec![0])] {
        let batch = batch();
        put(vault.as_ref(), batch, &copy, at(60)).await;
        for _ in 0..2 {
            assert_eq!(get(vault.as_ref(), batch, at(1)).await.as_ref(), Some(&copy));
        }
    }
}

/// A batch of which nothing was put has nothing.
pub async fn an_unknown_batch_has_nothing(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    put(vault.as_ref(), batch(), &sealed(1), at(60)).await;
    assert_eq!(get(vault.as_ref(), batch(), at(1)).await, None);
}

/// "Before its instant; from the instant on `None`."
pub async fn what_is_over_is_not_found(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    for window in [1, 60, 86_400] {
        let (batch, until) = (batch(), at(window));
        put(vault.as_ref(), batch, &sealed(1), until).await;
        assert!(get(vault.as_ref(), batch, micros_before(until, 1)).await.is_some(), "{window} seconds");
        assert_eq!(get(vault.as_ref(), batch, until).await, None, "{window} seconds");
        assert_eq!(get(vault.as_ref(), batch, at(1_000_000)).await, None);
    }
}

/// "An earlier copy of the batch makes room, with its instant."
pub async fn a_later_copy_takes_the_place_of_the_earlier(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    for (first, second) in [(60, 120), (120, 60)] {
        let batch = batch();
        put(vault.as_ref(), batch, &sealed(1), at(first)).await;
        put(vault.as_ref(), batch, &sealed(2), at(second)).await;
        assert_eq!(get(vault.as_ref(), batch, micros_before(at(second), 1)).await, Some(sealed(2)));
        assert_eq!(get(vault.as_ref(), batch, at(second)).await, None);
    }
}

/// "Copies whose instant has come by `now` may be cleared away meanwhile, others may not."
pub async fn putting_takes_nothing_that_is_not_over(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    let (over, later) = (batch(), batch());
    put(vault.as_ref(), over, &sealed(1), at(10)).await;
    put(vault.as_ref(), later, &sealed(2), at(11)).await;
    for _ in 0..40 {
        soon(vault.put(batch(), &sealed(3), at(10), at(100))).await.unwrap();
    }
    assert_eq!(get(vault.as_ref(), later, at(10)).await, Some(sealed(2)));
}

/// A copy of a batch whose earlier one is over is kept.
pub async fn a_copy_can_be_put_again_when_it_is_over(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    let batch = batch();
    put(vault.as_ref(), batch, &sealed(1), at(10)).await;
    soon(vault.put(batch, &sealed(2), at(20), at(30))).await.unwrap();
    assert_eq!(get(vault.as_ref(), batch, at(29)).await, Some(sealed(2)));
}

/// "Removes the copy": at once, and only this one.
pub async fn what_is_removed_is_gone(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    let (one, other) = (batch(), batch());
    put(vault.as_ref(), one, &sealed(1), at(60)).await;
    put(vault.as_ref(), other, &sealed(2), at(60)).await;
    soon(vault.remove(one)).await.unwrap();
    assert_eq!(get(vault.as_ref(), one, at(1)).await, None);
    assert_eq!(get(vault.as_ref(), other, at(1)).await, Some(sealed(2)));
}

/// "When there is none, nothing happens."
pub async fn removing_nothing_is_no_fault(harness: &dyn VaultHarness) {
    let FreshVault { vault, keep: _keep } = harness.fresh().await;
    let batch = batch();
    soon(vault.remove(batch)).await.unwrap();
    put(vault.as_ref(), batch, &sealed(1), at(60)).await;
    for _ in 0..2 {
        soon(vault.remove(batch)).await.unwrap();
    }
}

/// Many who put, find and remove at once do not get in each other's way.
pub async fn batches_are_kept_apart_under_load(harness: &dyn VaultHarness) {
    let fresh = harness.fresh().await;
    let together = Arc::new(Barrier::new(RACERS));
    let mut tasks = JoinSet::new();
    for racer in 0..u8::try_from(RACERS).unwrap() {
        let (vault, together) = (Arc::clone(&fresh.vault), Arc::clone(&together));
        tasks.spawn(async move {
            let (copy, removes) = (sealed(racer), racer % 2 == 0);
            for round in 0..4 {
                let (over, batch) = (batch(), batch());
                together.wait().await;
                // One is over at once, so that there is something to clear away.
                put(vault.as_ref(), over, &copy, at(0)).await;
                soon(vault.put(batch, &copy, at(round), at(60))).await.unwrap();
                together.wait().await;
                assert_eq!(get(vault.as_ref(), batch, at(59)).await.as_ref(), Some(&copy));
                together.wait().await;
                if removes {
                    soon(vault.remove(batch)).await.unwrap();
                }
                together.wait().await;
                assert_eq!(get(vault.as_ref(), batch, at(59)).await, (!removes).then(|| copy.clone()));
            }
        });
    }
    tasks.join_all().await;
}

/// Of many copies of one batch that are put at once, one is found, whole and with its own instant.
pub async fn one_of_many_copies_stays_whole(harness: &dyn VaultHarness) {
    let fresh = harness.fresh().await;
    let (batch, start) = (batch(), Arc::new(Barrier::new(RACERS)));
    let end = |racer: u8| at(60).checked_add(SignedDuration::from_secs(racer.into())).unwrap();
    let mut tasks = JoinSet::new();
    for racer in 0..u8::try_from(RACERS).unwrap() {
        let (vault, start) = (Arc::clone(&fresh.vault), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            put(vault.as_ref(), batch, &sealed(racer), end(racer)).await;
        });
    }
    tasks.join_all().await;
    let found = get(fresh.vault.as_ref(), batch, at(1)).await.expect("a copy is kept");
    let racer = (0..=u8::MAX).find(|racer| found == sealed(*racer)).expect("the copy is whole");
    assert!(get(fresh.vault.as_ref(), batch, micros_before(end(racer), 1)).await.is_some());
    assert_eq!(get(fresh.vault.as_ref(), batch, end(racer)).await, None);
}
