use crate::{
    rows::{self, Statement, cell, status_number},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    CodeChange, CodeStore, Consumed, Consumption, PortError, PortErrorKind, PortResult, Revocation,
};
use backstop_domain::{
    AccountId, CodeId, CodeStatus, StoredCode, Timestamp,
    code::{CodeAct, is_over},
};
use sqlx::{query, sqlite::SqliteRow};
use uuid::Uuid;

pub(crate) struct SqliteCodeStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

fn consumption(wanted: &Consumption) -> Statement {
    query(concat!(
        "UPDATE codes SET status = 1, status_since = ?3 WHERE id = ?2 AND status = 0 AND batch_id IN \
         (SELECT batches.id FROM batches JOIN accounts a ON a.id = batches.account_id \
         WHERE batches.account_id = ?1 AND a.suspended IS NULL AND ",
        stands!(),
        " AND (batches.expires_at IS NULL OR batches.expires_at > ?3)) RETURNING batch_id",
    ))
    .bind(wanted.account.uuid())
    .bind(wanted.code.uuid())
    .bind(SqliteTime(wanted.at))
}

/// Why a code was not won.
fn loss(row: &SqliteRow, at: Timestamp) -> PortResult<Consumed> {
    let Some(status) = cell::<Option<i64>>(row, "c_status")? else { return Ok(Consumed::Missing) };
    if cell(row, "suspended")? {
        return Ok(Consumed::Suspended);
    }
    match rows::status(status)? {
        CodeStatus::Used => Ok(Consumed::AlreadyUsed),
        CodeStatus::Invalidated | CodeStatus::Deleted => Ok(Consumed::Inactive),
        CodeStatus::Active if is_over(rows::some_instant(row, "b_expires_at")?, at) => Ok(Consumed::Expired),
        CodeStatus::Active if !cell(row, "stands")? => Ok(Consumed::Inactive),
        CodeStatus::Active => Err(PortError::new(PortErrorKind::Contention, "the code changed meanwhile")),
    }
}

/// Moves a code from one status to another; answers with its batch if it did.
fn revocation(account: AccountId, code: CodeId, from: CodeStatus, to: CodeStatus, at: Timestamp) -> Statement {
    query(
        "UPDATE codes SET status = ?4, status_since = ?5 \
         WHERE id = ?2 AND status = ?3 AND batch_id IN (SELECT b.id FROM batches b WHERE b.account_id = ?1) \
         RETURNING batch_id",
    )
    .bind(account.uuid())
    .bind(code.uuid())
    .bind(status_number(from))
    .bind(status_number(to))
    .bind(SqliteTime(at))
}

/// Moves the numbers of a batch as one of its codes moved.
fn count(batch: Uuid, from: CodeStatus, to: CodeStatus, at: Timestamp) -> Statement {
    let change = |status| i64::from(to == status) - i64::from(from == status);
    query(concat!(
        "UPDATE batches SET used = used + ?2, invalidated = invalidated + ?3, removed = removed + ?4, \
         modified_at = ?5 WHERE batches.id = ?1 RETURNING ",
        batch_columns!(),
    ))
    .bind(batch)
    .bind(change(CodeStatus::Used))
    .bind(change(CodeStatus::Invalidated))
    .bind(change(CodeStatus::Deleted))
    .bind(SqliteTime(at))
}

#[async_trait]
impl CodeStore for SqliteCodeStore<'_> {
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>> {
        let statement = query(
            "SELECT c.id AS c_id, c.status AS c_status, c.verifier AS c_verifier, batches.id AS b_id, \
             batches.account_id AS b_account_id, batches.profile AS b_profile, batches.expires_at AS b_expires_at \
             FROM codes c JOIN batches ON batches.id = c.batch_id WHERE c.id = ?2 AND batches.account_id = ?1",
        );
        let found = self.unit.optional(statement.bind(account.uuid()).bind(code.uuid())).await?;
        found.as_ref().map(rows::stored_code).transpose()
    }

    async fn consume(&mut self, wanted: &Consumption) -> PortResult<Consumed> {
        if let Some(row) = self.unit.optional(consumption(wanted)).await? {
            let counted = count(cell(&row, "batch_id")?, CodeStatus::Active, CodeStatus::Used, wanted.at);
            let batch = rows::batch(&self.unit.one(counted).await?)?;
            return Ok(Consumed::Won { batch: batch.id, remaining: batch.counters.live() });
        }
        let why = query(concat!(
            "SELECT a.suspended IS NOT NULL AS suspended, c.status AS c_status, batches.expires_at AS b_expires_at, ",
            stands!(),
            " AS stands FROM codes c JOIN batches ON batches.id = c.batch_id \
             JOIN accounts a ON a.id = batches.account_id \
             WHERE c.id = ?1 AND a.id = ?2",
        ))
        .bind(wanted.code.uuid())
        .bind(wanted.account.uuid());
        self.unit.optional(why).await?.map_or(Ok(Consumed::Missing), |row| loss(&row, wanted.at))
    }

    async fn revoke(
        &mut self,
        account: AccountId,
        code: CodeId,
        how: Revocation,
        at: Timestamp,
    ) -> PortResult<CodeChange> {
        let act = match how {
            Revocation::Invalidate => CodeAct::Invalidate,
            Revocation::Delete => CodeAct::Delete,
        };
        for (from, to) in CodeStatus::ALL.iter().filter_map(|from| Some((*from, from.after(act)?))) {
            if let Some(row) = self.unit.optional(revocation(account, code, from, to, at)).await? {
                let batch = self.unit.one(count(cell(&row, "batch_id")?, from, to, at)).await?;
                return Ok(CodeChange::Changed { status: to, batch: rows::batch(&batch)? });
            }
        }
        let as_it_is = query(concat!(
            "SELECT c.status AS c_status, ",
            batch_columns!(),
            " FROM codes c JOIN batches ON batches.id = c.batch_id WHERE c.id = ?1 AND batches.account_id = ?2",
        ))
        .bind(code.uuid())
        .bind(account.uuid());
        let Some(row) = self.unit.optional(as_it_is).await? else { return Ok(CodeChange::Missing) };
        Ok(CodeChange::Already { status: rows::status(cell(&row, "c_status")?)?, batch: rows::batch(&row)? })
    }
}
