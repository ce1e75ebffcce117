use super::{
    fence::Fence,
    jobs::{Job as _, SendCodes},
    outcome::TaskOutcome,
    postman::{Posting, Postman},
    queue::{CODES_WAIT_FOR, Queue},
};
use crate::{
    Ports, Settings,
    ports::{
        AccountReader, Clock, CodeWrapper, Held, HistoryReader, Leased, PortResult, Posted, Reader, Storage, Vault,
    },
    use_cases::{deliveries::Deliveries, trail::Trail},
};
use backstop_domain::{Account, Actor, AuditKind, Batch, EmailAddress, Letter, Origin, Role, Timestamp, task::Ending};
use std::sync::Arc;

/// Sends a set of codes to its owner, unless it must not be any more.
pub(crate) struct CodesSender {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    vault: Arc<dyn Vault>,
    wrapper: Arc<dyn CodeWrapper>,
    clock: Arc<dyn Clock>,
    postman: Postman,
    queue: Queue,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

impl CodesSender {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            vault: Arc::clone(&ports.vault),
            wrapper: Arc::clone(&ports.wrapper),
            clock: Arc::clone(&ports.clock),
            postman: Postman::new(ports, settings),
            queue: Queue::new(ports, settings),
            deliveries,
            trail: Trail::new(ports),
        }
    }

    pub(crate) async fn run(&self, leased: &Leased, fence: &Fence) -> PortResult<TaskOutcome> {
        let Some(job) = SendCodes::read(&leased.payload) else { return Ok(TaskOutcome::unreadable()) };
        let (letter, account) = match self.letter(leased, &job).await? {
            Ok(ready) => ready,
            Err(why) => return self.give_up(leased, fence, &job, why.to_owned(), None).await,
        };
        let Ok(to) = EmailAddress::parse(&job.to) else { return Ok(TaskOutcome::unreadable()) };
        let reader = Reader { locale: account.locale.clone(), display_name: account.display_name.clone() };
        let posting = self.postman.post(leased, to, &letter, &reader).await?;
        let ending = match &posting.outcome {
            Ok(Posted::Accepted) => Ending::Done(Some("sent".to_owned())),
            Ok(Posted::Refused(why)) => Ending::Failed { error: format!("refused: {why}") },
            Err(fault) => {
                in_time(leased, self.queue.after_fault(leased.lease.attempt, leased.attempts, fault.to_string()))
            }
        };
        if let Ending::Failed { error } = ending {
            return self.give_up(leased, fence, &job, error, Some(&posting)).await;
        }
        match retry_contention!(self.note(leased, fence, &job, &posting, &ending).await)? {
            Held::Lost => return Ok(TaskOutcome::Lost),
            Held::Yes if matches!(ending, Ending::Done(_)) => self.forget_if_delivered(&job).await,
            Held::Yes => {}
        }
        Ok(TaskOutcome::Ended(ending))
    }

    /// The account comes first, as in every unit that touches what is its.
    async fn note(
        &self,
        leased: &Leased,
        fence: &Fence,
        job: &SendCodes,
        posting: &Posting,
        ending: &Ending,
    ) -> PortResult<Held> {
        let mut unit = self.storage.begin_locking(job.account()).await?;
        if fence.end(&mut *unit, ending).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Held::Lost);
        }
        self.postman.log(&mut *unit, leased, posting, ending).await?;
        unit.commit().await?;
        Ok(Held::Yes)
    }

    /// The letter, or why it must not be sent.
    async fn letter(&self, leased: &Leased, job: &SendCodes) -> PortResult<Result<(Letter, Account), &'static str>> {
        if self.clock.now() >= waits_until(leased) {
            return Ok(Err("it waited for too long"));
        }
        let account = self.accounts.by_id(job.account()).await?.filter(|account| account.role == Role::User);
        let batch = self.history.batch(job.batch()).await?;
        let (Some(account), Some(batch)) = (account, batch) else { return Ok(Err("the set of codes is gone")) };
        if !may_be_sent(&account, &batch, job) {
            return Ok(Err("the set of codes was replaced, revoked or suspended"));
        }
        if account.email.as_ref().is_none_or(|email| email.as_str() != job.to) {
            return Ok(Err("the owner has another address now"));
        }
        let codes = match &leased.sealed {
            Some(sealed) => self.wrapper.unwrap(batch.id, sealed)?,
            None => None,
        };
        let Some(codes) = codes else { return Ok(Err("nothing is there to be sent any more")) };
        let letter = Letter::Codes { batch: batch.id, made_at: batch.created_at, expires_at: batch.expires_at, codes };
        Ok(Ok((letter, account)))
    }

    /// Nothing was sent and nothing will be: the mark goes back, so that the owner can ask once more.
    pub(crate) async fn give_up(
        &self,
        leased: &Leased,
        fence: &Fence,
        job: &SendCodes,
        why: String,
        posting: Option<&Posting>,
    ) -> PortResult<TaskOutcome> {
        let held = self.vault.get(job.batch(), self.clock.now()).await;
        let ending = Ending::Failed { error: why };
        let batch = self.history.batch(job.batch()).await?;
        let is_over = batch.is_none_or(|batch| batch.delivery_ended_at.is_some() || !batch.stands());
        let gone = is_over || matches!(held, Ok(None));
        match retry_contention!(self.try_to_give_up(leased, fence, job, &ending, posting, gone).await)? {
            Held::Yes => Ok(TaskOutcome::Ended(ending)),
            Held::Lost => Ok(TaskOutcome::Lost),
        }
    }

    async fn try_to_give_up(
        &self,
        leased: &Leased,
        fence: &Fence,
        job: &SendCodes,
        ending: &Ending,
        posting: Option<&Posting>,
        gone: bool,
    ) -> PortResult<Held> {
        let mut unit = self.storage.begin_locking(job.account()).await?;
        if fence.end(&mut *unit, ending).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Held::Lost);
        }
        if unit.batches().release_email(job.account(), job.batch(), job.marked_at, self.clock.now()).await? {
            let mut entry = self.trail.entry(AuditKind::EmailFailed, Actor::Service, Origin::default());
            entry.account = Some(job.account());
            entry.batch = Some(job.batch());
            entry.reason = Some(if gone { "new codes are needed" } else { "it can be asked for again" }.into());
            unit.audit().append(entry).await?;
        }
        match (posting, ending) {
            (Some(posting), _) => self.postman.log(&mut *unit, leased, posting, ending).await?,
            (None, Ending::Failed { error }) => {
                self.postman.log_given_up(&mut *unit, leased.lease.task, error).await?;
            }
            (None, _) => {}
        }
        unit.commit().await?;
        Ok(Held::Yes)
    }

    /// The copy goes as soon as nothing is left to deliver.
    async fn forget_if_delivered(&self, job: &SendCodes) {
        if let Ok(Some(batch)) = self.history.batch(job.batch()).await
            && batch.downloaded_at.is_some()
        {
            self.deliveries.forget(batch.id).await;
        }
    }
}

fn may_be_sent(account: &Account, batch: &Batch, job: &SendCodes) -> bool {
    batch.account == account.id
        && account.suspended.is_none()
        && batch.stands()
        && batch.emailed_at == Some(job.marked_at)
}

fn waits_until(leased: &Leased) -> Timestamp {
    leased.created_at.saturating_add(CODES_WAIT_FOR).unwrap_or(Timestamp::MAX)
}

/// The next attempt is in time, or is the moment when it is given up.
pub(crate) fn in_time(leased: &Leased, ending: Ending) -> Ending {
    match ending {
        Ending::Again { at, error } => Ending::Again { at: at.min(waits_until(leased)), error },
        other => other,
    }
}
