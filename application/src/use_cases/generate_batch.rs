use super::{attempt::seconds_until, caller::Caller, deliveries::Deliveries, trail::Trail};
use crate::{
    Ports, Settings,
    ports::{
        AccountReader, BatchInserted, Clock, CodeGenerator, Hasher, Ids, NewCode, PortError, PortErrorKind, PortResult,
        Storage, Tagger, UnitOfWork,
    },
};
use backstop_domain::{
    Account, AccountId, AuditKind, Batch, BatchId, CodeId, CodeProfile, DeliveryToken, Duties, Duty, Expiry, Role,
    SecretText, Subject, SuspensionReason, Timestamp,
    batch::{BATCH_SIZES, BadExpiry},
    guard::{GenerationWait, GuardRules},
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
    rules: GuardRules,
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
    /// Codes were made for this account a moment ago; asking again has made the wait longer.
    #[error("new codes can be made after the wait")]
    Waiting { until: Timestamp, wait_seconds: u64 },
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
            rules: settings.guard,
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
        let state = self.accounts.state(&request.subject).await?;
        let free = state.as_ref().is_some_and(|s| s.open.contains(Duty::NewCodes));
        let account = may_generate(state.map(|s| s.account))?;
        // Found out before the slow part; decided under the lock.
        if !free && account.generation.is_on(self.clock.now()).is_some() {
            retry_contention!(self.refuse_early(account.id).await)??;
        }
        let account = account.id;

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

    /// Opens the unit in which codes may be made. A refusal for the wait's sake makes the wait longer.
    async fn open(&self, id: AccountId) -> PortResult<Result<Box<dyn UnitOfWork>, GenerateError>> {
        let mut unit = self.storage.begin_locking(id).await?;
        let found = unit.accounts().get(id).await?;
        let account = match may_generate(found) {
            Ok(account) => account,
            Err(refused) => {
                unit.rollback().await?;
                return Ok(Err(refused));
            }
        };
        // The duty that a recovery left is what new codes settle, and it makes one generation free.
        let free = !unit.recoveries().settle(id, new_codes()).await?.is_empty();
        match self.waiting(&account) {
            Some((wait, refused)) if !free => {
                unit.limits().set_generation_wait(id, wait).await?;
                unit.commit().await?;
                Ok(Err(refused))
            }
            _ => Ok(Ok(unit)),
        }
    }

    /// Whether the wait still refuses, with the lock held; changes nothing if it does not.
    async fn refuse_early(&self, id: AccountId) -> PortResult<Result<(), GenerateError>> {
        match self.open(id).await? {
            Ok(unit) => Ok(Ok(unit.rollback().await?)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// The longer wait and the refusal that goes with it, while a wait is on.
    fn waiting(&self, account: &Account) -> Option<(GenerationWait, GenerateError)> {
        let now = self.clock.now();
        account.generation.is_on(now)?;
        let wait = account.generation.after_refusal(&self.rules, now);
        let until = wait.until?;
        Some((wait, GenerateError::Waiting { until, wait_seconds: seconds_until(now, until) }))
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
        let mut unit = match self.open(id).await? {
            Ok(unit) => unit,
            Err(refused) => return Ok(Err(refused)),
        };
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
        unit.limits().set_generation_wait(id, GenerationWait::after_generation(&self.rules, now)).await?;
        unit.audit().append(entry(AuditKind::Generated, batch.id, issued)).await?;
        unit.commit().await?;
        Ok(Ok((batch, superseded.map(|old| old.batch))))
    }
}

fn new_codes() -> Duties {
    [Duty::NewCodes].into_iter().collect()
}

fn may_generate(account: Option<Account>) -> Result<Account, GenerateError> {
    let account = account.filter(|a| a.role == Role::User).ok_or(GenerateError::UnknownAccount)?;
    match account.suspended {
        Some(reason) => Err(GenerateError::Suspended(reason)),
        None => Ok(account),
    }
}
