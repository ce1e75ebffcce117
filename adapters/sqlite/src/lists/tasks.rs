use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::task_readers;
use backstop_application::{
    lists::{Owned, TaskFilter, TaskSort, Tasks},
    ports::{PortResult, TaskView},
};
use backstop_domain::Timestamp;
use sqlx::sqlite::SqliteRow;

impl Shown for Tasks {
    const COLUMNS: &'static str = concat!(
        "t.id, t.kind, t.state, t.account_id, t.batch_id, t.schedule_id, t.created_at, t.due_at, t.begun_at, \
         t.ended_at, t.attempt, t.attempts, t.worker, t.summary, t.error, ",
        owner_columns!(),
    );
    const FROM: &'static str = "tasks t LEFT JOIN batches w ON w.id = t.batch_id \
                                LEFT JOIN accounts o ON o.id = coalesce(t.account_id, w.account_id)";
    const ID: &'static str = "t.id";
    const FOR_CLIENTS: &'static str = concat!(
        of_no_staff!("t.account_id"),
        " AND NOT EXISTS (SELECT 1 FROM batches x JOIN accounts s ON s.id = x.account_id \
         WHERE x.id = t.batch_id AND t.account_id IS NULL AND s.role <> 'user') \
         AND NOT (t.kind = 'send_mail' AND t.account_id IS NULL)",
    );

    fn counted_in(_filter: &TaskFilter) -> &'static str {
        "tasks t"
    }

    fn column(sort: TaskSort) -> Option<&'static str> {
        Some(match sort {
            TaskSort::Created => "t.created_at",
            TaskSort::Due => "t.due_at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &TaskFilter, _now: Timestamp) {
        sql.whose("t.account_id", filter.whose.as_ref());
        if let Some(state) = filter.state {
            sql.and_bind("t.state =", state.as_str());
        }
        if let Some(kind) = filter.kind {
            sql.and_bind("t.kind =", kind.as_str());
        }
        if let Some(batch) = filter.batch {
            sql.and_bind("t.batch_id =", batch.uuid());
        }
        if let Some(schedule) = filter.schedule {
            sql.and_bind("t.schedule_id =", schedule.uuid());
        }
    }

    fn entry(row: &SqliteRow) -> PortResult<Owned<TaskView>> {
        owned(row, task_readers::view(row)?)
    }
}
