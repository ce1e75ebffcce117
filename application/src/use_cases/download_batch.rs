use super::{
    caller::Caller,
    deliveries::{Deliveries, NotRecognised},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{Clock, Delivered, DeliveredBy, Document, Exporter, HistoryReader, PortError, PortResult, Sheet, Storage},
    settings::DeliverySettings,
};
use backstop_domain::{
    Account, AccountId, AuditKind, Batch, BatchId, DeliveryToken, DocumentFormat, Locale, SecretText, SuspensionReason,
    Timestamp,
};
use std::sync::Arc;
use thiserror::Error;

/// Hands the codes over as a file, once, to whoever has the token that was given out with them.
pub struct DownloadBatch {
    storage: Arc<dyn Storage>,
    history: Arc<dyn HistoryReader>,
    exporter: Arc<dyn Exporter>,
    clock: Arc<dyn Clock>,
    settings: DeliverySettings,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct DownloadRequest {
    pub batch: BatchId,
    pub token: SecretText,
    /// The configured one when nobody says.
    pub format: Option<DocumentFormat>,
    /// Whether the file says whose codes they are.
    pub name_account: bool,
    /// The language that whoever asks is spoken to in; the account's own when nobody says.
    pub locale: Option<Locale>,
    pub caller: Caller,
}

#[derive(Clone, Debug)]
pub struct Download {
    pub file_name: String,
    pub document: Document,
}

#[derive(Debug, Error)]
pub enum DownloadError {
    /// No such batch, or not its token; nothing was spent.
    #[error("this token delivers no codes")]
    WrongToken,
    #[error("the account is suspended ({0})")]
    Suspended(SuspensionReason),
    #[error("the codes were downloaded before")]
    Before,
    /// The copy is over, was destroyed, or the batch was replaced or revoked.
    #[error("the codes can't be downloaded any more")]
    Gone,
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl From<NotRecognised> for DownloadError {
    fn from(why: NotRecognised) -> Self {
        match why {
            NotRecognised::WrongToken => Self::WrongToken,
            NotRecognised::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl DownloadBatch {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            history: Arc::clone(&ports.history),
            exporter: Arc::clone(&ports.exporter),
            clock: Arc::clone(&ports.clock),
            settings: settings.delivery.clone(),
            deliveries,
            trail: Trail::new(ports),
        }
    }

    /// Opens the copy and writes the file first, because a mark without a file would lose the codes; then sets the mark,
    /// because a file without the mark could be had twice.
    pub async fn run(&self, request: &DownloadRequest) -> Result<Download, DownloadError> {
        let (token, account, batch) = self.deliveries.recognise(request.batch, &request.token).await?;
        let outcome = self.hand_over(request, &token, &account, &batch).await;
        if matches!(outcome, Err(DownloadError::Suspended(_) | DownloadError::Gone)) || self.is_done(&batch).await {
            self.deliveries.forget(batch.id).await;
        }
        outcome
    }

    async fn hand_over(
        &self,
        request: &DownloadRequest,
        token: &DeliveryToken,
        account: &Account,
        batch: &Batch,
    ) -> Result<Download, DownloadError> {
        may_be_delivered(account, batch)?;
        let codes = self.deliveries.open(batch.id, token).await?.ok_or(DownloadError::Gone)?;
        let sheet = Sheet {
            site_name: self.settings.site_name.as_str().to_owned(),
            batch: batch.id,
            made_at: batch.created_at,
            expires_at: batch.expires_at,
            account: request.name_account.then(|| account.subject.clone()),
            locale: request.locale.clone().or_else(|| account.locale.clone()),
            codes,
        };
        let format = request.format.unwrap_or(self.settings.format);
        let document = self.exporter.render(&sheet, format).await?;
        retry_contention!(self.mark(account.id, batch, &request.caller).await)??;
        Ok(Download { file_name: self.file_name(batch.created_at, format), document })
    }

    async fn mark(&self, account: AccountId, batch: &Batch, caller: &Caller) -> PortResult<Result<(), DownloadError>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let suspended = unit.accounts().get(account).await?.and_then(|a| a.suspended);
        let delivered =
            unit.batches().mark_delivered(account, batch.id, DeliveredBy::Download, self.clock.now()).await?;
        let refused = match delivered {
            Delivered::Now => {
                let mut entry = self.trail.entry(AuditKind::Downloaded, caller.actor(), caller.origin());
                entry.account = Some(account);
                entry.batch = Some(batch.id);
                entry.count = Some(batch.counters.issued);
                unit.audit().append(entry).await?;
                unit.commit().await?;
                return Ok(Ok(()));
            }
            Delivered::Before => DownloadError::Before,
            Delivered::Gone => suspended.map_or(DownloadError::Gone, DownloadError::Suspended),
            Delivered::Missing => DownloadError::WrongToken,
        };
        unit.rollback().await?;
        Ok(Err(refused))
    }

    /// Whether nothing is left to deliver.
    async fn is_done(&self, batch: &Batch) -> bool {
        let now = self.history.batch(batch.id).await;
        now.is_ok_and(|batch| batch.is_none_or(|batch| batch.delivery_is_over()))
    }

    /// With the batch's time, so that a later file does not take an earlier one's place.
    fn file_name(&self, made_at: Timestamp, format: DocumentFormat) -> String {
        format!("{}-{}.{format}", self.settings.file_name.as_str(), made_at.strftime("%Y-%m-%d-%H%M%S"))
    }
}

/// Without the account's lock this is no more than a guess; the mark decides.
fn may_be_delivered(account: &Account, batch: &Batch) -> Result<(), DownloadError> {
    if let Some(reason) = account.suspended {
        return Err(DownloadError::Suspended(reason));
    }
    if batch.downloaded_at.is_some() {
        return Err(DownloadError::Before);
    }
    if batch.delivery_is_over() { Err(DownloadError::Gone) } else { Ok(()) }
}
