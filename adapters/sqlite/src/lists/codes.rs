use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::rows::{self, cell, instant, some_instant};
use backstop_application::{
    lists::{CodeFacts, CodeFilter, CodeSort, Codes, CodesOf, Owned},
    ports::PortResult,
};
use backstop_domain::{AccountId, BatchId, CodeId, Timestamp};
use sqlx::sqlite::SqliteRow;

impl Shown for Codes {
    const COLUMNS: &'static str = concat!(
        "c.id AS c_id, c.batch_id AS c_batch_id, c.status AS c_status, c.status_since AS c_since, \
         batches.account_id AS b_account_id, batches.created_at AS b_created_at, batches.expires_at AS b_expires_at, ",
        owner_columns!(),
    );
    const FROM: &'static str =
        "codes c LEFT JOIN batches ON batches.id = c.batch_id LEFT JOIN accounts o ON o.id = batches.account_id";
    const ID: &'static str = "c.id";
    const FOR_CLIENTS: &'static str = of_no_staff!("batches.account_id");

    fn column(sort: CodeSort) -> Option<&'static str> {
        match sort {
            CodeSort::Id => None,
        }
    }

    fn narrow(sql: &mut Sql, filter: &CodeFilter, _now: Timestamp) {
        match &filter.of {
            CodesOf::Batch(batch) => {
                sql.and_bind("c.batch_id =", batch.uuid());
            }
            CodesOf::Account(whose) => {
                sql.whose("batches.account_id", Some(whose));
            }
        }
        if let Some(status) = filter.status {
            sql.and_bind("c.status =", rows::status_number(status));
        }
    }

    fn entry(row: &SqliteRow) -> PortResult<Owned<CodeFacts>> {
        let facts = CodeFacts {
            id: CodeId::new(cell(row, "c_id")?),
            batch: BatchId::new(cell(row, "c_batch_id")?),
            account: AccountId::new(cell(row, "b_account_id")?),
            status: rows::status(cell(row, "c_status")?)?,
            since: some_instant(row, "c_since")?,
            created_at: instant(row, "b_created_at")?,
            expires_at: some_instant(row, "b_expires_at")?,
        };
        owned(row, facts)
    }
}
