//! Two vaults as one.

use crate::support::broken;
use async_trait::async_trait;
use backstop_application::{
    FallbackVault,
    ports::{PortResult, Vault},
};
use backstop_domain::{BatchId, Sealed, Timestamp};
use backstop_memory::MemoryVault;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

/// A vault that can be put out of order.
#[derive(Default)]
pub struct Frail {
    pub vault: MemoryVault,
    out_of_order: AtomicBool,
}

impl Frail {
    pub fn set_out(&self, out: bool) {
        self.out_of_order.store(out, Ordering::SeqCst);
    }

    fn check(&self) -> PortResult<()> {
        if self.out_of_order.load(Ordering::SeqCst) { Err(broken()) } else { Ok(()) }
    }
}

#[async_trait]
impl Vault for Frail {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        self.check()?;
        self.vault.put(batch, sealed, now, until).await
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        self.check()?;
        self.vault.get(batch, now).await
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        self.check()?;
        self.vault.remove(batch).await
    }
}

struct Two {
    first: Arc<Frail>,
    second: Arc<Frail>,
    both: FallbackVault,
}

fn two() -> Two {
    let (first, second) = (Arc::new(Frail::default()), Arc::new(Frail::default()));
    Two { both: FallbackVault::new(first.clone(), second.clone()), first, second }
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn batch() -> BatchId {
    BatchId::new(Uuid::from_u128(1))
}

fn copy() -> Sealed {
    Sealed::new(vec![1, 2, 3])
}

async fn put(vault: &impl Vault) -> PortResult<()> {
    vault.put(batch(), &copy(), NOW, Timestamp::MAX).await
}

async fn get(vault: &impl Vault) -> PortResult<Option<Sealed>> {
    vault.get(batch(), NOW).await
}

#[tokio::test]
async fn a_copy_is_kept_in_both_vaults() {
    let Two { first, second, both } = two();
    put(&both).await.unwrap();
    assert_eq!((first.vault.kept(), second.vault.kept()), (1, 1));
    assert_eq!(get(&both).await.unwrap(), Some(copy()));
    assert_eq!(both.get(BatchId::new(Uuid::from_u128(2)), NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_copy_survives_the_first_vault_out_of_order_or_emptied() {
    let Two { first, both, .. } = two();
    put(&both).await.unwrap();
    first.set_out(true);
    assert_eq!(get(&both).await.unwrap(), Some(copy()));
    first.set_out(false);
    first.vault.remove(batch()).await.unwrap();
    assert_eq!(get(&both).await.unwrap(), Some(copy()));
}

#[tokio::test]
async fn what_is_put_while_the_first_vault_is_out_is_found_then_and_later() {
    let Two { first, second, both } = two();
    first.set_out(true);
    put(&both).await.unwrap();
    assert_eq!((first.vault.kept(), second.vault.kept()), (0, 1));
    for out in [true, false] {
        first.set_out(out);
        assert_eq!(get(&both).await.unwrap(), Some(copy()), "{out}");
    }
}

#[tokio::test]
async fn keeping_a_copy_is_a_fault_when_neither_vault_can() {
    for first_is_out in [true, false] {
        let Two { first, second, both } = two();
        first.set_out(first_is_out);
        second.set_out(true);
        assert_eq!(put(&both).await.is_err(), first_is_out);
        // While the second is out, the first alone says what it has, and nobody says that a copy is gone.
        assert_eq!(get(&both).await.ok(), (!first_is_out).then(|| Some(copy())));
        assert!(both.get(BatchId::new(Uuid::from_u128(2)), NOW).await.is_err());
    }
}

#[tokio::test]
async fn a_copy_is_removed_from_both_vaults_and_the_second_decides_whether_that_went_well() {
    for (first_is_out, second_is_out) in [(false, false), (true, false), (false, true), (true, true)] {
        let Two { first, second, both } = two();
        put(&both).await.unwrap();
        first.set_out(first_is_out);
        second.set_out(second_is_out);
        assert_eq!(both.remove(batch()).await.is_err(), second_is_out);
        assert_eq!((first.vault.kept(), second.vault.kept()), (first_is_out.into(), second_is_out.into()));
    }
}
