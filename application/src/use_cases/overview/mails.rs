//! Whether mails go out.

use super::Warning;
use crate::{
    lists::{MailFilter, MailSort, Registers, TaskFilter, TaskSort},
    ports::{Direction, Listed, MailStatus, PortResult, Portion, Register, Sight, TaskView, Which},
    use_cases::Total,
};
use backstop_domain::{TaskKind, TaskState, Timestamp};
use jiff::SignedDuration;

/// Among so many of the newest it is looked for; what is older says nothing about now.
const LOOKED_AT: u32 = 100;
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// When a mail was tried last, and whether it went out.
#[derive(Clone, Copy)]
struct Try {
    at: Timestamp,
    went_out: bool,
}

/// Warns when nothing went out since something failed.
pub(super) async fn warning(
    registers: &Registers,
    in_log: bool,
    sight: Sight,
    now: Timestamp,
) -> PortResult<Option<Warning>> {
    let mut tries =
        if in_log { from_log(registers, sight, now).await? } else { from_tasks(registers, sight, now).await? };
    tries.retain(|one| one.at.duration_until(now) <= LATELY);
    let last_sent = tries.iter().filter(|one| one.went_out).map(|one| one.at).max();
    let failing = tries.iter().filter(|one| !one.went_out && last_sent.is_none_or(|sent| one.at > sent));
    let failing: Vec<Timestamp> = failing.map(|one| one.at).collect();
    let number = u32::try_from(failing.len()).unwrap_or(u32::MAX);
    let mails = if number < LOOKED_AT { Total::Exactly(number) } else { Total::AtLeast(LOOKED_AT) };
    Ok(failing.into_iter().min().map(|since| Warning::MailFailing { mails, since, in_log }))
}

async fn from_log(registers: &Registers, sight: Sight, now: Timestamp) -> PortResult<Vec<Try>> {
    let mails = newest(&*registers.mails, MailFilter::default(), MailSort::Created, sight, now).await?;
    let told = mails.into_iter().map(|mail| mail.of).filter(|mail| mail.attempts > 0);
    Ok(told.map(|mail| Try { at: mail.tried_at, went_out: mail.status == MailStatus::Sent }).collect())
}

async fn from_tasks(registers: &Registers, sight: Sight, now: Timestamp) -> PortResult<Vec<Try>> {
    let mut tries = Vec::new();
    for kind in [TaskKind::SendMail, TaskKind::SendCodes] {
        for state in [TaskState::Queued, TaskState::Failed, TaskState::Done] {
            let filter = TaskFilter { kind: Some(kind), state: Some(state), ..TaskFilter::default() };
            let tasks = newest(&*registers.tasks, filter, TaskSort::Created, sight, now).await?;
            let last_try = |task: TaskView| {
                let went_out = state == TaskState::Done;
                let failed = task.error.is_some() && !went_out;
                let at = task.ended_at.or(task.begun_at)?;
                (went_out || failed).then_some(Try { at, went_out })
            };
            tries.extend(tasks.into_iter().filter_map(|task| last_try(task.of)));
        }
    }
    Ok(tries)
}

pub(super) async fn newest<L: Listed>(
    register: &dyn Register<L>,
    filter: L::Filter,
    sort: L::Sort,
    sight: Sight,
    now: Timestamp,
) -> PortResult<Vec<L::Entry>> {
    let which = Which { filter, sight, now };
    register.portion(&Portion { which, sort, direction: Direction::Descending, after: None, most: LOOKED_AT }).await
}
