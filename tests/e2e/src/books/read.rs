use super::{AccountRow, AuditRow, BatchRow, Books, CodeRow, CodeState, RecoveryRow};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query_as, sqlite::SqliteConnectOptions};
use uuid::Uuid;

type BatchTuple = (Uuid, Uuid, i64, i64, i64, i64, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
type AuditTuple = (String, Option<Uuid>, Option<Uuid>, Option<i64>, Option<String>, i64);

/// The same for either driver, in one transaction.
macro_rules! reader {
    ($name:ident, $connection:ty, $begin:literal, $time:literal) => {
        async fn $name(connection: &mut $connection) -> sqlx::Result<Books> {
            let mut unit = connection.begin_with($begin).await?;
            let time = |column: &str| $time.replace("{}", column);
            let accounts = query_as::<_, (Uuid, String)>("SELECT id, subject FROM accounts");
            let accounts = accounts.fetch_all(&mut *unit).await?;
            let batches = |table: &str| {
                format!(
                    "SELECT id, account_id, CAST(issued AS bigint), CAST(used AS bigint), CAST(invalidated AS bigint), \
                     CAST(removed AS bigint), CAST(purged AS bigint), {}, {}, {}, {} FROM {table}",
                    time("superseded_at"),
                    time("invalidated_at"),
                    time("deleted_at"),
                    time("expires_at"),
                )
            };
            let past = query_as::<_, BatchTuple>(AssertSqlSafe(batches("past_batches"))).fetch_all(&mut *unit).await?;
            let batches = query_as::<_, BatchTuple>(AssertSqlSafe(batches("batches"))).fetch_all(&mut *unit).await?;
            let codes =
                format!("SELECT id, batch_id, CAST(status AS bigint), lookup, {} FROM codes", time("status_since"));
            let codes = query_as::<_, (Uuid, Uuid, i64, Vec<u8>, Option<i64>)>(AssertSqlSafe(codes));
            let codes = codes.fetch_all(&mut *unit).await?;
            let audit = format!(
                "SELECT kind, account_id, batch_id, count, reason, {} FROM audit_entries ORDER BY seq",
                time("at")
            );
            let audit = query_as::<_, AuditTuple>(AssertSqlSafe(audit)).fetch_all(&mut *unit).await?;
            let recoveries = format!("SELECT account_id, batch_id, code_id, {} FROM recoveries", time("at"));
            let recoveries = query_as::<_, (Uuid, Uuid, Uuid, i64)>(AssertSqlSafe(recoveries));
            let recoveries = recoveries.fetch_all(&mut *unit).await?;
            unit.rollback().await?;
            Ok(Books {
                accounts: accounts.into_iter().map(|(id, subject)| AccountRow { id, subject }).collect(),
                batches: batches.into_iter().map(batch).collect(),
                past: past.into_iter().map(batch).collect(),
                codes: codes
                    .into_iter()
                    .map(|(id, batch, status, lookup, since)| CodeRow {
                        id,
                        batch,
                        state: state(status),
                        lookup,
                        since,
                    })
                    .collect(),
                audit: audit
                    .into_iter()
                    .map(|(kind, account, batch, count, reason, at)| AuditRow {
                        kind,
                        account,
                        batch,
                        count,
                        reason,
                        at,
                    })
                    .collect(),
                recoveries: recoveries
                    .into_iter()
                    .map(|(account, batch, code, at)| RecoveryRow { account, batch, code, at })
                    .collect(),
            })
        }
    };
}

reader!(
    read_postgres,
    PgConnection,
    "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "CAST(extract(epoch FROM {}) * 1000000 AS bigint)"
);
reader!(read_sqlite, SqliteConnection, "BEGIN", "{}");

fn batch(row: BatchTuple) -> BatchRow {
    let (
        id,
        account,
        issued,
        used,
        invalidated,
        removed,
        purged,
        superseded_at,
        invalidated_at,
        deleted_at,
        expires_at,
    ) = row;
    BatchRow {
        id,
        account,
        issued,
        used,
        invalidated,
        removed,
        purged,
        superseded_at,
        invalidated_at,
        deleted_at,
        expires_at,
    }
}

fn state(status: i64) -> CodeState {
    match status {
        0 => CodeState::Active,
        1 => CodeState::Used,
        2 => CodeState::Invalidated,
        3 => CodeState::Deleted,
        other => panic!("no code has the status {other}"),
    }
}

/// Reads the database at an address as in `database.url`.
pub async fn read(database: &str) -> sqlx::Result<Books> {
    if let Some(path) = database.strip_prefix("sqlite:") {
        let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await?;
        let books = read_sqlite(&mut connection).await?;
        connection.close().await?;
        Ok(books)
    } else {
        let mut connection = PgConnection::connect(database).await?;
        let books = read_postgres(&mut connection).await?;
        connection.close().await?;
        Ok(books)
    }
}
