//! Health checks.

use crate::{StoreHarness, fixture::*};
use core::time::Duration;
use tokio::time::timeout;

/// Load balancers usually give up after some seconds.
const A_LOAD_BALANCER_WAITS: Duration = Duration::from_secs(3);

/// A part that works says so "within a time that a load balancer will wait".
pub async fn a_working_store_says_so_in_time(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    timeout(A_LOAD_BALANCER_WAITS, store.stores.health.check()).await.expect("it answers in time").unwrap();
}

/// The check does not wait for a unit that is open.
pub async fn a_busy_store_says_so_in_time(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let unit = store.lock(account.id).await;
    timeout(A_LOAD_BALANCER_WAITS, store.stores.health.check()).await.expect("it answers in time").unwrap();
    unit.rollback().await.unwrap();
}

/// "How the part is called in `/readyz`": a plain word.
pub async fn a_part_has_a_name(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let name = store.stores.health.part();
    assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name:?}");
}
