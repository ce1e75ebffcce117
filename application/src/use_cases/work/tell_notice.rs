use super::{
    fence::Fence,
    jobs::{Job as _, LetterJob, NoticeJob, TellNotice},
    outcome::TaskOutcome,
    queue::Queue,
};
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, Held, Leased, PortError, PortResult, Reader, Storage, Told, UnitOfWork},
};
use backstop_domain::{Account, AccountId, EmailAddress, NoticeKind, TaskId, Timestamp, task::Ending};
use jiff::SignedDuration;
use std::{collections::BTreeSet, sync::Arc};

/// Tells people what happened, and what happened very often only all at once.
pub(crate) struct NoticeTeller {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    queue: Queue,
    wanted: BTreeSet<NoticeKind>,
}

/// So many notices an account gets in a while; what is beyond them waits for the digest.
const MOST: u32 = 10;
const WHILE: SignedDuration = SignedDuration::from_hours(1);

impl NoticeTeller {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            clock: Arc::clone(&ports.clock),
            queue: Queue::new(ports, settings),
            wanted: settings.mail.notices.clone(),
        }
    }

    pub(crate) async fn run(&self, leased: &Leased, fence: &Fence) -> PortResult<TaskOutcome> {
        let Some(job) = TellNotice::read(&leased.payload) else { return Ok(TaskOutcome::unreadable()) };
        let Some(account) = self.accounts.by_id(AccountId::new(job.account)).await? else {
            return Ok(TaskOutcome::Done("the account is gone".to_owned()));
        };
        retry_contention!(self.tell(leased, fence, &job, &account).await)
    }

    async fn tell(
        &self,
        leased: &Leased,
        fence: &Fence,
        job: &TellNotice,
        account: &Account,
    ) -> PortResult<TaskOutcome> {
        let mut unit = self.storage.begin_locking(account.id).await?;
        let now = self.clock.now();
        let since = now.saturating_sub(WHILE).unwrap_or(Timestamp::MIN);
        let (lately, _) = unit.notices().told_since(account.id, since).await?;
        let carries_link = job.notice.clone().notice().is_some_and(|notice| notice.carries_link());
        let holds = lately >= MOST && !carries_link;
        let held = if holds { Some(kept(job)?) } else { None };
        let task = job.once.map_or(leased.lease.task, TaskId::new);
        let is_new = unit.notices().note(&Told { task, account: account.id, at: now, held }).await?;
        let summary = match (is_new, holds) {
            (false, _) => "told before".to_owned(),
            (true, true) => {
                // From now on, so that what a digest told counts as told: another flood is another digest an hour.
                let due = now.saturating_add(WHILE).unwrap_or(Timestamp::MAX);
                unit.tasks().push(self.queue.tell_held(account.id, due)?).await?;
                "held back for the digest".to_owned()
            }
            (true, false) => {
                let to = if self.is_wanted(job) { account.clone() } else { confirmed_only(account) };
                self.write_to(&mut *unit, &to, &LetterJob::Notice(job.notice.clone())).await?
            }
        };
        end(fence, unit, summary).await
    }

    fn is_wanted(&self, job: &TellNotice) -> bool {
        job.notice.clone().notice().is_none_or(|notice| self.wanted.contains(&notice.kind()))
    }

    /// The digest.
    pub(crate) async fn tell_held(&self, leased: &Leased, fence: &Fence) -> PortResult<TaskOutcome> {
        let Some(account) = leased.concerns.account else { return Ok(TaskOutcome::unreadable()) };
        let Some(account) = self.accounts.by_id(account).await? else {
            return Ok(TaskOutcome::Done("the account is gone".to_owned()));
        };
        retry_contention!(self.try_to_tell_held(fence, &account).await)
    }

    async fn try_to_tell_held(&self, fence: &Fence, account: &Account) -> PortResult<TaskOutcome> {
        let mut unit = self.storage.begin_locking(account.id).await?;
        let held = unit.notices().take_held(account.id).await?;
        let notices: Vec<(Timestamp, NoticeJob)> =
            held.iter().filter_map(|told| serde_json::from_str(told.held.as_deref()?).ok()).collect();
        let summary = if notices.is_empty() {
            "nothing is held back".to_owned()
        } else {
            self.write_to(&mut *unit, account, &LetterJob::Digest(notices)).await?
        };
        end(fence, unit, summary).await
    }

    /// A mail of its own to each address, so that none learns of another.
    async fn write_to(&self, unit: &mut dyn UnitOfWork, account: &Account, letter: &LetterJob) -> PortResult<String> {
        let reader = Reader { locale: account.locale.clone(), display_name: account.display_name.clone() };
        let mut addresses: Vec<&EmailAddress> = account.email.iter().chain(&account.notify_emails).collect();
        let mut seen = Vec::new();
        addresses.retain(|address| {
            let is_new = !seen.contains(&address.key());
            seen.push(address.key());
            is_new
        });
        for address in &addresses {
            unit.tasks().push(self.queue.send_mail(address, &reader, letter.clone(), Some(account.id))?).await?;
        }
        Ok(match addresses.len() {
            0 => "there is no address to write to".to_owned(),
            1 => "one mail".to_owned(),
            many => format!("{many} mails"),
        })
    }
}

/// The account with nobody to write to but its owner at an address that is known to be theirs.
fn confirmed_only(account: &Account) -> Account {
    let email = account.email.clone().filter(|_| account.email_confirmed);
    Account { email, notify_emails: Vec::new(), ..account.clone() }
}

async fn end(fence: &Fence, mut unit: Box<dyn UnitOfWork>, summary: String) -> PortResult<TaskOutcome> {
    let ending = Ending::Done(Some(summary));
    if fence.end(&mut *unit, &ending).await? == Held::Lost {
        unit.rollback().await?;
        return Ok(TaskOutcome::Lost);
    }
    unit.commit().await?;
    Ok(TaskOutcome::Ended(ending))
}

fn kept(job: &TellNotice) -> PortResult<String> {
    serde_json::to_string(&(job.at, &job.notice)).map_err(|_| PortError::corrupt("a notice that can't be written down"))
}
