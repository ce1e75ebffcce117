//! What a sound store would never be asked.

use super::{Core, Defect};
use backstop_application::ports::{BatchChange, Consumed, Consumption, PortResult};
use backstop_domain::{AccountId, Batch, BatchId, history::Window};
use core::sync::atomic::Ordering;
use tokio::task::yield_now;

impl Core {
    pub(super) async fn standing(&self, account: AccountId) -> PortResult<Option<Batch>> {
        let everything = Some(Window { offset: 0, limit: 1_000 });
        let page = self.sound.history.page(account, everything).await?;
        Ok(page.batches.into_iter().find(Batch::stands))
    }

    pub(super) async fn change(
        &self,
        batch: BatchId,
        act: impl Fn(&mut Batch) -> bool + Send,
    ) -> PortResult<BatchChange> {
        let Some(mut batch) = self.sound.history.batch(batch).await? else { return Ok(BatchChange::Missing) };
        let codes = batch.counters.live();
        act(&mut batch);
        Ok(BatchChange::Changed { batch, codes })
    }

    /// Whose batch it is, as far as anybody asks.
    pub(super) async fn owner(&self, account: AccountId, batch: BatchId) -> PortResult<AccountId> {
        if !self.has(Defect::OwnerIsNotChecked) {
            return Ok(account);
        }
        Ok(self.sound.history.batch(batch).await?.map_or(account, |b| b.account))
    }

    /// Looks, waits until somebody else has looked as well, and then does what it saw could be done.
    pub(super) async fn find_then_update(&self, consumption: &Consumption) -> PortResult<Consumed> {
        let storage = &self.sound.storage;
        let mut look = storage.begin_locking(consumption.account).await?;
        let found = look.codes().consume(consumption).await?;
        look.rollback().await?;
        if matches!(found, Consumed::Won { .. }) {
            self.finders.fetch_add(1, Ordering::SeqCst);
            for _ in 0..10_000 {
                if self.finders.load(Ordering::SeqCst) > 1 {
                    break;
                }
                yield_now().await;
            }
            let mut update = storage.begin_locking(consumption.account).await?;
            update.codes().consume(consumption).await?;
            update.commit().await?;
        }
        Ok(found)
    }
}
