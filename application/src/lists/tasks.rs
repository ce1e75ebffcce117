use super::{Owned, Whose, columns};
use crate::ports::{Listed, Rank, TaskView};
use backstop_domain::{BatchId, ScheduleId, TaskKind, TaskState, Timestamp};
use uuid::Uuid;

/// Background work.
#[derive(Clone, Copy, Debug)]
pub struct Tasks;

columns! {
    TaskSort { Created = "created", Due = "due" }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    pub state: Option<TaskState>,
    pub kind: Option<TaskKind>,
    pub whose: Option<Whose>,
    pub batch: Option<BatchId>,
    pub schedule: Option<ScheduleId>,
}

impl Listed for Tasks {
    const NAME: &'static str = "tasks";

    /// The owner is whom the task is about, or else whose batch it is about.
    type Entry = Owned<TaskView>;
    type Filter = TaskFilter;
    type Sort = TaskSort;

    fn id(entry: &Owned<TaskView>) -> Uuid {
        entry.of.id.uuid()
    }

    fn rank(entry: &Owned<TaskView>, sort: TaskSort) -> Rank {
        match sort {
            TaskSort::Created => Rank::Time(entry.of.created_at),
            TaskSort::Due => Rank::Time(entry.of.due_at),
        }
    }

    fn is_for_clients(entry: &Owned<TaskView>) -> bool {
        // A mail about no account is a report to the operator.
        let to_the_operator = entry.of.kind == TaskKind::SendMail && entry.of.concerns.account.is_none();
        entry.is_of_no_staff() && !to_the_operator
    }

    fn fits(entry: &Owned<TaskView>, filter: &TaskFilter, _now: Timestamp) -> bool {
        let task = &entry.of;
        filter.state.is_none_or(|state| task.state == state)
            && filter.kind.is_none_or(|kind| task.kind == kind)
            && filter.whose.as_ref().is_none_or(|whose| match whose {
                Whose::Account(id) => task.concerns.account == Some(*id),
                Whose::Subject(subject) => entry
                    .owner
                    .as_ref()
                    .is_some_and(|owner| task.concerns.account == Some(owner.account) && owner.subject == *subject),
            })
            && filter.batch.is_none_or(|batch| task.concerns.batch == Some(batch))
            && filter.schedule.is_none_or(|schedule| task.concerns.schedule == Some(schedule))
    }
}
