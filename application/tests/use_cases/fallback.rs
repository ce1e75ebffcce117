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
    pub out_of_order: AtomicBool,
}

impl Frail {
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

#[tokio::test]
async fn a_copy_goes_to_the_first_vault_alone() {
    let Two { first, second, both } = two();
    put(&both).await.unwrap();
    assert_eq!((first.vault.kept(), second.vault.kept()), (1, 0));
    assert_eq!(both.get(batch(), NOW).await.unwrap(), Some(copy()));
}

#[tokio::test]
async fn what_the_first_vault_can_not_keep_goes_to_the_second_and_is_found_there() {
    let Two { first, second, both } = two();
    first.out_of_order.store(true, Ordering::SeqCst);
    put(&both).await.unwrap();
    assert_eq!((first.vault.kept(), second.vault.kept()), (0, 1));
    assert_eq!(both.get(batch(), NOW).await.unwrap(), Some(copy()));
    first.out_of_order.store(false, Ordering::SeqCst);
    assert_eq!(both.get(batch(), NOW).await.unwrap(), Some(copy()), "the first has nothing");
}

#[tokio::test]
async fn what_a_vault_out_of_order_may_have_is_not_called_gone() {
    let Two { first, second, both } = two();
    put(&both).await.unwrap();
    first.out_of_order.store(true, Ordering::SeqCst);
    assert!(both.get(batch(), NOW).await.is_err());
    first.out_of_order.store(false, Ordering::SeqCst);
    second.out_of_order.store(true, Ordering::SeqCst);
    assert!(both.get(BatchId::new(Uuid::from_u128(2)), NOW).await.is_err());
    assert!(both.get(batch(), NOW).await.is_ok());
}

#[tokio::test]
async fn a_copy_is_removed_from_both_even_if_one_is_out_of_order() {
    let Two { first, second, both } = two();
    for frail in [&first, &second] {
        put(&frail.vault).await.unwrap();
    }
    first.out_of_order.store(true, Ordering::SeqCst);
    assert!(both.remove(batch()).await.is_err());
    assert_eq!((first.vault.kept(), second.vault.kept()), (1, 0));
    first.out_of_order.store(false, Ordering::SeqCst);
    both.remove(batch()).await.unwrap();
    assert_eq!(first.vault.kept(), 0);
}
