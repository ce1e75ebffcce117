use super::{
    answers::{self, Answered, Answers, Begun, Keeping, RepeatError, Repeatable},
    caller::Caller,
    deliveries::Deliveries,
    gate::seconds_until,
    generated::{Generated, Remembered},
    holders::Holders,
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{
        AccountReader, BatchInserted, Clock, CodeGenerator, Hasher, HistoryReader, Ids, MintedToken, NewCode,
        PortError, PortErrorKind, PortResult, Storage, Tagger, UnitOfWork,
    },
};
use backstop_domain::{
    Account, AccountId, AuditKind, Batch, BatchId, CodeId, CodeProfile, Duties, Duty, Expiry, IdempotencyKey, Notice,
    SecretText, Subject, SuspensionReason, Timestamp,
    batch::{BATCH_SIZES, BadExpiry},
    guard::{GenerationWait, GuardRules},
};
use std::sync::Arc;
use thiserror::Error;

/// Makes a set of codes, in place of the account's standing one.
pub struct GenerateBatch {
    holders: Holders,
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    generator: Arc<dyn CodeGenerator>,
    hasher: Arc<dyn Hasher>,
    tagger: Arc<dyn Tagger>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    profile: CodeProfile,
    per_batch: u32,
    rules: GuardRules,
    deliveries: Arc<Deliveries>,
    answers: Answers,
    notices: Notices,
    trail: Trail,
}

#[derive(Clone, Debug)]
pub struct GenerateRequest {
    pub subject: Subject,
    pub count: Option<u32>,
    pub expires_in_days: Option<u16>,
    pub after: After,
    pub caller: Caller,
}

/// What the account's newest set has to be for codes to be made: a form that comes again, or was drawn before another
/// one made codes, makes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum After {
    #[default]
    Whatever,
    NoSet,
    Set(BatchId),
}

impl After {
    fn fits(self, newest: Option<BatchId>) -> bool {
        match self {
            Self::Whatever => true,
            Self::NoSet => newest.is_none(),
            Self::Set(set) => newest == Some(set),
        }
    }
}

/// What was asked for, within its bounds.
#[derive(Clone, Copy)]
struct Asked {
    count: u32,
    expiry: Expiry,
}

/// A set that is made and not stored yet.
struct Draft<'a> {
    id: BatchId,
    account: AccountId,
    /// Whether there is anybody to tell of it.
    is_reachable: bool,
    expiry: Expiry,
    codes: Vec<NewCode>,
    delivery: &'a MintedToken,
    keeping: Option<&'a Keeping<'a>>,
}

