use super::{
    caller::Caller,
    deliveries::{Deliveries, NotRecognised},
    trail::Trail,
    work::{DoTasks, TaskOutcome, jobs::SendCodes, queue::Queue},
};
use crate::{
    Ports, Settings,
    ports::{Clock, CodeWrapper, Delivered, DeliveredBy, Leased, PortError, PortResult, Storage},
};
use backstop_domain::{
    Account, AuditKind, Batch, BatchId, DeliveryToken, EmailAddress, Sealed, SecretText, SuspensionReason, task::Ending,
};
use std::sync::Arc;
use thiserror::Error;

/// Sends the codes to their owner's address, once, for whoever has the token that was given out with them.
pub struct EmailBatch {
    storage: Arc<dyn Storage>,
    wrapper: Arc<dyn CodeWrapper>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    tasks: Arc<DoTasks>,
    queue: Queue,
    inline: bool,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct EmailRequest {
    pub batch: BatchId,
    pub token: SecretText,
    pub caller: Caller,
}

/// Where the mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emailed {
    /// With those who deliver it.
    Sent,
    /// Waiting, and sure to be tried.
    Queued,
}

#[derive(Debug, Error)]
pub enum EmailError {
    /// No such batch, or not its token; nothing was spent.
    #[error("this token delivers no codes")]
    WrongToken,
    #[error("the account is suspended ({0})")]
    Suspended(SuspensionReason),
    #[error("the codes were e-mailed before")]
    Before,
    /// The copy is over, was destroyed, or the batch was replaced or revoked.
    #[error("the codes can't be e-mailed any more")]
    Gone,
    /// Nothing was spent.
    #[error("the account has no e-mail address")]
    NoAddress,
    /// For good; it can be asked for again, when the address was mended.
    #[error("the mail was refused")]
    Refused,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl From<NotRecognised> for EmailError {
    fn from(why: NotRecognised) -> Self {
        match why {
            NotRecognised::WrongToken => Self::WrongToken,
            NotRecognised::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl EmailBatch {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>, tasks: Arc<DoTasks>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            wrapper: Arc::clone(&ports.wrapper),
            clock: Arc::clone(&ports.clock),
            deliveries,
            tasks,
            queue: Queue::new(ports, settings),
            inline: settings.mail.inline,
            trail: Trail::new(ports),
        }
    }

    /// Opens the copy and wraps the codes first, because a mark without a mail would lose them; then sets the mark and
    /// queues the mail in one unit, because a mail without the mark could be had twice.
    pub async fn run(&self, request: &EmailRequest) -> Result<Emailed, EmailError> {
        let (token, account, batch) = self.deliveries.recognise(request.batch, &request.token).await?;
        let outcome = self.hand_over(request, &token, &account, &batch).await;
        if matches!(outcome, Err(EmailError::Suspended(_) | EmailError::Gone)) {
            self.deliveries.forget(batch.id).await;
        }
        let Some(leased) = outcome? else { return Ok(Emailed::Queued) };
        // What goes wrong from here on is the queue's business.
        match self.tasks.run(&leased).await {
            Ok(TaskOutcome::Ended(Ending::Done(_))) => Ok(Emailed::Sent),
            Ok(TaskOutcome::Ended(Ending::Failed { .. })) => Err(EmailError::Refused),
            _ => Ok(Emailed::Queued),
        }
    }

    async fn hand_over(
        &self,
        request: &EmailRequest,
        token: &DeliveryToken,
        account: &Account,
        batch: &Batch,
    ) -> Result<Option<Leased>, EmailError> {
        may_be_emailed(account, batch)?;
        let address = account.email.as_ref().ok_or(EmailError::NoAddress)?;
        let codes = self.deliveries.open(batch.id, token).await?.ok_or(EmailError::Gone)?;
        let sealed = self.wrapper.wrap(batch.id, &codes)?;
        retry_contention!(self.mark(account, address, batch, &sealed, &request.caller).await)?
    }

    async fn mark(
        &self,
        account: &Account,
        address: &EmailAddress,
        batch: &Batch,
        sealed: &Sealed,
        caller: &Caller,
    ) -> PortResult<Result<Option<Leased>, EmailError>> {
        let mut unit = self.storage.begin_locking(account.id).await?;
        let suspended = unit.accounts().get(account.id).await?.and_then(|a| a.suspended);
        let now = self.clock.now();
        let delivered = unit.batches().mark_delivered(account.id, batch.id, DeliveredBy::Email, now).await?;
        let refused = match delivered {
            Delivered::Now => {
                let job = SendCodes {
                    account: account.id.uuid(),
                    batch: batch.id.uuid(),
                    to: address.as_str().to_owned(),
                    marked_at: now,
                };
                let task = self.queue.send_codes(&job, sealed.clone())?;
                let id = task.id;
                unit.tasks().push(task).await?;
                let mut entry = self.trail.entry(AuditKind::Emailed, caller.actor(), caller.origin());
                entry.account = Some(account.id);
                entry.batch = Some(batch.id);
                entry.count = Some(batch.counters.issued);
                unit.audit().append(entry).await?;
                // Whoever is to wait for it has it in hand before any worker can.
                let leased = if self.inline { self.tasks.take(&mut *unit, id).await? } else { None };
                unit.commit().await?;
                return Ok(Ok(leased));
            }
            Delivered::Before => EmailError::Before,
            Delivered::Gone => suspended.map_or(EmailError::Gone, EmailError::Suspended),
            Delivered::Missing => EmailError::WrongToken,
        };
        unit.rollback().await?;
        Ok(Err(refused))
    }
}

/// Without the account's lock this is no more than a guess; the mark decides.
fn may_be_emailed(account: &Account, batch: &Batch) -> Result<(), EmailError> {
    if let Some(reason) = account.suspended {
        return Err(EmailError::Suspended(reason));
    }
    if batch.emailed_at.is_some() {
        return Err(EmailError::Before);
    }
    let is_over = batch.delivery_ended_at.is_some() || !batch.stands();
    if is_over { Err(EmailError::Gone) } else { Ok(()) }
}
