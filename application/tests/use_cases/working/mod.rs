//! Background work: tasks, schedules, clean-ups and mail.

mod cleaning;
mod mailing;
mod scheduling;
mod telling;

use crate::support::{World, generation};
use backstop_application::{
    ports::{Concerns, Leased, MailLogReader as _, NewTask, Payload, TaskReader as _, TaskView},
    use_cases::{Generated, TaskOutcome},
};
use backstop_domain::{
    EmailAddress, TaskId, TaskKind, TaskState, WorkerId,
    task::{Ending, Priority},
};
use uuid::Uuid;

pub fn worker(number: u128) -> WorkerId {
    WorkerId::new(Uuid::from_u128(number))
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

impl World {
    /// Does what is due now, and what comes of it, to the end.
    pub async fn work(&self) -> Vec<(TaskKind, TaskOutcome)> {
        let mut all = Vec::new();
        loop {
            let leased = self.use_cases.do_tasks.claim(worker(1), 10).await.unwrap();
            if leased.is_empty() {
                return all;
            }
            for task in leased {
                all.push((task.kind, self.use_cases.do_tasks.run(&task).await.unwrap()));
            }
        }
    }

    pub async fn claim_one(&self) -> Leased {
        self.use_cases.do_tasks.claim(worker(1), 1).await.unwrap().remove(0)
    }

    pub async fn tasks_in(&self, state: TaskState) -> Vec<TaskView> {
        self.store.tasks(state, 1_000).await.unwrap()
    }

    /// Ann, who has an address, and a set of codes.
    pub async fn ann_by_mail(&self) -> Generated {
        let request = crate::support::with_email("ann", address("ann@example.com"));
        self.use_cases.register_account.run(&request, &crate::support::caller()).await.unwrap();
        self.use_cases.generate_batch.run(&generation("ann")).await.unwrap()
    }

    /// A task that needs nothing.
    pub fn some_task(&self) -> NewTask {
        NewTask {
            id: TaskId::new(self.ports.ids.next()),
            kind: TaskKind::ClearAway,
            payload: Payload { version: 1, text: "{}".to_owned() },
            sealed: None,
            unique: None,
            priority: Priority::USUAL,
            concerns: Concerns::default(),
            created_at: self.now(),
            due_at: self.now(),
            attempts: 10,
        }
    }

    /// How many tasks have something sealed.
    pub fn sealed_in_tasks(&self) -> usize {
        self.store.sealed_in_tasks()
    }

    pub async fn mail_log(&self) -> Vec<backstop_application::ports::MailRecord> {
        self.store.mails(1_000).await.unwrap()
    }
}

pub fn is_done(outcome: &TaskOutcome) -> bool {
    matches!(outcome, TaskOutcome::Ended(Ending::Done(_)) | TaskOutcome::Ran { .. })
}
