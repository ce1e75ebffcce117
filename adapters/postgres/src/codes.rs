use crate::{
    rows::{self, Statement, cell, status_number},
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    CodeChange, CodeStore, Consumed, Consumption, PortError, PortErrorKind, PortResult, Revocation,
};
use backstop_domain::{
    AccountId, BatchId, CodeId, CodeStatus, StoredCode, Timestamp,
    code::{CodeAct, is_over},
};
use sqlx::{postgres::PgRow, query};

pub(crate) struct PgCodeStore<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

fn consumption(wanted: &Consumption) -> Statement {
    query(concat!(
        "WITH used AS (UPDATE codes c SET status = 1, status_since = $3 \
         FROM batches b JOIN accounts a ON a.id = b.account_id \
         WHERE c.id = $2 AND c.status = 0 AND b.id = c.batch_id AND b.account_id = $1 AND a.suspended IS NULL AND ",
        stands!(),
        " AND (b.expires_at IS NULL OR b.expires_at > $3) RETURNING c.batch_id) \
         UPDATE batches b SET used = b.used + 1, modified_at = $3 FROM used WHERE b.id = used.batch_id \
         RETURNING b.id AS b_id, b.issued - b.used - b.invalidated - b.removed AS remaining",
    ))
    .bind(wanted.account.uuid())
    .bind(wanted.code.uuid())
    .bind(PgTime(wanted.at))
}

/// Why a code was not won.
fn loss(row: &PgRow, at: Timestamp) -> PortResult<Consumed> {
    let Some(status) = cell::<Option<i16>>(row, "c_status")? else { return Ok(Consumed::Missing) };
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

/// Moves a code from one status to another, its batch's numbers with it; answers with the batch if it did.
fn revocation(account: AccountId, code: CodeId, from: CodeStatus, to: CodeStatus, at: Timestamp) -> Statement {
    let invalidated = i32::from(to == CodeStatus::Invalidated) - i32::from(from == CodeStatus::Invalidated);
    let removed = i32::from(to == CodeStatus::Deleted);
    query(concat!(
        "WITH moved AS (UPDATE codes c SET status = $4, status_since = $5 \
         FROM batches b WHERE c.id = $2 AND c.status = $3 AND b.id = c.batch_id AND b.account_id = $1 \
         RETURNING c.batch_id) \
         UPDATE batches b SET invalidated = b.invalidated + $6, removed = b.removed + $7, modified_at = $5 \
         FROM moved WHERE b.id = moved.batch_id RETURNING ",
        batch_columns!(),
    ))
    .bind(account.uuid())
    .bind(code.uuid())
    .bind(status_number(from))
    .bind(status_number(to))
    .bind(PgTime(at))
    .bind(invalidated)
    .bind(removed)
}

#[async_trait]
impl CodeStore for PgCodeStore<'_> {
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>> {
        let statement = query(
            "SELECT c.id AS c_id, c.status AS c_status, c.verifier AS c_verifier, b.id AS b_id, \
             b.account_id AS b_account_id, b.profile AS b_profile, b.expires_at AS b_expires_at \
             FROM codes c JOIN batches b ON b.id = c.batch_id WHERE c.id = $2 AND b.account_id = $1",
        );
        let found = self.unit.optional(statement.bind(account.uuid()).bind(code.uuid())).await?;
        found.as_ref().map(rows::stored_code).transpose()
    }

    async fn consume(&mut self, wanted: &Consumption) -> PortResult<Consumed> {
        if let Some(row) = self.unit.optional(consumption(wanted)).await? {
            let remaining = u32::try_from(cell::<i32>(&row, "remaining")?)
                .map_err(|_| PortError::corrupt("a batch with fewer codes than none"))?;
            return Ok(Consumed::Won { batch: BatchId::new(cell(&row, "b_id")?), remaining });
        }
        let why = query(concat!(
            "SELECT a.suspended IS NOT NULL AS suspended, c.status AS c_status, b.expires_at AS b_expires_at, ",
            stands!(),
            " AS stands FROM codes c JOIN batches b ON b.id = c.batch_id JOIN accounts a ON a.id = b.account_id \
             WHERE c.id = $1 AND a.id = $2",
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
                return Ok(CodeChange::Changed { status: to, batch: rows::batch(&row)? });
            }
        }
        let as_it_is = query(concat!(
            "SELECT c.status AS c_status, ",
            batch_columns!(),
            " FROM codes c JOIN batches b ON b.id = c.batch_id WHERE c.id = $1 AND b.account_id = $2",
        ))
        .bind(code.uuid())
        .bind(account.uuid());
        let Some(row) = self.unit.optional(as_it_is).await? else { return Ok(CodeChange::Missing) };
        Ok(CodeChange::Already { status: rows::status(cell(&row, "c_status")?)?, batch: rows::batch(&row)? })
    }
}
