//! The sealed copy of a batch: made with it, and taken away with whatever ends it.

use crate::{
    Ports, Settings,
    ports::{
        AccountReader, Clock, HistoryReader, MintedToken, Opened, PortError, PortResult, Sealer, UnitOfWork, Vault,
        WhichMails, WhichTasks,
    },
};
use backstop_domain::{Account, AccountId, Batch, BatchId, DeliveryToken, DeliveryWindow, Role, SecretText};
use std::sync::Arc;

/// Why nothing is said about a batch to whoever shows a token.
pub(crate) enum NotRecognised {
    WrongToken,
    Fault(PortError),
}

impl From<PortError> for NotRecognised {
    fn from(fault: PortError) -> Self {
        Self::Fault(fault)
    }
}

pub(crate) struct Deliveries {
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    vault: Arc<dyn Vault>,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
    window: DeliveryWindow,
    store_log: bool,
}

impl Deliveries {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            vault: Arc::clone(&ports.vault),
            sealer: Arc::clone(&ports.sealer),
            clock: Arc::clone(&ports.clock),
            window: settings.delivery.window,
            store_log: settings.mail.store_log,
        }
    }

    pub(crate) fn mint(&self) -> PortResult<MintedToken> {
        self.sealer.mint()
    }

    /// The batch that this token was given out with, and its owner.
    pub(crate) async fn recognise(
        &self,
        batch: BatchId,
        token: &SecretText,
    ) -> Result<(DeliveryToken, Account, Batch), NotRecognised> {
        let token = DeliveryToken::parse(token.clone()).map_err(|_| NotRecognised::WrongToken)?;
        let batch = self.history.batch(batch).await?.ok_or(NotRecognised::WrongToken)?;
        let is_right = batch.delivery_digest.is_some_and(|digest| self.sealer.matches(&token, &digest));
        if !is_right {
            return Err(NotRecognised::WrongToken);
        }
        let account = self.accounts.by_id(batch.account).await?.filter(|a| a.role == Role::User);
        Ok((token, account.ok_or(NotRecognised::WrongToken)?, batch))
    }

    /// Keeps a sealed copy, if anything can: whoever makes codes gets them in the answer anyway.
    pub(crate) async fn keep(&self, batch: BatchId, token: &DeliveryToken, codes: &[SecretText]) {
        let now = self.clock.now();
        if let Ok(sealed) = self.sealer.seal(batch, token, codes) {
            let _ = self.vault.put(batch, &sealed, now, self.window.ends(now)).await;
        }
    }

    /// The codes of a copy, as long as there is one that this token opens.
    pub(crate) async fn open(&self, batch: BatchId, token: &DeliveryToken) -> PortResult<Option<Vec<SecretText>>> {
        let Some(sealed) = self.vault.get(batch, self.clock.now()).await? else { return Ok(None) };
        Ok(match self.sealer.open(batch, token, &sealed)? {
            Opened::Codes(codes) => Some(codes),
            Opened::Shut => None,
        })
    }

    /// Ends the delivery of the account's standing set in this unit, and tells whose copy can be taken away after it.
    pub(crate) async fn end(&self, unit: &mut dyn UnitOfWork, account: AccountId) -> PortResult<Option<BatchId>> {
        unit.batches().end_delivery(account, None, self.clock.now()).await
    }

    /// Takes back the mail that waits with the batch's codes, as they must not be delivered any more.
    pub(crate) async fn recall_mail(&self, unit: &mut dyn UnitOfWork, batch: BatchId) -> PortResult<()> {
        if self.store_log {
            unit.mail_log().give_up(WhichMails::OfBatch(batch), RECALLED).await?;
        }
        unit.tasks().remove(WhichTasks::OfBatch(batch)).await.map(drop)
    }

    /// Takes a copy away that must not be delivered any more. Should that fail, the batch's status refuses to deliver
    /// it, and it goes when its time is over.
    pub(crate) async fn forget(&self, batch: BatchId) {
        let _ = self.vault.remove(batch).await;
    }
}

/// What the e-mail log says of a mail that was taken back.
const RECALLED: &str = "the set of codes was replaced, revoked or suspended";
