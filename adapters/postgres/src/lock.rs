//! The lock on an account's row, prepared on each connection.
//!
//! It has to share a message with `BEGIN`, to cost no round trip of its own, and only statements without parameters can.
//! Written out it would be planned each time; as a prepared statement of the session it is planned once.

use crate::error::has_code;
use backstop_domain::AccountId;
use sqlx::{Error, PgConnection, raw_sql};

const UNDEFINED_TABLE: &str = "42P01";
const UNKNOWN_STATEMENT: &str = "26000";

/// A row that stands in for an account that does not exist: the same one for the same id, so that tries for it wait for
/// each other, and another one for most others, so that strangers don't.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decoy(pub(crate) i16);

impl Decoy {
    pub(crate) fn of(account: AccountId) -> Self {
        let [.., last] = account.uuid().into_bytes();
        Self(last.into())
    }
}

/// What begins a unit that holds the lock. An id is nothing but hex and dashes.
pub(crate) fn begin(account: AccountId) -> String {
    let Decoy(decoy) = Decoy::of(account);
    format!("BEGIN; EXECUTE backstop_lock('{}', {decoy})", account.uuid())
}

pub(crate) async fn prepare(connection: &mut PgConnection) -> Result<(), Error> {
    const SQL: &str = "PREPARE backstop_lock (uuid, smallint) AS \
                       WITH found AS (SELECT id FROM accounts WHERE id = $1 FOR UPDATE) \
                       SELECT 1 FROM decoys WHERE number = $2 AND NOT EXISTS (SELECT FROM found) FOR UPDATE";
    raw_sql(SQL).execute(connection).await.map(drop)
}

/// Prepares it on a new connection, unless the database was not migrated yet: then the first unit does.
pub(crate) async fn prepare_if_possible(connection: &mut PgConnection) -> Result<(), Error> {
    match prepare(connection).await {
        Err(error) if has_code(&error, UNDEFINED_TABLE) => Ok(()),
        done => done,
    }
}

/// Whether the connection does not know the prepared statement.
pub(crate) fn is_unknown(error: &Error) -> bool {
    has_code(error, UNKNOWN_STATEMENT)
}