#[derive(Debug, Error)]
pub enum GenerateError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("the account is suspended ({0})")]
    Suspended(SuspensionReason),
    /// Another set was made since; nothing was made, and no wait became longer.
    #[error("there is a newer set of codes")]
    Stale,
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
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>, holders: Holders) -> Self {
        Self {
            holders,
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            generator: Arc::clone(&ports.generator),
            hasher: Arc::clone(&ports.hasher),
            tagger: Arc::clone(&ports.tagger),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
            profile: settings.profiles.current().clone(),
            per_batch: settings.per_batch,
            rules: settings.guard,
            deliveries,
            answers: Answers::new(ports),
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &GenerateRequest) -> Result<Generated, GenerateError> {
        let asked = self.read(request)?;
        self.make(request, asked, None).await
    }

    /// As `run`, but once for this key: when the request comes again, it is answered as it was the first time, for as
    /// long as the codes can be delivered, and nothing else happens. What was refused can be tried again.
    pub async fn run_once(
        &self,
        request: &GenerateRequest,
        key: &IdempotencyKey,
    ) -> Result<Answered<Result<Generated, GenerateError>>, RepeatError> {
        let asked = match self.read(request) {
            Ok(asked) => asked,
            Err(refused) => return Ok(Answered::first(Err(refused))),
        };
        let content = SecretText::new(format!("{:?} {:?}", request.count, request.expires_in_days));
        let place = format!("generate\n{}\n{}", request.caller.name(), request.subject);
        match self.answers.begin(&Repeatable { key, place, content }).await? {
            Begun::Again(text) => Ok(Answered::again(Ok(self.remember(text.reveal()).await?))),
            Begun::First(keeping) => {
                let outcome = self.make(request, asked, Some(&keeping)).await;
                if outcome.is_err() {
                    keeping.release().await;
                }
                Ok(Answered::first(outcome))
            }
        }
    }

    fn read(&self, request: &GenerateRequest) -> Result<Asked, GenerateError> {
        let count = request.count.unwrap_or(self.per_batch);
        if !BATCH_SIZES.contains(&count) {
            return Err(GenerateError::Count);
        }
        Ok(Asked { count, expiry: Expiry::after_days(request.expires_in_days)? })
    }

    /// The first answer again. Its codes were kept nowhere but in the vault.
    async fn remember(&self, text: &str) -> Result<Generated, RepeatError> {
        let Remembered { batch, delivery_token } = Remembered::read(text).ok_or(RepeatError::Gone)?;
        let stored = self.history.batch(batch.id).await?;
        let account = self.accounts.by_id(batch.account).await?;
        let is_over = stored.is_none_or(|stored| stored.delivery_is_over());
        if is_over || self.may_generate(account).is_err() {
            return Err(RepeatError::Gone);
        }
        let codes = self.deliveries.open(batch.id, &delivery_token).await?.ok_or(RepeatError::Gone)?;
        Ok(Generated { batch, codes, delivery_token })
    }

    async fn make(
        &self,
        request: &GenerateRequest,
        Asked { count, expiry }: Asked,
        keeping: Option<&Keeping<'_>>,
    ) -> Result<Generated, GenerateError> {
        let state = self.accounts.state(&request.subject).await?;
        let free = state.as_ref().is_some_and(|s| s.open.contains(Duty::NewCodes));
        let account = self.may_generate(state.map(|s| s.account))?;
        // Found out before the slow part; decided under the lock.
        if !free && account.generation.is_on(self.clock.now()).is_some() {
            retry_contention!(self.refuse_early(account.id, request.after).await)??;
        }
        let (account, is_reachable) = (account.id, account.is_reachable());

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
        let draft = Draft { id, account, is_reachable, expiry, codes, delivery: &delivery, keeping };
        let stored = retry_contention!(self.store(request, &draft).await);
        let (batch, superseded) = match stored.map_err(GenerateError::from).flatten() {
            Ok(made) => made,
            Err(refused) => {
                // After a fault the set may have been stored all the same, and whoever asks again needs its copy.
                if !matches!(refused, GenerateError::Fault(_)) {
                    self.deliveries.forget(id).await;
                }
                return Err(refused);
            }
        };
        if let Some(old) = superseded {
            self.deliveries.forget(old).await;
        }
        Ok(Generated { batch, codes: shown, delivery_token: delivery.token })
    }

    fn may_generate(&self, account: Option<Account>) -> Result<Account, GenerateError> {
        let account = account.filter(|a| self.holders.include(a.role)).ok_or(GenerateError::UnknownAccount)?;
        match account.suspended {
            Some(reason) => Err(GenerateError::Suspended(reason)),
            None => Ok(account),
        }
    }

    /// Opens the unit in which codes may be made. A refusal for the wait's sake makes the wait longer.
    async fn open(&self, id: AccountId, after: After) -> PortResult<Result<Box<dyn UnitOfWork>, GenerateError>> {
        let mut unit = self.storage.begin_locking(id).await?;
        let found = unit.accounts().get(id).await?;
        let account = match self.may_generate(found) {
            Ok(account) => account,
            Err(refused) => {
                unit.rollback().await?;
                return Ok(Err(refused));
            }
        };
        if after != After::Whatever {
            let newest = unit.batches().newest(id).await?;
            if !after.fits(newest) {
                unit.rollback().await?;
                return Ok(Err(GenerateError::Stale));
            }
        }
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
    async fn refuse_early(&self, id: AccountId, after: After) -> PortResult<Result<(), GenerateError>> {
        match self.open(id, after).await? {
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
        draft: &Draft<'_>,
    ) -> PortResult<Result<(Batch, Option<BatchId>), GenerateError>> {
        let id = draft.account;
        let mut unit = match self.open(id, request.after).await? {
            Ok(unit) => unit,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.clock.now();
        let issued = u32::try_from(draft.codes.len()).unwrap_or(u32::MAX);
        let mut batch = Batch::new(draft.id, id, self.profile.name().clone(), issued, draft.expiry, now);
        batch.delivery_digest = Some(draft.delivery.digest);
        let entry = |kind, of, count| {
            let mut entry = self.trail.entry(kind, request.caller.actor(), request.caller.origin());
            entry.account = Some(id);
            entry.batch = Some(of);
            entry.count = Some(count);
            entry
        };
        let superseded = unit.batches().supersede(id, now).await?;
        if let Some(old) = superseded {
            self.deliveries.recall_mail(&mut *unit, old.batch).await?;
            unit.audit().append(entry(AuditKind::Superseded, old.batch, old.invalidated)).await?;
        }
        let inserted = unit.batches().insert(&batch, &draft.codes).await?;
        if inserted == BatchInserted::AnotherStands {
            unit.rollback().await?;
            return Err(PortError::new(PortErrorKind::Contention, "another set of codes was made at the same time"));
        }
        unit.limits().set_generation_wait(id, GenerationWait::after_generation(&self.rules, now)).await?;
        unit.audit().append(entry(AuditKind::Generated, batch.id, issued)).await?;
        let made = Notice::CodesMade { count: issued, at: now, expires_at: batch.expires_at };
        if draft.is_reachable {
            self.notices.tell(&mut *unit, id, &made).await?;
        }
        let answer = || Remembered::write(&batch, &draft.delivery.token);
        answers::keep(draft.keeping, &mut *unit, answer).await?;
        unit.commit().await?;
        Ok(Ok((batch, superseded.map(|old| old.batch))))
    }
}

fn new_codes() -> Duties {
    [Duty::NewCodes].into_iter().collect()
}
