use super::{
    fence::Fence,
    jobs::{Job as _, LetterJob, SendMail},
    mailed_links::{Linked, MailedLinks},
    outcome::TaskOutcome,
    postman::{Posting, Postman},
    queue::Queue,
};
use crate::{
    Ports, Settings,
    ports::{Held, Leased, PortResult, Posted, Reader, RunReader, RunRecord, Sight, Storage, UnitOfWork},
};
use backstop_domain::{
    DisplayName, EmailAddress, Letter, Locale, RunStatus, TaskId, clean_up::StartedBy, letter::CleanUpReport,
    task::Ending,
};
use std::sync::Arc;

/// Sends a report or a notice.
pub(crate) struct MailSender {
    storage: Arc<dyn Storage>,
    runs: Arc<dyn RunReader>,
    postman: Postman,
    queue: Queue,
    links: MailedLinks,
}

impl MailSender {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            runs: Arc::clone(&ports.runs),
            postman: Postman::new(ports, settings),
            queue: Queue::new(ports, settings),
            links: MailedLinks::new(ports, settings),
        }
    }

    pub(crate) async fn run(&self, leased: &Leased, fence: &Fence) -> PortResult<TaskOutcome> {
        let Some(job) = SendMail::read(&leased.payload) else { return Ok(TaskOutcome::unreadable()) };
        let Ok(to) = EmailAddress::parse(&job.to) else { return Ok(TaskOutcome::unreadable()) };
        let linked = if job.letter == LetterJob::PasswordReset {
            self.links.reset(leased, fence, &to).await?
        } else {
            let Some(letter) = self.letter(job.letter).await? else { return Ok(TaskOutcome::unreadable()) };
            self.links.complete(leased, fence, &to, letter).await?
        };
        let letter = match linked {
            Linked::Letter(letter) => letter,
            Linked::Over => return Ok(TaskOutcome::Done("what it was for is over".to_owned())),
            Linked::Lost => return Ok(TaskOutcome::Lost),
        };
        let reader = Reader {
            locale: job.locale.as_deref().and_then(|locale| Locale::parse(locale).ok()),
            display_name: job.name.as_deref().and_then(|name| DisplayName::parse(name).ok()),
        };
        let posting = self.postman.post(leased, to, &letter, &reader).await?;
        let ending = match &posting.outcome {
            Ok(Posted::Accepted) => Ending::Done(Some("sent".to_owned())),
            Ok(Posted::Refused(why)) => Ending::Failed { error: format!("refused: {why}") },
            Err(fault) => self.queue.after_fault(leased.lease.attempt, leased.attempts, fault.to_string()),
        };
        Ok(match retry_contention!(self.note(leased, fence, &posting, &ending).await)? {
            Held::Yes => TaskOutcome::Ended(ending),
            Held::Lost => TaskOutcome::Lost,
        })
    }

    /// The account comes first, as in every unit that touches what is its.
    async fn note(&self, leased: &Leased, fence: &Fence, posting: &Posting, ending: &Ending) -> PortResult<Held> {
        let mut unit = match leased.concerns.account {
            Some(account) => self.storage.begin_locking(account).await?,
            None => self.storage.begin().await?,
        };
        if fence.end(&mut *unit, ending).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Held::Lost);
        }
        self.postman.log(&mut *unit, leased, posting, ending).await?;
        unit.commit().await?;
        Ok(Held::Yes)
    }

    /// Ends with its task what was not tried in this attempt.
    pub(crate) async fn give_up(&self, unit: &mut dyn UnitOfWork, task: TaskId, why: &str) -> PortResult<()> {
        self.postman.log_given_up(unit, task, why).await
    }

    async fn letter(&self, job: LetterJob) -> PortResult<Option<Letter>> {
        Ok(match job {
            LetterJob::Notice(notice) => notice.notice().map(Letter::Notice),
            LetterJob::PasswordReset => None,
            LetterJob::ClientChanged(change) => change.change().map(Letter::ClientChanged),
            LetterJob::SecondStepOf { person, news } => news.news().map(|news| Letter::SecondStepOf { person, news }),
            LetterJob::Digest(notices) => {
                let all = notices.into_iter().map(|(at, notice)| Some((at, notice.notice()?)));
                all.collect::<Option<Vec<_>>>().map(Letter::Digest)
            }
            LetterJob::Report { run } => {
                let id = backstop_domain::RunId::new(run);
                let most = CleanUpReport::MOST_BATCHES + 1;
                match self.runs.run(id).await? {
                    Some(record) => {
                        let batches =
                            self.runs.batches(id, u32::try_from(most).unwrap_or(u32::MAX), Sight::Everything).await?;
                        let all = self.runs.number_of_batches(id, Sight::Everything).await?;
                        Some(Letter::Report(report(record, batches, all)))
                    }
                    None => None,
                }
            }
        })
    }
}

fn report(record: RunRecord, mut batches: Vec<backstop_domain::letter::BatchLine>, all: u64) -> CleanUpReport {
    batches.truncate(CleanUpReport::MOST_BATCHES);
    let shown = u64::try_from(batches.len()).unwrap_or(u64::MAX);
    CleanUpReport {
        of: record.run.of,
        started_by: match record.run.started_by {
            StartedBy::Schedule { name, .. } => format!("schedule {name}"),
            StartedBy::CommandLine => "command line".to_owned(),
        },
        started_at: record.run.started_at,
        ended_at: record.ended_at.unwrap_or(record.run.started_at),
        older_than: record.run.until,
        removed: record.removed,
        capped: record.status == RunStatus::Capped,
        batches,
        more_batches: all.saturating_sub(shown),
        range: record.range,
    }
}
