use super::{caller::Caller, deliveries::Deliveries, trail::Trail};
use crate::{
    Ports, Settings,
    ports::{
        AccountReader, BatchInserted, Clock, CodeGenerator, Hasher, Ids, NewCode, PortError, PortErrorKind, PortResult,
        Storage, Tagger,
    },
};
use backstop_domain::{
    Account, AccountId, AuditKind, Batch, BatchId, CodeId, CodeProfile, DeliveryToken, Duties, Duty, Expiry, Role,
    SecretText, Subject, SuspensionReason,
    batch::{BATCH_SIZES, BadExpiry},
};
use std::sync::Arc;
use thiserror::Error;

/// Makes a set of codes, in place of the account's standing one.
pub struct GenerateBatch {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    generator: Arc<dyn CodeGenerator>,
    hasher: Arc<dyn Hasher>,
    tagger: Arc<dyn Tagger>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    profile: CodeProfile,
    per_batch: u32,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct GenerateRequest {
    pub subject: Subject,
    pub count: Option<u32>,
    pub expires_in_days: Option<u16>,
    pub caller: Caller,
}

/// The only time that the codes are seen.
#[derive(Clone, Debug)]
pub struct Generated {
    pub batch: Batch,
    /// As they are shown, in the order in which they are delivered everywhere.
    pub codes: Vec<SecretText>,
    /// With which they can be downloaded and mailed once, for a short while.
    pub delivery_token: DeliveryToken,
}

#[derive(Debug, Error)]
pub enum GenerateError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("the account is suspended ({0})")]
    Suspended(SuspensionReason),
    #[error("a set has 1 to 50 codes")]
    Count,
    #[error(transparent)]
    Expiry(#[from] BadExpiry),
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl GenerateBatch {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            generator: Arc::clone(&ports.generator),
            hasher: Arc::clone(&ports.hasher),
            tagger: Arc::clone(&ports.tagger),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            profile: settings.profiles.current().clone(),
            per_batch: settings.per_batch,
            deliveries,
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &GenerateRequest) -> Result<Generated, GenerateError> {
        let count = request.count.unwrap_or(self.per_batch);
        if !BATCH_SIZES.contains(&count) {
            return Err(GenerateError::Count);
        }
        let expiry = Expiry::after_days(request.expires_in_days)?;
        let account = self.accounts.by_subject(&request.subject).await?;
        let account = may_generate(account)?.id;

        let plain = self.generator.codes(&self.profile, count)?;
        let verifiers = self.hasher.hash(&plain).await?;
        let codes: Vec<NewCode> = plain
            .iter()
            .zip(verifiers)
            .map(|(code, verifier)| NewCode {
                id: CodeId::new(self.ids.next()),
                tag: self.tagger.current(account, code),
                verifier,
            })
            .collect();
        let id = BatchId::new(self.ids.next());
        let shown: Vec<SecretText> = plain.iter().map(|code| self.profile.format(code)).collect();
        let delivery = self.deliveries.mint()?;
        self.deliveries.keep(id, &delivery.token, &shown).await;
        let stored = retry_contention!(self.store(request, account, id, expiry, &codes, delivery.digest).await);
        let (batch, superseded) = match stored.map_err(GenerateError::from).flatten() {
            Ok(made) => made,
            Err(refused) => {
                self.deliveries.forget(id).await;
                return Err(refused);
            }
        };
        if let Some(old) = superseded {
            self.deliveries.forget(old).await;
        }
        Ok(Generated { batch, codes: shown, delivery_token: delivery.token })
    }

    async fn store(
        &self,
        request: &GenerateRequest,
        id: AccountId,
        batch: BatchId,
        expiry: Expiry,
        codes: &[NewCode],
        delivery_digest: [u8; 32],
    ) -> PortResult<Result<(Batch, Option<BatchId>), GenerateError>> {
        let mut unit = self.storage.begin_locking(id).await?;
        let account = unit.accounts().get(id).await?;
        if let Err(refused) = may_generate(account) {
            unit.rollback().await?;
            return Ok(Err(refused));
        }
        let now = self.clock.now();
        let issued = u32::try_from(codes.len()).unwrap_or(u32::MAX);
        let mut batch = Batch::new(batch, id, self.profile.name().clone(), issued, expiry, now);
        batch.delivery_digest = Some(delivery_digest);
        let entry = |kind, of, count| {
            let mut entry = self.trail.entry(kind, request.caller.actor(), request.caller.origin());
            entry.account = Some(id);
            entry.batch = Some(of);
            entry.count = Some(count);
            entry
        };
        let superseded = unit.batches().supersede(id, now).await?;
        if let Some(old) = superseded {
            unit.audit().append(entry(AuditKind::Superseded, old.batch, old.invalidated)).await?;
        }
        let inserted = unit.batches().insert(&batch, codes).await?;
        if inserted == BatchInserted::AnotherStands {
            unit.rollback().await?;
            return Err(PortError::new(PortErrorKind::Contention, "another set of codes was made at the same time"));
        }
        unit.recoveries().settle(id, Duties::from_iter([Duty::NewCodes])).await?;
        unit.audit().append(entry(AuditKind::Generated, batch.id, issued)).await?;
        unit.commit().await?;
        Ok(Ok((batch, superseded.map(|old| old.batch))))
    }
}

fn may_generate(account: Option<Account>) -> Result<Account, GenerateError> {
    let account = account.filter(|a| a.role == Role::User).ok_or(GenerateError::UnknownAccount)?;
    match account.suspended {
        Some(reason) => Err(GenerateError::Suspended(reason)),
        None => Ok(account),
    }
}
