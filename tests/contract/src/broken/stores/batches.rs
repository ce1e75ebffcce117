use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{
    BatchChange, BatchInserted, BatchStore, Delivered, DeliveredBy, Marked, NewCode, PortResult, Superseded,
};
use backstop_domain::{AccountId, Batch, BatchId, BatchStatus, Timestamp};
use std::collections::HashSet;

#[async_trait]
impl BatchStore for BrokenStores<'_> {
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted> {
        let (mut batch, mut codes) = (batch.clone(), codes.to_vec());
        match self.core.defect {
            Defect::ForgetsExpiry => batch.expires_at = None,
            Defect::ForgetsDeliveryDigest => batch.delivery_digest = None,
            Defect::LosesTheLastCode => drop(codes.pop()),
            Defect::StoresWhatItCan => {
                let mut ids = HashSet::new();
                codes.retain(|c| ids.insert(c.id));
            }
            Defect::OneBatchForEver if self.core.sound.history.page(batch.account, None).await?.total > 0 => {
                return Ok(BatchInserted::AnotherStands);
            }
            _ => {}
        }
        let ids = codes.iter().map(|c| (c.id, (batch.account, batch.id)));
        self.core.seen().codes.extend(ids);
        let inserted = sound!(self, batches.insert(&batch, &codes));
        match self.core.defect {
            Defect::AccountIsNotChecked if inserted.is_err() => return Ok(BatchInserted::Done),
            Defect::TwoStandingBatches if inserted.is_ok() => return Ok(BatchInserted::Done),
            _ => {}
        }
        let inserted = inserted?;
        if inserted == BatchInserted::Done {
            return Ok(inserted);
        }
        match self.core.defect {
            Defect::ExhaustedMakesRoom => {
                let standing = self.core.standing(batch.account).await?;
                if standing.is_some_and(|b| b.status(batch.created_at) != BatchStatus::Active) {
                    sound!(self, batches.supersede(batch.account, batch.created_at))?;
                    return sound!(self, batches.insert(&batch, &codes));
                }
            }
            Defect::ConflictSupersedes => {
                sound!(self, batches.supersede(batch.account, batch.created_at))?;
                sound!(self, batches.insert(&batch, &codes))?;
            }
            _ => {}
        }
        Ok(self.conflict(inserted))
    }

    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>> {
        if self.has(Defect::NewestOfEverybody) {
            let mut all = Vec::new();
            for account in self.core.accounts() {
                all.extend(sound!(self, batches.newest(account))?);
            }
            return Ok(all.last().copied());
        }
        let newest = sound!(self, batches.newest(account))?;
        let Some(id) = newest else { return Ok(None) };
        let batch = self.core.sound.history.batch(id).await?;
        let stands = batch.as_ref().is_none_or(Batch::stands);
        Ok(newest.filter(|_| stands || !self.has(Defect::NewestIsWhatStands)))
    }

    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>> {
        if self.has(Defect::SupersedeIsForgotten) {
            let standing = self.core.standing(account).await?;
            return Ok(standing.map(|b| Superseded { batch: b.id, invalidated: b.counters.live() }));
        }
        let superseded = sound!(self, batches.supersede(account, at))?;
        let nothing = Superseded { batch: BatchId::new(account.uuid()), invalidated: 0 };
        Ok(superseded.or_else(|| self.has(Defect::SupersedesNothing).then_some(nothing)))
    }

    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        if self.has(Defect::InvalidateIsForgotten) {
            return self.core.change(batch, |b| b.invalidate(at)).await;
        }
        let account = self.core.owner(account, batch).await?;
        match sound!(self, batches.invalidate(account, batch, at))? {
            BatchChange::Already(batch) if self.has(Defect::RevokesBatchesAgain) => {
                Ok(BatchChange::Changed { batch, codes: 0 })
            }
            change => Ok(change),
        }
    }

    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        if self.has(Defect::DeleteIsForgotten) {
            return self.core.change(batch, |b| b.delete(at)).await;
        }
        let account = self.core.owner(account, batch).await?;
        match sound!(self, batches.delete(account, batch, at))? {
            BatchChange::Already(batch) if self.has(Defect::RevokesBatchesAgain) => {
                Ok(BatchChange::Changed { batch, codes: 0 })
            }
            BatchChange::Changed { batch, .. }
                if self.has(Defect::DeletesStandingOnly)
                    && (batch.superseded_at.is_some() || batch.invalidated_at.is_some()) =>
            {
                Ok(BatchChange::Already(batch))
            }
            change => Ok(change),
        }
    }

    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked> {
        let account = self.core.owner(account, batch).await?;
        match sound!(self, batches.mark_viewed(account, batch, at))? {
            Marked::Before if self.has(Defect::ViewsAgain) => Ok(Marked::Now),
            marked => Ok(marked),
        }
    }

    async fn mark_delivered(
        &mut self,
        account: AccountId,
        batch: BatchId,
        how: DeliveredBy,
        at: Timestamp,
    ) -> PortResult<Delivered> {
        let account = self.core.owner(account, batch).await?;
        let how = if self.has(Defect::OneMarkForBoth) { DeliveredBy::Download } else { how };
        let delivered = sound!(self, batches.mark_delivered(account, batch, how, at))?;
        match (delivered, self.core.defect) {
            (Delivered::Now, _) => Ok(Delivered::Now),
            (Delivered::Before, Defect::DownloadsAgain) | (Delivered::Gone, Defect::DownloadsWhatIsGone) => {
                Ok(Delivered::Now)
            }
            (Delivered::Before, Defect::DownloadsAreForgotten) => Ok(Delivered::Gone),
            (_, Defect::RefusedDownloadsLeaveMarks) => {
                sound!(self, batches.mark_viewed(account, batch, at))?;
                Ok(delivered)
            }
            _ => Ok(self.conflict(delivered)),
        }
    }

    async fn release_email(
        &mut self,
        account: AccountId,
        batch: BatchId,
        marked_at: Timestamp,
        failed_at: Timestamp,
    ) -> PortResult<bool> {
        let failed_at = if self.has(Defect::FailedMailsAreMisdated) { marked_at } else { failed_at };
        if self.has(Defect::MailMarksStay) {
            return Ok(true);
        }
        Ok(sound!(self, batches.release_email(account, batch, marked_at, failed_at))?
            || self.has(Defect::TakesAnyMailMarkBack))
    }

    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>> {
        let batch = if self.has(Defect::EndsAnyDelivery) { None } else { batch };
        if self.has(Defect::DeliveryIsNotEnded) {
            return Ok(batch);
        }
        sound!(self, batches.end_delivery(account, batch, at))
    }
}
