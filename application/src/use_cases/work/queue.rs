use super::jobs::{CleanUpJob, Job, LetterJob, NoticeJob, Plain, ScheduleJob, SendCodes, SendMail, TellNotice};
use crate::{
    Ports, Settings,
    ports::{Clock, Concerns, Ids, NewTask, Payload, PortResult, Reader},
    settings::WorkSettings,
};
use backstop_domain::{
    AccountId, CleanUp, EmailAddress, Notice, ReportWhen, RunId, Schedule, ScheduleId, Sealed, TaskId, TaskKind,
    Timestamp,
    schedule::Occurrence,
    task::{Backoff, Ending, Priority},
};
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

/// Makes tasks, and says when they come again.
pub(crate) struct Queue {
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    settings: WorkSettings,
}

/// Codes wait no longer than that to be sent.
pub(crate) const CODES_WAIT_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Queue {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { ids: Arc::clone(&ports.ids), clock: Arc::clone(&ports.clock), settings: settings.work }
    }

    fn task(&self, kind: TaskKind, payload: Payload) -> NewTask {
        let now = self.clock.now();
        NewTask {
            id: TaskId::new(self.ids.next()),
            kind,
            payload,
            sealed: None,
            unique: None,
            priority: Priority::USUAL,
            concerns: Concerns::default(),
            created_at: now,
            due_at: now,
            attempts: self.settings.attempts,
        }
    }

    /// One at a time for a set.
    pub(crate) fn send_codes(&self, job: &SendCodes, sealed: Sealed) -> PortResult<NewTask> {
        let task = self.task(TaskKind::SendCodes, job.written()?);
        Ok(NewTask {
            sealed: Some(sealed),
            unique: Some(format!("codes:{}", job.batch)),
            priority: Priority::SOON,
            concerns: Concerns { account: Some(job.account()), batch: Some(job.batch()), schedule: None },
            ..task
        })
    }

    pub(crate) fn send_mail(
        &self,
        to: &EmailAddress,
        reader: &Reader,
        letter: LetterJob,
        account: Option<AccountId>,
    ) -> PortResult<NewTask> {
        let job = SendMail {
            to: to.as_str().to_owned(),
            locale: reader.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            name: reader.display_name.as_ref().map(|name| name.as_str().to_owned()),
            letter,
        };
        let task = self.task(TaskKind::SendMail, job.written()?);
        Ok(NewTask { concerns: Concerns { account, ..Concerns::default() }, ..task })
    }

    /// One mail with a link by which the account's password is reset.
    pub(crate) fn send_reset(&self, to: &EmailAddress, reader: &Reader, account: AccountId) -> PortResult<NewTask> {
        let task = self.send_mail(to, reader, LetterJob::PasswordReset, Some(account))?;
        Ok(NewTask { priority: Priority::SOON, ..task })
    }

    /// `once` names what is told once only.
    pub(crate) fn tell(&self, account: AccountId, notice: &Notice, once: Option<Uuid>) -> PortResult<NewTask> {
        let job = TellNotice { account: account.uuid(), once, at: self.clock.now(), notice: NoticeJob::from(notice) };
        let task = self.task(TaskKind::TellNotice, job.written()?);
        Ok(NewTask { concerns: Concerns { account: Some(account), ..Concerns::default() }, ..task })
    }

    /// The digest of what is held back for an account.
    pub(crate) fn tell_held(&self, account: AccountId, due_at: Timestamp) -> PortResult<NewTask> {
        let task = self.task(TaskKind::TellHeld, Plain {}.written()?);
        Ok(NewTask {
            unique: Some(format!("held:{account}")),
            concerns: Concerns { account: Some(account), ..Concerns::default() },
            due_at,
            ..task
        })
    }

    /// A run that a schedule is due for. Its task, and so its run, has the occurrence's name: a second one of it is
    /// forgotten while the first is not done, and finds it has run afterwards.
    pub(crate) fn scheduled_run(&self, schedule: &Schedule, occurrence: Occurrence) -> PortResult<NewTask> {
        let job = CleanUpJob {
            run: run_of(occurrence).uuid(),
            of: schedule.of.as_str().to_owned(),
            schedule: Some(ScheduleJob {
                id: schedule.id.uuid(),
                name: schedule.name.as_str().to_owned(),
                saved_by: schedule.saved_by.clone(),
            }),
            retention_days: schedule.retention_days,
            delete_empty: schedule.delete_empty,
            log_run: schedule.log_run,
            report: schedule.report.as_str().to_owned(),
        };
        self.clean_up(&job, Some(schedule.id), Some(occurrence.to_string()))
    }

    fn clean_up(&self, job: &CleanUpJob, schedule: Option<ScheduleId>, unique: Option<String>) -> PortResult<NewTask> {
        let task = self.task(TaskKind::CleanUp, job.written()?);
        let concerns = Concerns { schedule, ..Concerns::default() };
        Ok(NewTask { unique, concerns, ..task })
    }

    /// What comes round by itself: one of each, and when one is done, the next.
    pub(crate) fn recurring(&self, kind: TaskKind, due_at: Timestamp) -> PortResult<NewTask> {
        let task = self.task(kind, Plain {}.written()?);
        Ok(NewTask { unique: Some(kind.as_str().to_owned()), due_at, ..task })
    }

    /// After a fault: again later, or given up after the last attempt.
    pub(crate) fn after_fault(&self, attempt: u32, attempts: u32, error: String) -> Ending {
        if attempt >= attempts {
            return Ending::Failed { error };
        }
        let [.., spread] = self.ids.next().into_bytes();
        Ending::Again { at: Backoff::USUAL.next(self.clock.now(), attempt, spread), error }
    }

    /// A run that somebody started and does themselves.
    pub(crate) fn run_by_hand(&self, job: &CleanUpJob) -> PortResult<NewTask> {
        self.clean_up(job, None, None)
    }

    pub(crate) fn new_run(
        &self,
        of: CleanUp,
        retention_days: u32,
        delete_empty: bool,
        report: ReportWhen,
    ) -> CleanUpJob {
        CleanUpJob {
            run: self.ids.next(),
            of: of.as_str().to_owned(),
            schedule: None,
            retention_days,
            delete_empty,
            log_run: false,
            report: report.as_str().to_owned(),
        }
    }
}

/// The run of an occurrence: the same for every replica, and another one for every other.
fn run_of(occurrence: Occurrence) -> RunId {
    let schedule = occurrence.schedule.uuid().as_u128();
    let at = occurrence.at.as_microsecond().cast_unsigned();
    // Spread over the whole id, so that neighbouring times are no neighbouring ids of another schedule.
    let mixed = u128::from(at).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    RunId::new(uuid::Builder::from_u128(schedule ^ mixed).with_version(uuid::Version::Custom).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_occurrence_has_a_run_of_its_own() {
        let occurrence = |schedule, second| Occurrence {
            schedule: ScheduleId::new(Uuid::from_u128(schedule)),
            at: Timestamp::from_second(second).unwrap(),
        };
        let all = (0..50).flat_map(|schedule| (0..50).map(move |hour| run_of(occurrence(schedule, hour * 3600))));
        let mut ids: Vec<Uuid> = all.map(RunId::uuid).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2500);
        assert_eq!(run_of(occurrence(1, 7)), run_of(occurrence(1, 7)));
    }
}
