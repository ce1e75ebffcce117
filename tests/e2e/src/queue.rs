//! What the queue of background work holds, read past the service, and its time moved on.

use futures_util::TryFutureExt as _;
use sqlx::{Connection as _, PgConnection, SqliteConnection, query, query_as, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use crate::{Kind, Site};

/// A task; times are microseconds since 1970.
#[derive(Clone, Debug)]
pub struct TaskRow {
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    /// How often it was begun.
    pub attempt: i64,
    pub account: Option<Uuid>,
    pub batch: Option<Uuid>,
    pub payload: Option<String>,
    pub sealed: Option<Vec<u8>>,
    pub begun_at: Option<i64>,
    pub due_at: i64,
    /// Of the last attempt that failed.
    pub error: Option<String>,
}

/// A line of the e-mail log.
#[derive(Clone, Debug)]
pub struct MailLogRow {
    pub task: Uuid,
    pub address: String,
    pub subject: String,
    pub status: String,
    pub attempts: i64,
    pub error: Option<String>,
}

type TaskTuple = (
    Uuid,
    String,
    String,
    i64,
    Option<Uuid>,
    Option<Uuid>,
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    i64,
    Option<String>,
);

const SQLITE_TASKS: &str = "SELECT id, kind, state, attempt, account_id, batch_id, payload, sealed, begun_at, due_at, \
                            error FROM tasks ORDER BY created_at, id";
const POSTGRES_TASKS: &str = "SELECT id, kind, state, attempt, account_id, batch_id, payload, sealed, \
                              CAST(extract(epoch FROM begun_at) * 1000000 AS bigint), \
                              CAST(extract(epoch FROM due_at) * 1000000 AS bigint), error \
                              FROM tasks ORDER BY created_at, id";
const MAIL_LOG: &str =
    "SELECT task_id, address, subject, status, attempts, error FROM email_log ORDER BY created_at, task_id";
const MAKE_DUE: &str = "UPDATE tasks SET due_at = created_at WHERE kind = $1 AND state = 'queued'";
const EXPIRE: &str = "UPDATE batches SET expires_at = created_at WHERE id = $1 AND expires_at IS NOT NULL";

/// One statement on a connection of its own, the same with either driver.
macro_rules! on {
    ($site:expr, |$connection:ident, $is_sqlite:ident| $work:expr) => {
        match $site.kind() {
            Kind::Sqlite => {
                let path = $site.database().trim_start_matches("sqlite:");
                let options = SqliteConnectOptions::new().filename(path);
                let mut opened = SqliteConnection::connect_with(&options).await.expect("a connection");
                let ($connection, $is_sqlite) = (&mut opened, true);
                let found = $work.await.expect("an answer");
                opened.close().await.expect("an end");
                found
            }
            Kind::Postgres => {
                let mut opened = PgConnection::connect($site.database()).await.expect("a connection");
                let ($connection, $is_sqlite) = (&mut opened, false);
                let found = $work.await.expect("an answer");
                opened.close().await.expect("an end");
                found
            }
        }
    };
}

impl Site {
    /// Every task that is there, in the order of queueing.
    pub async fn tasks(&self) -> Vec<TaskRow> {
        let rows = on!(self, |connection, is_sqlite| {
            let statement = if is_sqlite { SQLITE_TASKS } else { POSTGRES_TASKS };
            query_as::<_, TaskTuple>(statement).fetch_all(connection)
        });
        rows.into_iter().map(task).collect()
    }

    /// The e-mail log, in the order of queueing; but for what the first administrator is told of the clients that tests
    /// make.
    pub async fn mail_log(&self) -> Vec<MailLogRow> {
        type Line = (Uuid, String, String, String, i64, Option<String>);
        let rows = on!(self, |connection, _is_sqlite| { query_as::<_, Line>(MAIL_LOG).fetch_all(connection) });
        let line = |(task, address, subject, status, attempts, error)| MailLogRow {
            task,
            address,
            subject,
            status,
            attempts,
            error,
        };
        rows.into_iter().map(line).filter(|line| !line.subject.ends_with(" may call the API")).collect()
    }

    /// As if the time had come for what waits of this kind.
    pub async fn make_due(&self, kind: &str) {
        on!(self, |connection, _is_sqlite| query(MAKE_DUE).bind(kind).execute(connection).map_ok(drop));
    }

    /// As if the time of a set that expires was over since it was made.
    pub async fn expire(&self, batch: Uuid) {
        on!(self, |connection, _is_sqlite| query(EXPIRE).bind(batch).execute(connection).map_ok(drop));
    }
}

fn task(row: TaskTuple) -> TaskRow {
    let (id, kind, state, attempt, account, batch, payload, sealed, begun_at, due_at, error) = row;
    TaskRow { id, kind, state, attempt, account, batch, payload, sealed, begun_at, due_at, error }
}
